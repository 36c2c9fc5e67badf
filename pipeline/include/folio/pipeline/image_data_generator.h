/// ImageDataGenerator: folders of images in, batches of augmented tensors out.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include <folio/augment/options.h>
#include <folio/augment/standardize.h>
#include <folio/augment/transform.h>
#include <folio/datasets/sample_list.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/batch_stream.h>
#include <folio/pipeline/csv_samples.h>
#include <folio/pipeline/flow_options.h>

namespace [[gnu::visibility("default")]] folio {

/// Makes batches of augmented images, exactly as Keras' class of this name does for the same seed.
///
/// Errors  Error (kUsage) from the constructor and the flows for options out of range.
/// Threads const members are safe from several threads; streams made from it are independent of it.
class ImageDataGenerator {
 public:
  /// Without options images pass unchanged, 0..255.
  explicit ImageDataGenerator(ImageDataGeneratorOptions options = {});

  /// Finds the statistics of the featurewise steps in images, for flows made afterwards.
  ///
  /// Shapes  x is N x H x W x C (N x C x H x W under DataFormat::kChannelsFirst), values 0..255.
  void fit(const Tensor& x, const StatisticsOptions& options = {});

  /// The same for the images of a directory, as flow_from_directory() would read them, of which
  /// only a few are in memory at a time. `subset` and what else chooses samples holds; `augment`,
  /// `shuffle` and `class_mode` do not. Rescaling comes after the augmentation, as in flows. Files
  /// that cannot be decoded are left out, or an error under OnBadFile::kError.
  void fit_from_directory(const std::string& directory, FlowOptions flow,
                          const StatisticsOptions& options = {});
  /// The same for the files of a list.
  void fit_from_list(SampleList samples, FlowOptions flow, const StatisticsOptions& options = {});

  /// What fit() found, to keep and to give to another generator.
  [[nodiscard]] const FeatureStatistics& statistics() const { return statistics_; }
  /// Takes statistics that another generator, or fit_statistics(), has found.
  void set_statistics(FeatureStatistics statistics) { statistics_ = std::move(statistics); }

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
  /// The same with labels that are no classes.
  ///
  /// Shapes  y is N or, with several columns, N x columns under ClassMode::kRaw; N x columns under
  ///         kMultiOutput; N x classes with a 1 for each label under kCategorical.
  [[nodiscard]] BatchStream flow_from_list(LabelledSamples samples, FlowOptions options = {}) const;

  /// Batches from a table with a row per image, as Keras' flow_from_dataframe makes them from
  /// pandas.read_csv(table). `subset` takes the first int(validation_split * n) rows, or the
  /// others; `classes` leaves out rows of other classes. Shapes as above.
  ///
  /// Errors  As read_csv_samples(), and as above for a subset.
  [[nodiscard]] BatchStream flow_from_csv(const std::string& table, const CsvOptions& csv = {},
                                          FlowOptions options = {}) const;

  /// Batches from arrays in memory. Values are taken as they are, 0..255 where brightness and
  /// colours are to be changed.
  ///
  /// Shapes  x is N x H x W x C (N x C x H x W under DataFormat::kChannelsFirst) with 1, 3 or 4
  ///         channels; y has N rows, or is empty.
  /// Errors  Error (kUsage) for other shapes, and for subsets that differ in their labels, as Keras
  ///         refuses them, unless ignore_class_split.
  [[nodiscard]] BatchStream flow(Tensor x, Tensor y = {}, ArrayFlowOptions options = {}) const;

  /// The parameters that would be drawn for an image of this size with this seed.
  [[nodiscard]] TransformParameters get_random_transform(int height, int width,
                                                         std::uint32_t seed) const;

  // For one image, H x W x C (C x H x W under DataFormat::kChannelsFirst).
  //
  // Errors  Error (kUsage) for a tensor of another rank.

  /// The image transformed by these parameters.
  [[nodiscard]] Tensor apply_transform(const Tensor& image,
                                       const TransformParameters& parameters) const;
  /// The image transformed at random.
  [[nodiscard]] Tensor random_transform(const Tensor& image, std::uint32_t seed) const;
  /// The image after preprocessing_function, rescale and standardisation.
  [[nodiscard]] Tensor standardize(const Tensor& image) const;

  /// What the generator was made with.
  [[nodiscard]] const ImageDataGeneratorOptions& options() const { return options_; }

 private:
  ImageDataGeneratorOptions options_;
  FeatureStatistics statistics_;
};

}  // namespace folio
