#include "resize_passes.h"

#include <algorithm>
#include <array>

namespace folio::internal {
namespace {

constexpr std::int32_t kHalf = 1 << (kResizeBits - 1);

std::uint8_t to_level(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kResizeBits, 0, 255));
}

template <int kChannels>
void across(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst) {
  for (int y = 0; y < src.rows; ++y) {
    const auto* row = src.ptr<std::uint8_t>(y);
    auto* to = dst.ptr<std::uint8_t>(y);
    for (int x = 0; x < dst.cols; ++x, to += kChannels) {
      const std::uint8_t* from = row + std::ptrdiff_t(taps.first[x]) * kChannels;
      const std::int32_t* weight = taps.weights.data() + x * taps.most;
      std::array<std::int32_t, kChannels> sum;
      sum.fill(kHalf);
      for (int i = 0; i < taps.count[x]; ++i) {
        for (int c = 0; c < kChannels; ++c) sum[c] += from[i * kChannels + c] * weight[i];
      }
      for (int c = 0; c < kChannels; ++c) to[c] = to_level(sum[c]);
    }
  }
}

void across_any(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst) {
  if (src.channels() == 1) return across<1>(src, taps, dst);
  if (src.channels() == 3) return across<3>(src, taps, dst);
  across<4>(src, taps, dst);
}

void down(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst) {
  const std::size_t length = static_cast<std::size_t>(src.cols) * src.channels();
  std::vector<std::int32_t> sum(length);
  for (int y = 0; y < dst.rows; ++y) {
    std::fill(sum.begin(), sum.end(), kHalf);
    for (int i = 0; i < taps.count[y]; ++i) {
      const auto* from = src.ptr<std::uint8_t>(taps.first[y] + i);
      const std::int32_t weight = taps.weights[y * taps.most + i];
      for (std::size_t x = 0; x < length; ++x) sum[x] += from[x] * weight;
    }
    auto* to = dst.ptr<std::uint8_t>(y);
    for (std::size_t x = 0; x < length; ++x) to[x] = to_level(sum[x]);
  }
}

}  // namespace

ResizePasses portable_resize_passes() { return {across_any, down}; }

ResizePasses resize_passes() {
#ifdef FOLIO_X86_KERNELS
  static const bool avx2 = __builtin_cpu_supports("avx2");
  if (avx2) return avx2_resize_passes();
#endif
  return portable_resize_passes();
}

}  // namespace folio::internal
