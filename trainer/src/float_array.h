/// FloatArray: values of a tensor that may lie in a file's bytes.
#pragma once
#include <span>
#include <utility>

#include <folio/datasets/tensor.h>

namespace folio::internal {

/// A tensor of its own, or a view of values that lie elsewhere, so that a large file is not copied
/// before it is known where its values go.
class FloatArray {
 public:
  FloatArray(Tensor own)  // NOLINT(*-explicit-*): what takes an array takes a tensor.
      : shape_(own.shape()), own_(std::move(own)) {}
  /// The values must outlive this.
  FloatArray(Shape shape, std::span<const float> elsewhere)
      : shape_(std::move(shape)), elsewhere_(elsewhere) {}

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::span<const float> values() const {
    return own_.empty() ? elsewhere_ : own_.values();
  }
  /// A copy.
  [[nodiscard]] Tensor tensor() const { return {shape_, values()}; }

 private:
  Shape shape_;
  Tensor own_;
  std::span<const float> elsewhere_;
};

}  // namespace folio::internal
