#include "warp.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>

#include "linear_row.h"
#include "spline_warp.h"

namespace folio::internal {
namespace {

/// Columns [first, last) of a row for which all taps lie inside without looking at the borders.
std::pair<int, int> interior(double step, double start, int size, int columns) {
  // Keeps clear of the border by a hair, so that rounding cannot lead outside.
  constexpr double kMargin = 1e-6;
  const double low = kMargin;
  const double high = size - 1 - kMargin;
  if (std::abs(step) < 1e-12) {
    const bool inside = start >= low && start + step * columns <= high && start <= high;
    return {0, inside ? columns : 0};
  }
  double first = (low - start) / step;
  double last = (high - start) / step;
  if (first > last) std::swap(first, last);
  const auto limit = [&](double column) {
    return static_cast<int>(std::clamp(column, -1.0, columns + 1.0));
  };
  return {std::max(0, limit(std::ceil(first))), std::min(columns, limit(std::floor(last)) + 1)};
}

template <int kChannels>
void border_pixel(double x, double y, const WarpOptions& options, const float* src, int height,
                  int width, float* to) {
  if (!map_coordinate(options.fill_mode, width, x) ||
      !map_coordinate(options.fill_mode, height, y)) {
    std::fill_n(to, kChannels, options.cval);
    return;
  }
  // Half a pixel of reflection at either end repeats the end.
  x = std::clamp(x, 0.0, width - 1.0);
  y = std::clamp(y, 0.0, height - 1.0);
  if (options.interpolation_order == 0) {
    const int column = std::min(width - 1, static_cast<int>(std::floor(x + 0.5)));
    const int row = std::min(height - 1, static_cast<int>(std::floor(y + 0.5)));
    std::copy_n(src + (std::ptrdiff_t(row) * width + column) * kChannels, kChannels, to);
    return;
  }
  const int left = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const int right = std::min(left + 1, width - 1);
  const int bottom = std::min(top + 1, height - 1);
  const double fx = x - left;
  const double fy = y - top;
  for (int c = 0; c < kChannels; ++c) {
    const auto at = [&](int row, int column) {
      return double{src[(std::ptrdiff_t(row) * width + column) * kChannels + c]};
    };
    const double upper = at(top, left) * (1.0 - fx) + at(top, right) * fx;
    const double lower = at(bottom, left) * (1.0 - fx) + at(bottom, right) * fx;
    to[c] = static_cast<float>(upper * (1.0 - fy) + lower * fy);
  }
}

template <int kChannels>
void warp(const AffineMap& map, const WarpOptions& options, const float* src, int height, int width,
          float* dst) {
  const std::ptrdiff_t row_size = std::ptrdiff_t(width) * kChannels;
  const bool in_rows = options.interpolation_order == 1 && height >= 2 && width >= 2 &&
                       row_size <= std::numeric_limits<int>::max() / height;
  const LinearRowKernel linear_row = linear_row_kernel(kChannels);
  for (int y = 0; y < height; ++y) {
    float* row = dst + (options.flip_vertical ? height - 1 - y : y) * row_size;
    const double start_x = map.xy * y + map.x0;
    const double start_y = map.yy * y + map.y0;
    int first = 0;
    int last = 0;
    if (in_rows && options.fill_mode == FillMode::kNearest) {
      last = width;
    } else if (in_rows) {
      const auto [first_x, last_x] = interior(map.xx, start_x, width, width);
      const auto [first_y, last_y] = interior(map.yx, start_y, height, width);
      first = std::min(std::max(first_x, first_y), width);
      last = std::max(first, std::min(last_x, last_y));
    }
    const auto border = [&](int x) {
      const int target = options.flip_horizontal ? width - 1 - x : x;
      // Added up in SciPy's order, for the sake of pixels on the edge.
      border_pixel<kChannels>(map.xy * y + map.xx * x + map.x0, map.yy * y + map.yx * x + map.y0,
                              options, src, height, width,
                              row + std::ptrdiff_t(target) * kChannels);
    };
    for (int x = 0; x < first; ++x) border(x);
    if (first < last) {
      linear_row({.src = src,
                  .height = height,
                  .width = width,
                  .step_x = map.xx,
                  .start_x = start_x,
                  .step_y = map.yx,
                  .start_y = start_y,
                  .first = first,
                  .last = last,
                  .mirrored = options.flip_horizontal,
                  .to = row});
    }
    for (int x = last; x < width; ++x) border(x);
  }
}

/// `a` after `b`. Rounded as NumPy's product of 3 x 3 matrices is, by OpenBLAS with fused
/// multiplications: where the image's edge falls on a pixel, the last bit decides between the pixel
/// and what fills the outside.
AffineMap product(const AffineMap& a, const AffineMap& b) {
  return {std::fma(a.xy, b.yx, a.xx * b.xx),        std::fma(a.xy, b.yy, a.xx * b.xy),
          std::fma(a.xy, b.y0, a.xx * b.x0) + a.x0, std::fma(a.yy, b.yx, a.yx * b.xx),
          std::fma(a.yy, b.yy, a.yx * b.xy),        std::fma(a.yy, b.y0, a.yx * b.x0) + a.y0};
}

AffineMap translation(double x, double y) { return {1.0, 0.0, x, 0.0, 1.0, y}; }

}  // namespace

bool map_coordinate(FillMode mode, int size, double& at) {
  const double last = size - 1;
  if (at >= 0.0 && at <= last) return true;
  switch (mode) {
    case FillMode::kConstant:
      return false;
    case FillMode::kNearest:
      at = std::clamp(at, 0.0, last);
      return true;
    case FillMode::kWrap:
      // The last cell is the first again: the period is size - 1. Whole periods below 0 lead to the
      // last cell, above it to the first.
      if (size <= 1) {
        at = 0.0;
      } else {
        at += at < 0.0 ? last * (std::floor(-at / last) + 1.0) : -last * std::floor(at / last);
      }
      return true;
    case FillMode::kReflect: {
      if (size <= 1) {
        at = 0.0;
        return true;
      }
      const double period = 2.0 * size;
      if (at < 0.0) {
        if (at < -period) at += period * std::floor(-at / period);
        at = at < -size ? at + period : -at - 1.0;
      } else {
        at -= period * std::floor(at / period);
        if (at >= size) at = period - at - 1.0;
      }
      return true;
    }
  }
  return false;
}

bool AffineMap::is_identity() const {
  return xx == 1.0 && xy == 0.0 && x0 == 0.0 && yx == 0.0 && yy == 1.0 && y0 == 0.0;
}

AffineMap affine_map(const TransformParameters& p, AxisConvention convention, int height,
                     int width) {
  constexpr double kRadians = std::numbers::pi / 180.0;
  AffineMap map = translation(0.0, 0.0);
  if (p.theta == 0.0 && p.tx == 0.0 && p.ty == 0.0 && p.shear == 0.0 && p.zx == 1.0 &&
      p.zy == 1.0) {
    return map;
  }
  const bool keras = convention == AxisConvention::kKeras3;
  if (p.theta != 0.0) {
    const double cosine = std::cos(p.theta * kRadians);
    const double sine = std::sin(p.theta * kRadians);
    map = {cosine, -sine, 0.0, sine, cosine, 0.0};
  }
  if (p.tx != 0.0 || p.ty != 0.0) {
    map = product(map, keras ? translation(p.tx, p.ty) : translation(p.ty, p.tx));
  }
  if (p.shear != 0.0) {
    const double shear = p.shear * kRadians;
    map = product(map, {1.0, -std::sin(shear), 0.0, 0.0, std::cos(shear), 0.0});
  }
  if (p.zx != 1.0 || p.zy != 1.0) map = product(map, {p.zx, 0.0, 0.0, 0.0, p.zy, 0.0});
  // About the centre.
  const double x = (keras ? height : width) / 2.0 - 0.5;
  const double y = (keras ? width : height) / 2.0 - 0.5;
  return product(product(translation(x, y), map), translation(-x, -y));
}

void warp_affine(const AffineMap& map, const WarpOptions& options, const float* src, int height,
                 int width, int channels, float* dst) {
  if (options.interpolation_order > 1) {
    return spline_warp_affine(map, options, src, height, width, channels, dst);
  }
  switch (channels) {
    case 1:
      return warp<1>(map, options, src, height, width, dst);
    case 2:
      return warp<2>(map, options, src, height, width, dst);
    case 3:
      return warp<3>(map, options, src, height, width, dst);
    default:
      return warp<4>(map, options, src, height, width, dst);
  }
}

}  // namespace folio::internal
