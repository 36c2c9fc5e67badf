/// AugmentationPreview: what augmentation makes of a few images.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include <folio/augment/options.h>
#include <folio/augment/transform.h>
#include <folio/datasets/sample_list.h>
#include <folio/datasets/tensor.h>

namespace folio::cli {

/// One augmented picture, and how it came about.
struct PreviewVariant {
  cv::Mat picture;  ///< CV_8UC1, CV_8UC3 (RGB) or CV_8UC4.
  TransformParameters parameters;
};

/// `count` samples for a preview: class after class in turn, spread over each class' files.
SampleList choose_samples(const SampleList& all, std::size_t count, std::uint32_t seed);

/// A few images in memory, drawn under any options. The values that reach a network are shown
/// before rescaling and standardisation, which pictures cannot show.
class AugmentationPreview {
 public:
  /// Shapes  One size and type: CV_8UC1, CV_8UC3 or CV_8UC4.
  explicit AugmentationPreview(const std::vector<cv::Mat>& originals);

  /// `columns` variants of every image: the batches 0, 1, ... that a stream with this seed has.
  ///
  /// Errors  Error (kUsage) for options out of range.
  [[nodiscard]] std::vector<std::vector<PreviewVariant>> draw(ImageDataGeneratorOptions options,
                                                              std::uint32_t seed,
                                                              std::size_t columns) const;

  /// Every image under one parameter alone, in `columns` steps from its least to its greatest
  /// value.
  ///
  /// Errors  Error (kUsage) if there is no such parameter, or `options` leave it off.
  [[nodiscard]] std::vector<std::vector<PreviewVariant>> draw_strip(
      const ImageDataGeneratorOptions& options, const std::string& parameter,
      std::size_t columns) const;

 private:
  Tensor images_;  // N x H x W x C, 0..255.
};

}  // namespace folio::cli
