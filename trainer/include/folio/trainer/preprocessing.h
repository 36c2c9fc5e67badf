/// Preprocessing: how images became a model's inputs, so that prediction does the same.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <folio/augment/resize.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/flow_options.h>
#include <folio/pipeline/image_data_generator.h>

namespace [[gnu::visibility("default")]] folio {

/// What happens to an image between its file and the model, by Keras' names. It travels with a
/// model as Model::metadata().
struct Preprocessing {
  std::vector<std::string> class_names{};  ///< In label order.
  ///@{
  /// As in FlowOptions.
  ImageSize target_size{};
  ColorMode color_mode = ColorMode::kRgb;
  Interpolation interpolation = Interpolation::kNearest;
  bool keep_aspect_ratio = false;
  bool exif_orientation = false;
  bool keras_16_bit = false;
  ///@}
  double rescale = 0.0;                        ///< 0: values stay 0..255.
  bool samplewise_center = false;              ///< As in ImageDataGeneratorOptions.
  bool samplewise_std_normalization = false;   ///< As in ImageDataGeneratorOptions.
  std::vector<float> featurewise_mean{};       ///< One a channel; empty: none is subtracted.
  std::vector<float> featurewise_deviation{};  ///< One a channel; empty: nothing is divided.
  /// The matrix of zca_whitening, D x D for images of D values; empty: they are not whitened.
  std::vector<float> zca_matrix{};

  /// H x W x C of the images that a model gets.
  [[nodiscard]] Shape image_shape() const;
};

/// What the flows of a generator do to images, apart from augmentation.
///
/// Errors  Error (kUsage) for a preprocessing_function, which cannot travel.
Preprocessing preprocessing_of(const ImageDataGenerator& generator, const FlowOptions& flow,
                               std::vector<std::string> class_names);

/// The way back: a generator that prepares images so and augments nothing.
ImageDataGenerator generator_of(const Preprocessing& preprocessing);
/// The arguments of that generator's flows, in the order of the files and without labels.
FlowOptions flow_of(const Preprocessing& preprocessing);

/// As Model::metadata() holds it.
std::string to_json(const Preprocessing& preprocessing);

/// Reads that back.
///
/// Errors  Error (kModel) saying what is wrong.
Preprocessing parse_preprocessing(std::string_view json);

}  // namespace folio
