#include <folio/augment/resize.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numbers>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "resize_passes.h"

namespace folio {
namespace {

using internal::ResizeTaps;

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

/// A stretch of rows or columns.
struct Range {
  int first;
  int count;
};

/// Where the pixels of a new axis come from, with weights that add up to 1.
struct ExactTaps {
  std::size_t most = 0;
  std::vector<int> first;
  std::vector<int> count;
  std::vector<double> weights;
};

/// Taps for the pixels of `part` of an axis; they may lie beyond its ends.
ExactTaps exact_taps(int inputs, Range part, int outputs, const Filter& filter) {
  const double scale = static_cast<double>(part.count) / outputs;
  const double stretch = std::max(1.0, scale);
  const double support = filter.support * stretch;
  ExactTaps taps;
  taps.most = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
  taps.first.resize(outputs);
  taps.count.resize(outputs);
  taps.weights.resize(outputs * taps.most);
  for (int out = 0; out < outputs; ++out) {
    const double centre = part.first + (out + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int count = std::min(inputs, static_cast<int>(centre + support + 0.5)) - first;
    double* weights = taps.weights.data() + out * taps.most;
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      weights[i] = filter.weight((i + first - centre + 0.5) * (1.0 / stretch));
      sum += weights[i];
    }
    if (sum != 0.0) {
      for (int i = 0; i < count; ++i) weights[i] /= sum;
    }
    taps.first[out] = first;
    taps.count[out] = count;
  }
  return taps;
}

/// The same with weights in fixed point, as 8-bit images use them.
ResizeTaps make_taps(int inputs, Range part, int outputs, const Filter& filter) {
  ExactTaps exact = exact_taps(inputs, part, outputs, filter);
  ResizeTaps taps;
  taps.most = exact.most;
  taps.first = std::move(exact.first);
  taps.count = std::move(exact.count);
  taps.weights.reserve(exact.weights.size());
  for (const double share : exact.weights) {
    const double weight = share * (1 << internal::kResizeBits);
    taps.weights.push_back(static_cast<std::int32_t>(weight < 0.0 ? weight - 0.5 : weight + 0.5));
  }
  return taps;
}

bool is_whole(Range part, int size) { return part.first == 0 && part.count == size; }

/// The part of an image that is resized.
struct Part {
  Range rows;
  Range columns;
};

void resample(const cv::Mat& src, const Part& part, int height, int width, const Filter& filter,
              cv::Mat& dst) {
  const internal::ResizePasses passes = internal::resize_passes();
  cv::Mat narrow = src;
  if (width != src.cols || !is_whole(part.columns, src.cols)) {
    thread_local cv::Mat kept;
    kept.create(src.rows, width, src.type());
    passes.across(src, make_taps(src.cols, part.columns, width, filter), kept);
    narrow = kept;
  }
  if (height == src.rows && is_whole(part.rows, src.rows)) {
    narrow.copyTo(dst);
    return;
  }
  cv::Mat result = dst.data == src.data ? cv::Mat() : dst;
  result.create(height, width, src.type());
  passes.down(narrow, make_taps(src.rows, part.rows, height, filter), result);
  dst = result;
}

/// Whole numbers in floats, which each pass rounds.
void resample_wide(const cv::Mat& src, const Part& part, int height, int width,
                   const Filter& filter, cv::Mat& dst) {
  const auto weighed = [](const ExactTaps& taps, int out, auto value) {
    double sum = 0.0;
    for (int i = 0; i < taps.count[out]; ++i) {
      sum += value(taps.first[out] + i) * taps.weights[out * taps.most + i];
    }
    return static_cast<float>(std::round(sum));
  };
  cv::Mat narrow = src;
  if (width != src.cols || !is_whole(part.columns, src.cols)) {
    const ExactTaps taps = exact_taps(src.cols, part.columns, width, filter);
    narrow = cv::Mat(src.rows, width, CV_32FC1);
    for (int y = 0; y < src.rows; ++y) {
      for (int x = 0; x < width; ++x) {
        narrow.at<float>(y, x) = weighed(taps, x, [&](int at) { return src.at<float>(y, at); });
      }
    }
  }
  if (height == src.rows && is_whole(part.rows, src.rows)) {
    dst = narrow;
    return;
  }
  const ExactTaps taps = exact_taps(src.rows, part.rows, height, filter);
  cv::Mat result(height, width, CV_32FC1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      result.at<float>(y, x) = weighed(taps, y, [&](int at) { return narrow.at<float>(at, x); });
    }
  }
  dst = result;
}

/// Positions as Pillow adds them up.
std::vector<int> nearest_positions(Range part, int outputs) {
  std::vector<int> positions(outputs);
  const double step = static_cast<double>(part.count) / outputs;
  double at = part.first + step * 0.5;
  for (int& position : positions) {
    position = std::min(part.first + part.count - 1, static_cast<int>(at));
    at += step;
  }
  return positions;
}

template <typename Pixel>
void pick_pixels(const cv::Mat& src, const std::vector<int>& rows, const std::vector<int>& columns,
                 cv::Mat& dst) {
  for (int y = 0; y < dst.rows; ++y) {
    const auto* from = src.ptr<Pixel>(rows[y]);
    auto* to = dst.ptr<Pixel>(y);
    for (int x = 0; x < dst.cols; ++x) to[x] = from[columns[x]];
  }
}

/// Pixels of three bytes, moved as four where a fourth may be read and is written anew.
void pick_colours(const cv::Mat& src, const std::vector<int>& rows, const std::vector<int>& columns,
                  cv::Mat& dst) {
  const auto last = std::find(columns.begin(), columns.end() - 1, src.cols - 1);
  const auto inner = last - columns.begin();
  for (int y = 0; y < dst.rows; ++y) {
    const auto* from = src.ptr<std::uint8_t>(rows[y]);
    auto* to = dst.ptr<std::uint8_t>(y);
    std::ptrdiff_t x = 0;
    for (; x < inner; ++x) std::memcpy(to + 3 * x, from + std::ptrdiff_t{3} * columns[x], 4);
    for (; x < dst.cols; ++x) std::memcpy(to + 3 * x, from + std::ptrdiff_t{3} * columns[x], 3);
  }
}

void resize_nearest(const cv::Mat& src, const Part& part, int height, int width, cv::Mat& dst) {
  const std::vector<int> rows = nearest_positions(part.rows, height);
  const std::vector<int> columns = nearest_positions(part.columns, width);
  cv::Mat result = dst.data == src.data ? cv::Mat() : dst;
  result.create(height, width, src.type());
  if (src.depth() == CV_32F) {
    pick_pixels<float>(src, rows, columns, result);
  } else if (src.channels() == 1) {
    pick_pixels<std::uint8_t>(src, rows, columns, result);
  } else if (src.channels() == 3) {
    pick_colours(src, rows, columns, result);
  } else {
    pick_pixels<cv::Vec4b>(src, rows, columns, result);
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

/// The middle of an axis that suits a target's proportions.
Range middle(int size, int other_size, int target, int other_target) {
  const std::int64_t fitting = std::int64_t{other_size} * target / other_target;
  const int count = static_cast<int>(std::clamp<std::int64_t>(fitting, 1, size));
  return {(size - count) / 2, count};
}

}  // namespace

void resize(const cv::Mat& src, int height, int width, Interpolation interpolation, cv::Mat& dst,
            AspectRatio aspect_ratio) {
  const bool type_fits = src.type() == CV_8UC1 || src.type() == CV_8UC3 || src.type() == CV_8UC4 ||
                         src.type() == CV_32FC1;
  if (!type_fits || src.empty() || height <= 0 || width <= 0) {
    throw Error(
        ErrorKind::kUsage,
        "resize needs an 8-bit image of 1, 3 or 4 channels (or one of floats) and a positive "
        "size, got " +
            std::to_string(src.channels()) + " channels and " + std::to_string(height) + " x " +
            std::to_string(width));
  }
  Part part{{0, src.rows}, {0, src.cols}};
  if (aspect_ratio == AspectRatio::kKeep) {
    part = {middle(src.rows, src.cols, height, width), middle(src.cols, src.rows, width, height)};
  }
  if (src.rows == height && src.cols == width) {
    src.copyTo(dst);
  } else if (interpolation == Interpolation::kNearest) {
    resize_nearest(src, part, height, width, dst);
  } else if (src.depth() == CV_32F) {
    resample_wide(src, part, height, width, filter_of(interpolation), dst);
  } else if (src.channels() == 4) {
    resample(premultiply(src), part, height, width, filter_of(interpolation), dst);
    unpremultiply(dst);
  } else {
    resample(src, part, height, width, filter_of(interpolation), dst);
  }
}

}  // namespace folio
