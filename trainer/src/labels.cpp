#include "labels.h"

#include <algorithm>

namespace folio::internal {

std::size_t largest(const float* values, std::size_t count) {
  return static_cast<std::size_t>(std::max_element(values, values + count) - values);
}

std::vector<int> labels_of(const Tensor& y) {
  const auto rows = static_cast<std::size_t>(y.shape()[0]);
  const std::size_t columns = rows == 0 ? 0 : y.size() / rows;
  std::vector<int> labels(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = y.data() + row * columns;
    labels[row] = static_cast<int>(columns == 1 ? values[0] : largest(values, columns));
  }
  return labels;
}

}  // namespace folio::internal
