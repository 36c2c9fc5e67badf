#include <folio/augment/resize.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace folio {
namespace {

constexpr int kPrecisionBits = 32 - 8 - 2;

struct Filter {
  double support;
  double (*weight)(double);
};

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

Filter filter_of(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::kBox:
      return {0.5, [](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }};
    case Interpolation::kHamming:
      return {1.0, [](double x) {
                x = std::abs(x);
                if (x == 0.0) return 1.0;
                if (x >= 1.0) return 0.0;
                x *= std::numbers::pi;
                return std::sin(x) / x * (0.54 + 0.46 * std::cos(x));
              }};
    case Interpolation::kBicubic:
      return {2.0, [](double x) {
                constexpr double kA = -0.5;
                x = std::abs(x);
                if (x < 1.0) return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1.0;
                if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * kA;
                return 0.0;
              }};
    case Interpolation::kLanczos:
      return {3.0, [](double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }};
    case Interpolation::kBilinear:
    case Interpolation::kNearest:
      break;
  }
  return {1.0, [](double x) { return std::max(0.0, 1.0 - std::abs(x)); }};
}

/// For every output position, which inputs count and how much, in fixed point.
struct Taps {
  std::size_t most = 0;               ///< Weights stored per output.
  std::vector<int> first;             ///< First input of each output.
  std::vector<int> count;             ///< Inputs of each output.
  std::vector<std::int32_t> weights;  ///< outputs x most
};

Taps make_taps(int inputs, int outputs, const Filter& filter) {
  const double scale = static_cast<double>(inputs) / outputs;
  const double stretch = std::max(1.0, scale);
  const double support = filter.support * stretch;
  Taps taps;
  taps.most = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
  taps.first.resize(outputs);
  taps.count.resize(outputs);
  taps.weights.resize(outputs * taps.most);
  std::vector<double> exact(taps.most);
  for (int out = 0; out < outputs; ++out) {
    const double centre = (out + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int count = std::min(inputs, static_cast<int>(centre + support + 0.5)) - first;
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      exact[i] = filter.weight((i + first - centre + 0.5) * (1.0 / stretch));
      sum += exact[i];
    }
    for (int i = 0; i < count; ++i) {
      const double weight = (sum != 0.0 ? exact[i] / sum : exact[i]) * (1 << kPrecisionBits);
      taps.weights[out * taps.most + i] =
          static_cast<std::int32_t>(weight < 0.0 ? weight - 0.5 : weight + 0.5);
    }
    taps.first[out] = first;
    taps.count[out] = count;
  }
  return taps;
}

std::uint8_t to_level(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

constexpr std::int32_t kHalf = 1 << (kPrecisionBits - 1);

template <int kChannels>
void filter_rows(const cv::Mat& src, const Taps& taps, cv::Mat& dst) {
  for (int y = 0; y < src.rows; ++y) {
    const std::uint8_t* row = src.ptr<std::uint8_t>(y);
    std::uint8_t* to = dst.ptr<std::uint8_t>(y);
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

void filter_columns(const cv::Mat& src, const Taps& taps, cv::Mat& dst) {
  const std::size_t length = static_cast<std::size_t>(src.cols) * src.channels();
  std::vector<std::int32_t> sum(length);
  for (int y = 0; y < dst.rows; ++y) {
    std::fill(sum.begin(), sum.end(), kHalf);
    for (int i = 0; i < taps.count[y]; ++i) {
      const std::uint8_t* from = src.ptr<std::uint8_t>(taps.first[y] + i);
      const std::int32_t weight = taps.weights[y * taps.most + i];
      for (std::size_t x = 0; x < length; ++x) sum[x] += from[x] * weight;
    }
    std::uint8_t* to = dst.ptr<std::uint8_t>(y);
    for (std::size_t x = 0; x < length; ++x) to[x] = to_level(sum[x]);
  }
}

void resample(const cv::Mat& src, int height, int width, const Filter& filter, cv::Mat& dst) {
  cv::Mat narrow = src;
  if (width != src.cols) {
    narrow = cv::Mat(src.rows, width, src.type());
    const Taps taps = make_taps(src.cols, width, filter);
    switch (src.channels()) {
      case 1:
        filter_rows<1>(src, taps, narrow);
        break;
      case 3:
        filter_rows<3>(src, taps, narrow);
        break;
      default:
        filter_rows<4>(src, taps, narrow);
    }
  }
  if (height == src.rows) {
    dst = narrow;
    return;
  }
  cv::Mat result(height, width, src.type());
  filter_columns(narrow, make_taps(src.rows, height, filter), result);
  dst = result;
}

/// Positions as Pillow adds them up.
std::vector<int> nearest_positions(int inputs, int outputs) {
  std::vector<int> positions(outputs);
  const double step = static_cast<double>(inputs) / outputs;
  double at = step * 0.5;
  for (int& position : positions) {
    position = std::min(inputs - 1, static_cast<int>(at));
    at += step;
  }
  return positions;
}

void resize_nearest(const cv::Mat& src, int height, int width, cv::Mat& dst) {
  const std::vector<int> rows = nearest_positions(src.rows, height);
  const std::vector<int> columns = nearest_positions(src.cols, width);
  const std::size_t channels = static_cast<std::size_t>(src.channels());
  cv::Mat result(height, width, src.type());
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = src.ptr<std::uint8_t>(rows[y]);
    std::uint8_t* to = result.ptr<std::uint8_t>(y);
    for (int x = 0; x < width; ++x, to += channels) {
      std::copy_n(from + columns[x] * channels, channels, to);
    }
  }
  dst = result;
}

cv::Mat premultiply(const cv::Mat& src) {
  cv::Mat result(src.size(), src.type());
  for (int y = 0; y < src.rows; ++y) {
    const std::uint8_t* from = src.ptr<std::uint8_t>(y);
    std::uint8_t* to = result.ptr<std::uint8_t>(y);
    for (int x = 0; x < src.cols; ++x, from += 4, to += 4) {
      for (int c = 0; c < 3; ++c) {
        const unsigned product = from[c] * from[3] + 128U;
        to[c] = static_cast<std::uint8_t>(((product >> 8) + product) >> 8);
      }
      to[3] = from[3];
    }
  }
  return result;
}

void unpremultiply(cv::Mat& image) {
  for (int y = 0; y < image.rows; ++y) {
    std::uint8_t* pixel = image.ptr<std::uint8_t>(y);
    for (int x = 0; x < image.cols; ++x, pixel += 4) {
      if (pixel[3] == 0 || pixel[3] == 255) continue;
      for (int c = 0; c < 3; ++c) {
        pixel[c] = static_cast<std::uint8_t>(std::min(255, 255 * pixel[c] / pixel[3]));
      }
    }
  }
}

}  // namespace

void resize(const cv::Mat& src, int height, int width, Interpolation interpolation, cv::Mat& dst) {
  const bool type_fits = src.type() == CV_8UC1 || src.type() == CV_8UC3 || src.type() == CV_8UC4;
  if (!type_fits || src.empty() || height <= 0 || width <= 0) {
    throw Error(ErrorKind::kUsage,
                "resize needs an 8-bit image of 1, 3 or 4 channels and a positive size, got " +
                    std::to_string(src.channels()) + " channels and " + std::to_string(height) +
                    " x " + std::to_string(width));
  }
  if (src.rows == height && src.cols == width) {
    src.copyTo(dst);
  } else if (interpolation == Interpolation::kNearest) {
    resize_nearest(src, height, width, dst);
  } else if (src.channels() == 4) {
    resample(premultiply(src), height, width, filter_of(interpolation), dst);
    unpremultiply(dst);
  } else {
    resample(src, height, width, filter_of(interpolation), dst);
  }
}

cv::Mat crop_to_aspect_ratio(const cv::Mat& src, int height, int width) {
  const auto part = [](int size, int other_size, int target, int other_target) {
    const std::int64_t fitting = std::int64_t{other_size} * target / other_target;
    return static_cast<int>(std::clamp<std::int64_t>(fitting, 1, size));
  };
  const int crop_height = part(src.rows, src.cols, height, width);
  const int crop_width = part(src.cols, src.rows, width, height);
  return src(
      cv::Rect((src.cols - crop_width) / 2, (src.rows - crop_height) / 2, crop_width, crop_height));
}

}  // namespace folio
