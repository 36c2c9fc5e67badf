#include <folio/augment/standardize.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>

#include "implied_flags.h"

namespace folio {
namespace {

constexpr float kEpsilon = 1e-6F;  // Keras adds it to every deviation it divides by.

std::pair<double, double> mean_and_deviation(std::span<const float> values) {
  double sum = 0.0;
  for (const float value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0.0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

/// Four sums side by side, which the compiler turns into vectors.
float dot(std::span<const float> a, std::span<const float> b) {
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= a.size(); i += 4) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += double{a[i + k]} * b[i + k];
  }
  for (; i < a.size(); ++i) sums[0] += double{a[i]} * b[i];
  return static_cast<float>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

}  // namespace

namespace internal {

ImageDataGeneratorOptions with_implied_flags(ImageDataGeneratorOptions options,
                                             std::vector<std::string>* warnings) {
  const auto imply = [&](bool& flag, bool value, const char* warning) {
    if (flag == value) return;
    flag = value;
    if (warnings != nullptr) warnings->emplace_back(warning);
  };
  if (options.zca_whitening) {
    imply(options.featurewise_center, true, "zca_whitening turns featurewise_center on");
    imply(options.featurewise_std_normalization, false,
          "zca_whitening turns featurewise_std_normalization off");
  }
  if (options.featurewise_std_normalization) {
    imply(options.featurewise_center, true,
          "featurewise_std_normalization turns featurewise_center on");
  }
  if (options.samplewise_std_normalization) {
    imply(options.samplewise_center, true,
          "samplewise_std_normalization turns samplewise_center on");
  }
  return options;
}

}  // namespace internal

Standardizer::Standardizer(const ImageDataGeneratorOptions& options, FeatureStatistics statistics)
    : options_(internal::with_implied_flags(options, &warnings_)),
      statistics_(std::move(statistics)) {
  const auto leave_out = [&](bool& flag, const Tensor& needed, const char* name) {
    if (!flag || !needed.empty()) return;
    flag = false;
    warnings_.push_back(std::string(name) +
                        " is left out: the generator has not been fit on any data");
  };
  leave_out(options_.featurewise_center, statistics_.mean, "featurewise_center");
  leave_out(options_.featurewise_std_normalization, statistics_.deviation,
            "featurewise_std_normalization");
  leave_out(options_.zca_whitening, statistics_.whitening, "zca_whitening");
}

void Standardizer::apply(std::span<float> image, int height, int width, int channels) const {
  if (options_.preprocessing_function) {
    cv::Mat view(height, width, CV_32FC(channels), image.data());
    options_.preprocessing_function(view);
    if (view.rows != height || view.cols != width || view.type() != CV_32FC(channels)) {
      throw Error(ErrorKind::kUsage, "preprocessing_function must keep size and type of the image");
    }
    if (view.ptr<float>() != image.data()) {
      view.copyTo(cv::Mat(height, width, CV_32FC(channels), image.data()));
    }
  }
  if (options_.rescale != 0.0) {
    const auto factor = static_cast<float>(options_.rescale);
    for (float& value : image) value *= factor;
  }
  if (options_.samplewise_center) {
    const auto mean = static_cast<float>(mean_and_deviation(image).first);
    for (float& value : image) value -= mean;
  }
  if (options_.samplewise_std_normalization) {
    const auto deviation = static_cast<float>(mean_and_deviation(image).second) + kEpsilon;
    for (float& value : image) value /= deviation;
  }
  const auto by_channel = [&](const Tensor& statistic, auto step) {
    if (statistic.size() != static_cast<std::size_t>(channels)) {
      throw Error(ErrorKind::kUsage, "the generator was fit on images of " +
                                         std::to_string(statistic.size()) + " channels, got " +
                                         std::to_string(channels));
    }
    for (std::size_t i = 0; i < image.size(); ++i) step(image[i], statistic[i % channels]);
  };
  if (options_.featurewise_center) {
    by_channel(statistics_.mean, [](float& value, float mean) { value -= mean; });
  }
  if (options_.featurewise_std_normalization) {
    by_channel(statistics_.deviation,
               [](float& value, float deviation) { value /= deviation + kEpsilon; });
  }
  if (options_.zca_whitening) {
    const std::size_t length = image.size();
    if (statistics_.whitening.size() != length * length) {
      throw Error(ErrorKind::kUsage, "the generator was fit on images of another size");
    }
    thread_local std::vector<float> from;
    from.assign(image.begin(), image.end());
    // The matrix is symmetric: its rows are its columns.
    for (std::size_t j = 0; j < length; ++j) image[j] = dot(from, statistics_.whitening.row(j));
  }
}

}  // namespace folio
