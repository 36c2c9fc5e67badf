/// Standardisation: what happens to an image's values after its augmentation.
#pragma once
#include <span>
#include <string>
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

/// Statistics of images in memory, as Keras' fit(x) finds them (rescale applied).
///
/// Shapes  x is N x H x W x C.
/// Errors  Error (kUsage) if x has another rank or is empty.
FeatureStatistics fit_statistics(const ImageDataGeneratorOptions& options, const Tensor& x);

/// Applies preprocessing_function, rescale, samplewise and featurewise steps, in Keras' order.
///
/// Threads const: safe from several threads.
class Standardizer {
 public:
  /// Featurewise steps without their statistics are left out, as in Keras; warnings() says so.
  explicit Standardizer(const ImageDataGeneratorOptions& options,
                        FeatureStatistics statistics = {});

  /// Standardises one image of height x width x channels values in place.
  void apply(std::span<float> image, int height, int width, int channels) const;

  /// What Keras would warn of: flags that imply others, steps that are left out.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::vector<std::string> warnings_;
  ImageDataGeneratorOptions options_;
  FeatureStatistics statistics_;
};

}  // namespace folio
