/// Tensor: an n-dimensional array of float32.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cv {
class Mat;
}

namespace [[gnu::visibility("default")]] folio {

/// Extents of a tensor, outermost first. Images are N x H x W x C.
using Shape = std::vector<std::int64_t>;

/// Number of values in a tensor of this shape; 1 for the empty shape (a scalar).
///
/// Errors  Error (kUsage) if an extent is negative or the product does not fit in memory.
std::size_t element_count(const Shape& shape);

/// `(2, 28, 28, 1)`, as messages show a shape.
std::string to_string(const Shape& shape);

/// An n-dimensional float32 array, row-major and contiguous, aligned to 64 bytes.
///
/// Owns    Its values. Copying copies them; moving is cheap and leaves an empty tensor.
/// Threads As a standard container: concurrent reads are safe, a write needs exclusion.
class Tensor {
 public:
  Tensor() = default;  ///< No values; shape (0).

  /// A tensor of zeros.
  explicit Tensor(Shape shape);

  /// A tensor holding `values` in row-major order.
  ///
  /// Errors  Error (kUsage) if their number is not that of the shape.
  Tensor(Shape shape, std::span<const float> values);

  ///@{
  /// Copies all values.
  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  ///@}
  ///@{
  /// Takes the values; `other` is empty then.
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;
  ///@}
  ~Tensor() = default;

  /// Extents, outermost first.
  [[nodiscard]] const Shape& shape() const { return shape_; }
  /// Number of values: the product of the extents.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Whether there is no value; a scalar has one.
  [[nodiscard]] bool empty() const { return size_ == 0; }

  ///@{
  /// The values in row-major order, aligned to 64 bytes; null without any. Valid until resize().
  [[nodiscard]] float* data() { return values_.get(); }
  [[nodiscard]] const float* data() const { return values_.get(); }
  [[nodiscard]] std::span<float> values() { return {values_.get(), size_}; }
  [[nodiscard]] std::span<const float> values() const { return {values_.get(), size_}; }
  ///@}

  ///@{
  /// Value `index` in row-major order, over all axes; not checked.
  float& operator[](std::size_t index) { return values_.get()[index]; }
  const float& operator[](std::size_t index) const { return values_.get()[index]; }
  ///@}

  /// Gives the tensor another shape; the values are kept up to the smaller size and new ones are
  /// unspecified. Memory is only taken when the tensor has never been as large: a tensor that is
  /// reused for every batch allocates once.
  void resize(Shape shape);

  ///@{
  /// Element `index` along the first axis, as a span over its values.
  [[nodiscard]] std::span<float> row(std::size_t index);
  [[nodiscard]] std::span<const float> row(std::size_t index) const;
  ///@}

  /// Image `index` of an N x H x W x C tensor (or the only one of H x W x C, with index 0) as a
  /// CV_32FC(C) matrix in RGB channel order.
  ///
  /// Owns    Nothing: the matrix is a view that is valid as long as this tensor's values are.
  /// Errors  Error (kUsage) if the rank is not 3 or 4 or the index is out of range.
  [[nodiscard]] cv::Mat image(std::size_t index) const;

 private:
  struct Free {
    void operator()(float* values) const noexcept;
  };
  Shape shape_{0};
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::unique_ptr<float[], Free> values_;
};

}  // namespace folio
