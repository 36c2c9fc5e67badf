#include <folio/augment/standardize.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>

namespace folio {
namespace {

constexpr float kEpsilon = 1e-6F;  // Keras adds it to every deviation it divides by.

/// Flags that imply others, as Keras forces them.
ImageDataGeneratorOptions effective(ImageDataGeneratorOptions options,
                                    std::vector<std::string>& warnings) {
  const auto imply = [&](bool& flag, bool value, const char* warning) {
    if (flag == value) return;
    flag = value;
    warnings.emplace_back(warning);
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

std::pair<double, double> mean_and_deviation(std::span<const float> values) {
  double sum = 0.0;
  for (const float value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0.0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

/// W = u diag(sqrt(N) / (s + epsilon)) u^T for the singular values s of the centred images.
Tensor whitening_matrix(const Tensor& x, double epsilon) {
  const auto count = static_cast<int>(x.shape()[0]);
  const auto length = static_cast<int>(x.size() / static_cast<std::size_t>(count));
  const cv::Mat flat(count, length, CV_32F, const_cast<float*>(x.data()));
  cv::Mat exact;
  flat.convertTo(exact, CV_64F);
  cv::Mat singular;
  cv::Mat left;
  cv::Mat right;
  // x^T = u s v^T is x = v s u^T, whose right vectors are the rows of u^T.
  cv::SVD::compute(exact, singular, left, right);
  cv::Mat scaled = right.clone();
  for (int i = 0; i < singular.rows; ++i) {
    scaled.row(i) *= std::sqrt(static_cast<double>(count)) / (singular.at<double>(i) + epsilon);
  }
  const cv::Mat whitening = scaled.t() * right;
  Tensor result({length, length});
  for (int i = 0; i < length; ++i) {
    for (int j = 0; j < length; ++j) {
      result[static_cast<std::size_t>(i) * length + j] =
          static_cast<float>(whitening.at<double>(i, j));
    }
  }
  return result;
}

}  // namespace

FeatureStatistics fit_statistics(const ImageDataGeneratorOptions& options, const Tensor& x) {
  if (x.shape().size() != 4 || x.empty()) {
    throw Error(ErrorKind::kUsage,
                "fit needs images of shape N x H x W x C, got " + to_string(x.shape()));
  }
  std::vector<std::string> unused;
  const ImageDataGeneratorOptions flags = effective(options, unused);
  const auto channels = static_cast<std::size_t>(x.shape()[3]);
  const double cells = static_cast<double>(x.size() / channels);
  Tensor values = x;
  if (flags.rescale != 0.0) {
    for (float& value : values.values()) value *= static_cast<float>(flags.rescale);
  }
  FeatureStatistics statistics;
  if (flags.featurewise_center) {
    std::vector<double> sum(channels, 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) sum[i % channels] += values[i];
    statistics.mean = Tensor({static_cast<std::int64_t>(channels)});
    for (std::size_t c = 0; c < channels; ++c) {
      statistics.mean[c] = static_cast<float>(sum[c] / cells);
    }
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= statistics.mean[i % channels];
  }
  if (flags.featurewise_std_normalization) {
    std::vector<double> sum(channels, 0.0);
    std::vector<double> squares(channels, 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum[i % channels] += values[i];
      squares[i % channels] += double{values[i]} * values[i];
    }
    statistics.deviation = Tensor({static_cast<std::int64_t>(channels)});
    for (std::size_t c = 0; c < channels; ++c) {
      const double mean = sum[c] / cells;
      statistics.deviation[c] = static_cast<float>(std::sqrt(squares[c] / cells - mean * mean));
    }
  }
  if (flags.zca_whitening) statistics.whitening = whitening_matrix(values, flags.zca_epsilon);
  return statistics;
}

Standardizer::Standardizer(const ImageDataGeneratorOptions& options, FeatureStatistics statistics)
    : options_(effective(options, warnings_)), statistics_(std::move(statistics)) {
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
    const std::vector<float> from(image.begin(), image.end());
    for (std::size_t j = 0; j < length; ++j) {
      double sum = 0.0;
      for (std::size_t i = 0; i < length; ++i) {
        sum += double{from[i]} * statistics_.whitening[i * length + j];
      }
      image[j] = static_cast<float>(sum);
    }
  }
}

}  // namespace folio
