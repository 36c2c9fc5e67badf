/// ImageDataGenerator: folders of images in, batches of augmented tensors out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include <folio/augment/options.h>
#include <folio/augment/standardize.h>
#include <folio/augment/transform.h>
#include <folio/datasets/sample_list.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/batch_stream.h>
#include <folio/pipeline/flow_options.h>

namespace [[gnu::visibility("default")]] folio {

/// Makes batches of augmented images, exactly as Keras' class of this name does for the same seed.
///
/// Errors  Error (kUsage) from the constructor and the flows for options out of range.
/// Threads const members are safe from several threads; streams made from it are independent of it.
class ImageDataGenerator {
 public:
  explicit ImageDataGenerator(ImageDataGeneratorOptions options = {});

  /// Finds the statistics of the featurewise steps in images, for flows made afterwards.
  ///
  /// Shapes  x is N x H x W x C.
  void fit(const Tensor& x);

  /// Batches from a directory with one folder per class.
  ///
  /// Errors  Error (kIo, kData) for a missing directory, one without images, a missing class
  ///         folder, or a subset that holds no image.
  [[nodiscard]] BatchStream flow_from_directory(const std::string& directory,
                                                FlowOptions options = {}) const;

  /// Batches from a list of files that was made in another way. `subset` is what assign_parts(),
  /// assign_fold() or read_manifest() have put there, and in a list that was not split what Keras'
  /// rule gives for this generator's validation_split.
  [[nodiscard]] BatchStream flow_from_list(SampleList samples, FlowOptions options = {}) const;

  /// Batches from arrays in memory: `target_size`, `color_mode`, `class_mode` and the other
  /// options that concern files are ignored.
  ///
  /// Shapes  x is N x H x W x C with values 0..255, y has N rows (or is empty).
  [[nodiscard]] BatchStream flow(Tensor x, Tensor y, FlowOptions options = {}) const;

  /// The parameters that would be drawn for an image of this size with this seed.
  [[nodiscard]] TransformParameters get_random_transform(int height, int width,
                                                         std::uint32_t seed) const;

  [[nodiscard]] const ImageDataGeneratorOptions& options() const { return options_; }

 private:
  ImageDataGeneratorOptions options_;
  FeatureStatistics statistics_;
};

}  // namespace folio
