/// Class labels out of a batch's or an array's y.
#pragma once
#include <cstddef>
#include <vector>

#include <folio/datasets/tensor.h>

namespace folio::internal {

/// One-hot rows (N x classes) give the position of their largest value, N or N x 1 indices
/// themselves.
std::vector<int> labels_of(const Tensor& y);

/// Position of the largest of `count` values, the first of equals.
std::size_t largest(const float* values, std::size_t count);

}  // namespace folio::internal
