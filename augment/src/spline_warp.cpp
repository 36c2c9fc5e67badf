#include "spline_warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace folio::internal {
namespace {

constexpr int kMostTaps = 6;
/// SciPy repeats the border so often for `nearest`, as there is no spline whose coefficients do.
constexpr int kNearestPadding = 12;

/// Poles of the recursive filter that turns samples into coefficients of splines of this order.
std::vector<double> spline_poles(int order) {
  switch (order) {
    case 2:
      return {std::sqrt(8.0) - 3.0};
    case 3:
      return {std::sqrt(3.0) - 2.0};
    case 4:
      return {std::sqrt(664.0 - std::sqrt(438976.0)) + std::sqrt(304.0) - 19.0,
              std::sqrt(664.0 + std::sqrt(438976.0)) - std::sqrt(304.0) - 19.0};
    default:
      return {std::sqrt(67.5 - std::sqrt(4436.25)) + std::sqrt(26.25) - 6.5,
              std::sqrt(67.5 + std::sqrt(4436.25)) - std::sqrt(26.25) - 6.5};
  }
}

/// How samples go on beyond the ends: c b | a b c | b a, or b a | a b c | c b.
enum class Symmetry { kAboutEnds, kAboutEdges };

/// A row or column of an image.
struct Line {
  double* first;
  std::ptrdiff_t step;
  int count;
  double& operator[](int i) const { return first[i * step]; }
};

void filter_line(const Line& line, const std::vector<double>& poles, Symmetry symmetry) {
  const int last = line.count - 1;
  if (last == 0) return;
  double gain = 1.0;
  for (const double z : poles) gain *= (1.0 - z) * (1.0 - 1.0 / z);
  for (int i = 0; i <= last; ++i) line[i] *= gain;
  for (const double z : poles) {
    // The first value is the sum over all that lies before it.
    const double start = line[0];
    const double z_last = std::pow(z, last);
    double power = z;
    if (symmetry == Symmetry::kAboutEnds) {
      line[0] += z_last * line[last];
      for (int i = 1; i < last; ++i, power *= z) {
        line[0] += power * (line[i] + z_last * line[last - i]);
      }
      line[0] /= 1.0 - z_last * z_last;
    } else {
      const double z_count = z_last * z;
      line[0] += z_count * line[last];
      for (int i = 1; i <= last; ++i, power *= z) {
        line[0] += power * (line[i] + z_count * line[last - i]);
      }
      line[0] = line[0] * z / (1.0 - z_count * z_count) + start;
    }
    for (int i = 1; i <= last; ++i) line[i] += z * line[i - 1];
    line[last] = symmetry == Symmetry::kAboutEnds
                     ? (z * line[last - 1] + line[last]) * z / (z * z - 1.0)
                     : line[last] * z / (z - 1.0);
    for (int i = last - 1; i >= 0; --i) line[i] = z * (line[i + 1] - line[i]);
  }
}

/// Position of the sample that stands in for one beyond the ends.
int mapped_tap(int at, int count, FillMode mode) {
  if (at >= 0 && at < count) return at;
  if (mode == FillMode::kNearest) return std::clamp(at, 0, count - 1);
  const bool edges = mode == FillMode::kReflect;
  const int period = std::max(1, edges ? 2 * count : 2 * count - 2);
  at = ((at % period) + period) % period;
  return at < count ? at : period - at - (edges ? 1 : 0);
}

/// As map_coordinate(). Under kNearest it is the taps that are brought inside instead: SciPy lets
/// the spline run out beyond the padding.
bool bring_inside(FillMode mode, int count, double& at) {
  if (mode != FillMode::kNearest) return map_coordinate(mode, count, at);
  at = std::clamp(at, -double{kMostTaps}, double(count + kMostTaps));
  return true;
}

/// The samples around a coordinate and their weights.
struct Taps {
  std::array<int, kMostTaps> at;
  std::array<double, kMostTaps> weights;
};

void find_taps(double coordinate, int count, int order, FillMode mode, Taps& taps) {
  // Even orders are centred on a sample, odd ones between two.
  const double from = order % 2 == 0 ? coordinate + 0.5 : coordinate;
  const double whole = std::floor(from);
  const double t = from - whole;
  const int first = static_cast<int>(whole) - order / 2;
  // Cox and de Boor's recursion for knots one apart.
  std::array<double, kMostTaps>& weights = taps.weights;
  weights.fill(0.0);
  weights[0] = 1.0;
  for (int degree = 1; degree <= order; ++degree) {
    for (int i = degree; i >= 0; --i) {
      const double left = i > 0 ? (t + degree - i) * weights[i - 1] : 0.0;
      weights[i] = (left + (1.0 - t + i) * weights[i]) / degree;
    }
  }
  for (int i = 0; i <= order; ++i) taps.at[i] = mapped_tap(first + i, count, mode);
}

/// Coefficients of an image, its channels interleaved.
struct Coefficients {
  int height = 0;
  int width = 0;
  int padding = 0;
  std::vector<double> values;
};

void find_coefficients(const float* src, int height, int width, int channels, int order,
                       FillMode mode, Coefficients& found) {
  found.padding = mode == FillMode::kNearest ? kNearestPadding : 0;
  found.height = height + 2 * found.padding;
  found.width = width + 2 * found.padding;
  const std::ptrdiff_t row_size = std::ptrdiff_t(found.width) * channels;
  found.values.resize(static_cast<std::size_t>(found.height * row_size));
  double* to = found.values.data();
  for (int y = 0; y < found.height; ++y) {
    const int row = std::clamp(y - found.padding, 0, height - 1);
    for (int x = 0; x < found.width; ++x) {
      const int column = std::clamp(x - found.padding, 0, width - 1);
      const float* pixel = src + (std::ptrdiff_t(row) * width + column) * channels;
      to = std::copy_n(pixel, channels, to);
    }
  }
  const std::vector<double> poles = spline_poles(order);
  const bool edges = mode == FillMode::kNearest || mode == FillMode::kReflect;
  const Symmetry symmetry = edges ? Symmetry::kAboutEdges : Symmetry::kAboutEnds;
  double* values = found.values.data();
  for (std::ptrdiff_t i = 0; i < row_size; ++i) {
    filter_line({values + i, row_size, found.height}, poles, symmetry);
  }
  for (int y = 0; y < found.height; ++y) {
    for (int c = 0; c < channels; ++c) {
      filter_line({values + y * row_size + c, channels, found.width}, poles, symmetry);
    }
  }
}

}  // namespace

void spline_warp_affine(const AffineMap& map, const WarpOptions& options, const float* src,
                        int height, int width, int channels, float* dst) {
  thread_local Coefficients found;
  const int order = options.interpolation_order;
  const FillMode mode = options.fill_mode;
  find_coefficients(src, height, width, channels, order, mode, found);
  const std::ptrdiff_t row_size = std::ptrdiff_t(found.width) * channels;
  Taps across;
  Taps down;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int to_row = options.flip_vertical ? height - 1 - y : y;
      const int to_column = options.flip_horizontal ? width - 1 - x : x;
      float* to = dst + (std::ptrdiff_t(to_row) * width + to_column) * channels;
      // Added up in SciPy's order, for the sake of pixels on the edge.
      double column = map.xy * y + map.xx * x + map.x0 + found.padding;
      double row = map.yy * y + map.yx * x + map.y0 + found.padding;
      if (!bring_inside(mode, found.width, column) || !bring_inside(mode, found.height, row)) {
        std::fill_n(to, channels, options.cval);
        continue;
      }
      find_taps(column, found.width, order, mode, across);
      find_taps(row, found.height, order, mode, down);
      for (int c = 0; c < channels; ++c) {
        double sum = 0.0;
        for (int i = 0; i <= order; ++i) {
          const double* from = found.values.data() + down.at[i] * row_size + c;
          double part = 0.0;
          for (int j = 0; j <= order; ++j) {
            part += across.weights[j] * from[std::ptrdiff_t(across.at[j]) * channels];
          }
          sum += down.weights[i] * part;
        }
        to[c] = static_cast<float>(sum);
      }
    }
  }
}

}  // namespace folio::internal
