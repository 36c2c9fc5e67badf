#include <folio/augment/statistics.h>
#include <folio/augment/transform.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <random>
#include <string>

#include "implied_flags.h"

namespace folio {
namespace {

/// D x D doubles are 512 MiB then, and finding their eigenvectors takes minutes.
constexpr std::size_t kMostWhitened = 8192;
/// Images whose products are added together, while a row of the sum stays in the cache.
constexpr std::size_t kPendingImages = 32;

}  // namespace

void StatisticsOptions::validate() const {
  if (rounds > 0) return;
  throw Error(ErrorKind::kUsage, "rounds must be positive, got " + std::to_string(rounds));
}

FeatureAccumulator::FeatureAccumulator(const ImageDataGeneratorOptions& options)
    : zca_epsilon_(options.zca_epsilon) {
  const ImageDataGeneratorOptions flags = internal::with_implied_flags(options);
  center_ = flags.featurewise_center;
  deviation_ = flags.featurewise_std_normalization;
  whitening_ = flags.zca_whitening;
}

void FeatureAccumulator::add(std::span<const float> image, int channels) {
  if (count_ == 0) {
    channels_ = static_cast<std::size_t>(channels);
    length_ = image.size();
    sums_.assign(channels_, 0.0);
    squares_.assign(channels_, 0.0);
    if (whitening_ && length_ > kMostWhitened) {
      throw Error(ErrorKind::kUsage,
                  "zca_whitening needs a matrix of D x D values, with D = " +
                      std::to_string(length_) + " values in an image; expected at most " +
                      std::to_string(kMostWhitened) + ", such as 52x52 pixels of 3 channels");
    }
    if (whitening_) {
      element_sums_.assign(length_, 0.0);
      products_.assign(length_ * length_, 0.0);
    }
  }
  if (image.size() != length_ || static_cast<std::size_t>(channels) != channels_) {
    throw Error(ErrorKind::kUsage, "fit needs images of one size, got " +
                                       std::to_string(image.size()) + " values after " +
                                       std::to_string(length_));
  }
  ++count_;
  for (std::size_t i = 0; i < length_;) {
    for (std::size_t c = 0; c < channels_; ++c, ++i) {
      const double value = image[i];
      sums_[c] += value;
      squares_[c] += value * value;
    }
  }
  if (!whitening_) return;
  for (std::size_t i = 0; i < length_; ++i) element_sums_[i] += image[i];
  pending_.insert(pending_.end(), image.begin(), image.end());
  if (pending_.size() == kPendingImages * length_) add_products();
}

void FeatureAccumulator::add_products() {
  const std::size_t images = pending_.size() / length_;
  for (std::size_t i = 0; i < length_; ++i) {
    double* sums = products_.data() + i * length_;
    for (std::size_t k = 0; k < images; ++k) {
      const double* image = pending_.data() + k * length_;
      const double factor = image[i];
      if (factor == 0.0) continue;
      for (std::size_t j = i; j < length_; ++j) sums[j] += factor * image[j];
    }
  }
  pending_.clear();
}

FeatureStatistics FeatureAccumulator::result() const {
  if (count_ == 0) throw Error(ErrorKind::kUsage, "fit needs at least one image");
  FeatureStatistics found;
  const double cells = static_cast<double>(count_ * (length_ / channels_));
  std::vector<double> means(channels_);
  for (std::size_t c = 0; c < channels_; ++c) means[c] = sums_[c] / cells;
  if (center_) {
    found.mean = Tensor({static_cast<std::int64_t>(channels_)});
    std::copy(means.begin(), means.end(), found.mean.data());
  }
  if (deviation_) {
    found.deviation = Tensor({static_cast<std::int64_t>(channels_)});
    for (std::size_t c = 0; c < channels_; ++c) {
      const double variance = std::max(0.0, squares_[c] / cells - means[c] * means[c]);
      found.deviation[c] = static_cast<float>(std::sqrt(variance));
    }
  }
  if (whitening_) found.whitening = whitening(means);
  return found;
}

/// Keras' W = u diag(sqrt(N) / (s + epsilon)) u^T, for the singular values s and left vectors u of
/// the transposed centred images: the eigenvectors of their products, and the roots of the
/// eigenvalues.
Tensor FeatureAccumulator::whitening(const std::vector<double>& means) const {
  FeatureAccumulator all = *this;
  all.add_products();
  const auto size = static_cast<int>(length_);
  cv::Mat products(size, size, CV_64F, all.products_.data());
  const double count = static_cast<double>(count_);
  for (int i = 0; i < size; ++i) {
    const double mean = means[static_cast<std::size_t>(i) % channels_];
    for (int j = i; j < size; ++j) {
      const double other = means[static_cast<std::size_t>(j) % channels_];
      double& product = products.at<double>(i, j);
      // The sum over (x_i - mean) (x_j - other).
      product += count * mean * other - mean * element_sums_[static_cast<std::size_t>(j)] -
                 other * element_sums_[static_cast<std::size_t>(i)];
      products.at<double>(j, i) = product;
    }
  }
  cv::Mat values;
  cv::Mat vectors;  // In rows, by falling eigenvalue.
  cv::eigen(products, values, vectors);
  // No more singular values than images.
  const int rank = static_cast<int>(std::min(length_, count_));
  const cv::Mat used = vectors.rowRange(0, rank);
  cv::Mat scaled = used.clone();
  for (int i = 0; i < rank; ++i) {
    const double singular = std::sqrt(std::max(0.0, values.at<double>(i)));
    scaled.row(i) *= std::sqrt(count) / (singular + zca_epsilon_);
  }
  const cv::Mat whitening = scaled.t() * used;
  Tensor result({size, size});
  whitening.convertTo(cv::Mat(size, size, CV_32F, result.data()), CV_32F);
  return result;
}

FeatureStatistics fit_statistics(const ImageDataGeneratorOptions& options, const Tensor& x,
                                 const StatisticsOptions& how) {
  how.validate();
  if (x.shape().size() != 4 || x.empty()) {
    throw Error(ErrorKind::kUsage,
                "fit needs images of shape N x H x W x C, got " + to_string(x.shape()));
  }
  const auto images = static_cast<std::size_t>(x.shape()[0]);
  const auto channels = static_cast<int>(x.shape()[3]);
  FeatureAccumulator accumulator(options);
  NumpyRandom random(how.seed ? *how.seed : std::random_device()());
  Tensor image({x.shape()[1], x.shape()[2], x.shape()[3]});
  Tensor augmented = image;
  for (int round = 0; round < (how.augment ? how.rounds : 1); ++round) {
    for (std::size_t i = 0; i < images; ++i) {
      std::copy_n(x.row(i).begin(), image.size(), image.data());
      if (options.rescale != 0.0) {
        for (float& value : image.values()) value *= static_cast<float>(options.rescale);
      }
      if (!how.augment) {
        accumulator.add(image.values(), channels);
        continue;
      }
      const cv::Mat view = image.image(0);
      apply_transform(options, draw_transform(options, view.rows, view.cols, random), view,
                      augmented.values());
      accumulator.add(augmented.values(), channels);
    }
  }
  return accumulator.result();
}

}  // namespace folio
