#include <folio/augment/transform.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <opencv2/core/mat.hpp>
#include <string>
#include <utility>
#include <vector>

#include "extras.h"
#include "warp.h"

namespace folio {
namespace {

/// The image as contiguous floats.
void to_floats(const cv::Mat& src, float* dst) {
  const std::size_t row_size = static_cast<std::size_t>(src.cols) * src.channels();
  for (int y = 0; y < src.rows; ++y) {
    float* to = dst + y * row_size;
    if (src.depth() == CV_32F) {
      std::copy_n(src.ptr<float>(y), row_size, to);
    } else {
      const std::uint8_t* from = src.ptr<std::uint8_t>(y);
      for (std::size_t i = 0; i < row_size; ++i) to[i] = from[i];
    }
  }
}

void flip(std::span<float> image, int height, int width, int channels, bool horizontal,
          bool vertical) {
  const std::size_t row_size = static_cast<std::size_t>(width) * channels;
  if (vertical) {
    for (int y = 0; y < height / 2; ++y) {
      std::swap_ranges(image.begin() + y * row_size, image.begin() + (y + 1) * row_size,
                       image.begin() + (height - 1 - y) * row_size);
    }
  }
  if (horizontal) {
    for (int y = 0; y < height; ++y) {
      float* row = image.data() + y * row_size;
      for (int x = 0; x < width / 2; ++x) {
        std::swap_ranges(row + x * channels, row + (x + 1) * channels,
                         row + (width - 1 - x) * channels);
      }
    }
  }
}

/// Least and greatest value. Several of each side by side: one would wait for the one before.
std::pair<float, float> value_range(std::span<const float> image) {
  using Four [[gnu::vector_size(16)]] = float;
  constexpr std::size_t kFours = 4;
  std::array<Four, kFours> low;
  low.fill(Four{image[0], image[0], image[0], image[0]});
  std::array<Four, kFours> high = low;
  std::size_t i = 0;
  for (; i + 4 * kFours <= image.size(); i += 4 * kFours) {
    for (std::size_t k = 0; k < kFours; ++k) {
      Four four;
      std::memcpy(&four, image.data() + i + 4 * k, sizeof four);
      low[k] = four < low[k] ? four : low[k];
      high[k] = four > high[k] ? four : high[k];
    }
  }
  std::pair<float, float> range{image[0], image[0]};
  const auto widen = [&](float least, float most) {
    range = {std::min(range.first, least), std::max(range.second, most)};
  };
  for (std::size_t k = 0; k < kFours; ++k) {
    for (int lane = 0; lane < 4; ++lane) widen(low[k][lane], high[k][lane]);
  }
  for (; i < image.size(); ++i) widen(image[i], image[i]);
  return range;
}

void shift_channels(std::span<float> image, double intensity) {
  const auto [low, high] = value_range(image);
  for (float& value : image) value = std::clamp(value + static_cast<float>(intensity), low, high);
}

/// As Keras: through 8 bits, where values outside 0..255 are stretched to them and back.
void change_brightness(std::span<float> image, int channels, float factor) {
  const auto [low, high] = value_range(image);
  const float range = high - low;
  const bool stretch = low < 0.0F || high > 255.0F;
  if (stretch) {
    for (float& value : image)
      value = (range != 0.0F ? (value - low) / range : value - low) * 255.0F;
  }
  // From 256 on every level but 0 becomes 255.
  const float by = std::clamp(factor, 0.0F, 256.0F);
  const auto change = [by](float value) {
    const auto level = static_cast<float>(static_cast<int>(value));
    return static_cast<float>(std::min(static_cast<int>(by * level), 255));
  };
  if (channels != 4) {
    for (float& value : image) value = change(value);
  } else {
    for (std::size_t i = 0; i < image.size(); ++i) {
      const bool alpha = i % 4 == 3;
      image[i] = alpha ? static_cast<float>(static_cast<int>(image[i])) : change(image[i]);
    }
  }
  if (stretch) {
    for (float& value : image) value = value / 255.0F * range + low;
  }
}

}  // namespace

void apply_transform(const ImageDataGeneratorOptions& options,
                     const TransformParameters& parameters, const cv::Mat& src,
                     std::span<float> dst) {
  const int channels = src.channels();
  const std::size_t size = src.total() * static_cast<std::size_t>(channels);
  if (size != dst.size() || size == 0 || channels > 4 ||
      (src.depth() != CV_8U && src.depth() != CV_32F)) {
    throw Error(ErrorKind::kUsage,
                "apply_transform needs an 8-bit or float image of 1 to 4 channels and as many "
                "values to write to, got " +
                    std::to_string(src.rows) + " x " + std::to_string(src.cols) + " x " +
                    std::to_string(channels) + " and " + std::to_string(dst.size()));
  }
  const internal::AffineMap map =
      internal::affine_map(parameters, options.axis_convention, src.rows, src.cols);
  if (map.is_identity()) {
    to_floats(src, dst.data());
    flip(dst, src.rows, src.cols, channels, parameters.flip_horizontal, parameters.flip_vertical);
  } else {
    // The warp may read a little past the end.
    thread_local std::vector<float> floats;
    floats.resize(size + 4);
    to_floats(src, floats.data());
    internal::warp_affine(map,
                          {.fill_mode = options.fill_mode,
                           .cval = static_cast<float>(options.cval),
                           .interpolation_order = options.interpolation_order,
                           .flip_horizontal = parameters.flip_horizontal,
                           .flip_vertical = parameters.flip_vertical},
                          floats.data(), src.rows, src.cols, channels, dst.data());
  }
  if (parameters.channel_shift_intensity) shift_channels(dst, *parameters.channel_shift_intensity);
  if (parameters.brightness) {
    change_brightness(dst, channels, static_cast<float>(*parameters.brightness));
  }
  internal::apply_extras(options, parameters, src.cols, channels, dst);
}

}  // namespace folio
