/// The two passes of resizing, across and down, in Pillow's fixed point.
#pragma once
#include <cstddef>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace folio::internal {

/// Fraction bits of a weight; a sum of 8-bit values times weights stays within 32 bits.
inline constexpr int kResizeBits = 32 - 8 - 2;

/// For every output position, which inputs count and how much.
struct ResizeTaps {
  std::size_t most = 0;               ///< Weights stored per output.
  std::vector<int> first;             ///< First input of each output.
  std::vector<int> count;             ///< Inputs of each output.
  std::vector<std::int32_t> weights;  ///< outputs x most
};

/// All versions give the same bytes. `dst` has its size and type already.
struct ResizePasses {
  void (*across)(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst);
  void (*down)(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst);
};

/// The fastest version for this processor.
ResizePasses resize_passes();

ResizePasses portable_resize_passes();
ResizePasses avx2_resize_passes();

}  // namespace folio::internal
