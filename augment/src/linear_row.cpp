#include "linear_row.h"

#include <algorithm>

namespace folio::internal {
namespace {

template <int kChannels>
void linear_row(const LinearRow& row) {
  const std::ptrdiff_t row_size = std::ptrdiff_t(row.width) * kChannels;
  const double last_x = row.width - 1;
  const double last_y = row.height - 1;
  for (int column = row.first; column < row.last; ++column) {
    const double x = std::clamp(row.step_x * column + row.start_x, 0.0, last_x);
    const double y = std::clamp(row.step_y * column + row.start_y, 0.0, last_y);
    const int left = std::min(static_cast<int>(x), row.width - 2);
    const int top = std::min(static_cast<int>(y), row.height - 2);
    const auto fx = static_cast<float>(x - left);
    const auto fy = static_cast<float>(y - top);
    const float* from = row.src + top * row_size + std::ptrdiff_t(left) * kChannels;
    float* to = row.to + std::ptrdiff_t(row.mirrored ? row.width - 1 - column : column) * kChannels;
    for (int c = 0; c < kChannels; ++c) {
      const float above = from[c] + fx * (from[kChannels + c] - from[c]);
      const float below =
          from[row_size + c] + fx * (from[row_size + kChannels + c] - from[row_size + c]);
      to[c] = above + fy * (below - above);
    }
  }
}

}  // namespace

LinearRowKernel portable_linear_row_kernel(int channels) {
  switch (channels) {
    case 1:
      return linear_row<1>;
    case 2:
      return linear_row<2>;
    case 3:
      return linear_row<3>;
    default:
      return linear_row<4>;
  }
}

LinearRowKernel linear_row_kernel(int channels) {
#ifdef FOLIO_X86_KERNELS
  static const bool avx2 = __builtin_cpu_supports("avx2");
  if (avx2) {
    if (const LinearRowKernel kernel = avx2_linear_row_kernel(channels)) return kernel;
  }
#endif
  return portable_linear_row_kernel(channels);
}

}  // namespace folio::internal
