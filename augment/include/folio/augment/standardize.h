/// Standardisation: what happens to an image's values after its augmentation.
#pragma once
#include <span>
#include <string>
#include <vector>

#include <folio/augment/options.h>
#include <folio/augment/statistics.h>

namespace [[gnu::visibility("default")]] folio {

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
