#include <folio/datasets/error.h>
#include <folio/datasets/memory.h>
#include <folio/datasets/tensor.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <opencv2/core/mat.hpp>
#include <utility>

namespace folio {

std::size_t element_count(const Shape& shape) {
  constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float);
  std::size_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0) {
      throw Error(ErrorKind::kUsage, "shape " + to_string(shape) + " has a negative extent");
    }
    if (extent > 0 && count > kMost / static_cast<std::size_t>(extent)) {
      throw Error(ErrorKind::kUsage, "shape " + to_string(shape) + " does not fit in memory");
    }
    count *= static_cast<std::size_t>(extent);
  }
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    text += (axis > 0 ? ", " : "") + std::to_string(shape[axis]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

void Tensor::Free::operator()(float* values) const noexcept { std::free(values); }

Tensor::Tensor(Shape shape) {
  resize(std::move(shape));
  std::fill_n(values_.get(), size_, 0.0F);
}

Tensor::Tensor(Shape shape, std::span<const float> values) {
  if (values.size() != element_count(shape)) {
    throw Error(ErrorKind::kUsage, "a tensor of shape " + to_string(shape) + " needs " +
                                       std::to_string(element_count(shape)) + " values, got " +
                                       std::to_string(values.size()));
  }
  resize(std::move(shape));
  std::copy(values.begin(), values.end(), values_.get());
}

Tensor::Tensor(const Tensor& other) : Tensor(other.shape_, other.values()) {}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) {
    resize(other.shape_);
    std::copy_n(other.values_.get(), size_, values_.get());
  }
  return *this;
}

Tensor::Tensor(Tensor&& other) noexcept { *this = std::move(other); }

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  if (this != &other) {
    shape_ = std::exchange(other.shape_, Shape{0});
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    values_ = std::move(other.values_);
  }
  return *this;
}

void Tensor::resize(Shape shape) {
  const std::size_t size = element_count(shape);
  if (size > capacity_) {
    std::unique_ptr<float[], Free> values(static_cast<float*>(allocate(size * sizeof(float))));
    std::copy_n(values_.get(), size_, values.get());
    values_ = std::move(values);
    capacity_ = size;
  }
  shape_ = std::move(shape);
  size_ = size;
}

std::span<float> Tensor::row(std::size_t index) {
  const std::size_t length = size_ / static_cast<std::size_t>(shape_.at(0));
  return values().subspan(index * length, length);
}

std::span<const float> Tensor::row(std::size_t index) const {
  const std::size_t length = size_ / static_cast<std::size_t>(shape_.at(0));
  return values().subspan(index * length, length);
}

cv::Mat Tensor::image(std::size_t index) const {
  const std::size_t rank = shape_.size();
  if (rank != 3 && rank != 4) {
    throw Error(ErrorKind::kUsage,
                "Tensor::image needs H x W x C or N x H x W x C, got shape " + to_string(shape_));
  }
  const std::size_t count = rank == 4 ? static_cast<std::size_t>(shape_[0]) : 1;
  if (index >= count) {
    throw Error(ErrorKind::kUsage, "Tensor::image: index " + std::to_string(index) +
                                       " is out of range, the tensor holds " +
                                       std::to_string(count) + " images");
  }
  const auto height = static_cast<int>(shape_[rank - 3]);
  const auto width = static_cast<int>(shape_[rank - 2]);
  const auto channels = static_cast<int>(shape_[rank - 1]);
  float* first = const_cast<float*>(values_.get()) + index * (size_ / count);
  return {height, width, CV_32FC(channels), first};
}

}  // namespace folio
