/// Statistics of a dataset for the featurewise steps of standardisation.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <folio/augment/options.h>
#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// What ImageDataGenerator.fit() finds in a dataset; empty tensors where nothing asked for them.
struct FeatureStatistics {
  Tensor mean;       ///< One value per channel.
  Tensor deviation;  ///< One value per channel.
  Tensor whitening;  ///< D x D with D = H * W * C, for zca_whitening.
};

/// Options of ImageDataGenerator.fit(), with Keras' names.
struct StatisticsOptions {
  bool augment = false;  ///< Fit to augmented images instead of the images themselves.
  int rounds = 1;        ///< With augment, how often each image is augmented.
  std::optional<std::uint32_t> seed{};  ///< Of the augmentation; none: one is drawn.

  /// Throws Error (kUsage), naming the argument, its value and what was expected.
  void validate() const;
};

/// Gathers statistics from one image after another, in memory that does not grow with their number:
/// for zca_whitening a matrix of D x D doubles, with D = H * W * C.
///
/// Threads One caller at a time.
class FeatureAccumulator {
 public:
  /// Gathers what these options ask for: featurewise_center, featurewise_std_normalization,
  /// zca_whitening.
  explicit FeatureAccumulator(const ImageDataGeneratorOptions& options);

  /// Adds an image of H x W x C values, rescaled already.
  ///
  /// Errors  Error (kUsage) if its size is not that of the first one, or D is too large for
  ///         zca_whitening (more than 8192).
  void add(std::span<const float> image, int channels);

  /// What all images have in common.
  ///
  /// Errors  Error (kUsage) if none was added.
  [[nodiscard]] FeatureStatistics result() const;

 private:
  void add_products();
  [[nodiscard]] Tensor whitening(const std::vector<double>& means) const;

  bool center_;
  bool deviation_;
  bool whitening_;
  double zca_epsilon_;
  std::size_t count_ = 0;
  std::size_t channels_ = 0;
  std::size_t length_ = 0;            ///< D.
  std::vector<double> sums_;          ///< By channel.
  std::vector<double> squares_;       ///< By channel.
  std::vector<double> element_sums_;  ///< By value of an image, for whitening.
  std::vector<double> products_;      ///< Upper triangle of the sum of image^T image.
  std::vector<double> pending_;       ///< Images that are not in products_ yet.
};

/// Statistics of images in memory, as Keras' fit(x) finds them (rescale applied; augmentation, if
/// asked for, by Keras' own transforms and draws).
///
/// Shapes  x is N x H x W x C.
/// Errors  Error (kUsage) if x has another rank or is empty, and as above.
FeatureStatistics fit_statistics(const ImageDataGeneratorOptions& options, const Tensor& x,
                                 const StatisticsOptions& how = {});

}  // namespace folio
