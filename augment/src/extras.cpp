#include "extras.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace folio {
namespace {

constexpr std::array<float, 3> kLuminance{0.299F, 0.587F, 0.114F};

/// Calls `change(pixel)` for every pixel, with its first value.
template <typename Change>
void for_each_pixel(std::span<float> image, int channels, Change change) {
  for (std::size_t at = 0; at < image.size(); at += channels) change(image.data() + at);
}

/// Channels that are colours, not alpha.
int colours(int channels) { return channels >= 3 ? 3 : 1; }

/// Values are levels, 0..255, at this point.
float level(float value) { return std::clamp(value, 0.0F, 255.0F); }

float luminance(const float* pixel, int channels) {
  if (channels < 3) return pixel[0];
  return kLuminance[0] * pixel[0] + kLuminance[1] * pixel[1] + kLuminance[2] * pixel[2];
}

void change_contrast(std::span<float> image, int channels, float factor) {
  double sum = 0.0;
  for_each_pixel(image, channels, [&](const float* pixel) { sum += luminance(pixel, channels); });
  const auto mean = static_cast<float>(sum * channels / static_cast<double>(image.size()));
  for_each_pixel(image, channels, [&](float* pixel) {
    for (int c = 0; c < colours(channels); ++c) pixel[c] = level(mean + factor * (pixel[c] - mean));
  });
}

void change_saturation(std::span<float> image, int channels, float factor) {
  if (channels < 3) return;
  for_each_pixel(image, channels, [&](float* pixel) {
    const float grey = luminance(pixel, channels);
    for (int c = 0; c < 3; ++c) pixel[c] = level(grey + factor * (pixel[c] - grey));
  });
}

/// A rotation of the colours about the axis of greys, which keeps greys as they are.
void turn_hue(std::span<float> image, int channels, double degrees) {
  if (channels < 3) return;
  const double radians = degrees * std::numbers::pi / 180.0;
  // Rodrigues' formula for the axis (1, 1, 1) / sqrt(3).
  const double third = (1.0 - std::cos(radians)) / 3.0;
  const double side = std::sin(radians) / std::numbers::sqrt3;
  const auto same = static_cast<float>(std::cos(radians) + third);
  const auto next = static_cast<float>(third - side);
  const auto previous = static_cast<float>(third + side);
  for_each_pixel(image, channels, [&](float* pixel) {
    const float r = pixel[0];
    const float g = pixel[1];
    const float b = pixel[2];
    pixel[0] = level(same * r + next * g + previous * b);
    pixel[1] = level(previous * r + same * g + next * b);
    pixel[2] = level(next * r + previous * g + same * b);
  });
}

template <typename Change>
void for_each_row(const PixelRectangle& area, int width, int channels, Change change) {
  for (int y = area.top; y < area.top + area.height; ++y) {
    const std::size_t first = (std::size_t(y) * width + area.left) * channels;
    change(first, first + std::size_t(area.width) * channels);
  }
}

/// A rectangle of this size, rounded and cut to the image's, at a random place in it.
PixelRectangle place(int height, int width, double part_height, double part_width,
                     NumpyRandom& random) {
  PixelRectangle area;
  area.height = static_cast<int>(std::lround(std::clamp(part_height, 0.0, double(height))));
  area.width = static_cast<int>(std::lround(std::clamp(part_width, 0.0, double(width))));
  area.top = static_cast<int>(random.choice(static_cast<std::uint32_t>(height - area.height + 1)));
  area.left = static_cast<int>(random.choice(static_cast<std::uint32_t>(width - area.width + 1)));
  return area;
}

/// Beta(alpha, alpha) for alpha in (0, 1], by Joehnk's rejection: u^(1/a) / (u^(1/a) + v^(1/a)) for
/// uniform u and v whose powers add up to at most 1.
double draw_beta(double alpha, NumpyRandom& random) {
  while (true) {
    const double u = random.random();
    const double v = random.random();
    if (u == 0.0 || v == 0.0) continue;
    if (std::pow(u, 1.0 / alpha) + std::pow(v, 1.0 / alpha) > 1.0) continue;
    // In logarithms, as both powers vanish for a small alpha.
    return 1.0 / (1.0 + std::exp((std::log(v) - std::log(u)) / alpha));
  }
}

}  // namespace

void draw_extras(const ImageDataGeneratorOptions& options, int height, int width,
                 NumpyRandom& random, TransformParameters& parameters) {
  if (options.contrast_range) {
    parameters.contrast =
        random.uniform(options.contrast_range->first, options.contrast_range->second);
  }
  if (options.saturation_range) {
    parameters.saturation =
        random.uniform(options.saturation_range->first, options.saturation_range->second);
  }
  if (options.hue_range != 0.0) {
    parameters.hue = random.uniform(-options.hue_range, options.hue_range);
  }
  const RandomErase& erase = options.random_erase;
  if (erase.probability > 0.0 && random.random() < erase.probability) {
    const double area = random.uniform(erase.area.first, erase.area.second) * height * width;
    // Ratios r and 1 / r are equally likely.
    const double ratio =
        std::exp(random.uniform(std::log(erase.ratio.first), std::log(erase.ratio.second)));
    parameters.erase =
        place(height, width, std::sqrt(area * ratio), std::sqrt(area / ratio), random);
  }
}

void draw_mixes(const ImageDataGeneratorOptions& options, int height, int width,
                NumpyRandom& random, std::span<TransformParameters> batch) {
  const bool mixup = options.mixup_alpha > 0.0;
  const bool cutmix = options.cutmix_alpha > 0.0;
  if (!mixup && !cutmix) return;
  const bool paste = cutmix && (!mixup || random.random() < 0.5);
  const double share = draw_beta(paste ? options.cutmix_alpha : options.mixup_alpha, random);
  Mix mix{.share = share};
  if (paste) {
    const double side = std::sqrt(share);
    mix.pasted = place(height, width, side * height, side * width, random);
    // The label follows the pixels that really changed hands.
    mix.share = static_cast<double>(mix.pasted->height) * mix.pasted->width / height / width;
  }
  const std::vector<std::size_t> partners = random.permutation(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    mix.partner = partners[i];
    batch[i].mix = mix;
  }
}

void mix_images(const Mix& mix, int width, int channels, std::span<const float> partner,
                std::span<float> mixed) {
  if (mix.pasted) {
    for_each_row(*mix.pasted, width, channels, [&](std::size_t first, std::size_t last) {
      std::copy(partner.begin() + first, partner.begin() + last, mixed.begin() + first);
    });
    return;
  }
  const auto share = static_cast<float>(mix.share);
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] += share * (partner[i] - mixed[i]);
}

namespace internal {

void apply_extras(const ImageDataGeneratorOptions& options, const TransformParameters& parameters,
                  int width, int channels, std::span<float> image) {
  if (parameters.contrast) {
    change_contrast(image, channels, static_cast<float>(*parameters.contrast));
  }
  if (parameters.saturation) {
    change_saturation(image, channels, static_cast<float>(*parameters.saturation));
  }
  if (parameters.hue) turn_hue(image, channels, *parameters.hue);
  if (parameters.erase) {
    const auto value = static_cast<float>(options.random_erase.value);
    for_each_row(*parameters.erase, width, channels, [&](std::size_t first, std::size_t last) {
      std::fill(image.begin() + first, image.begin() + last, value);
    });
  }
}

}  // namespace internal
}  // namespace folio
