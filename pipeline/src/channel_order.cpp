#include "channel_order.h"

#include <utility>

namespace folio::internal {
namespace {

/// dst[n][j][i] = src[n][i][j]
void exchange(std::span<const float> src, std::size_t rows, std::size_t columns,
              std::span<float> dst) {
  for (std::size_t first = 0; first < src.size(); first += rows * columns) {
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        dst[first + j * rows + i] = src[first + i * columns + j];
      }
    }
  }
}

}  // namespace

void to_planes(std::span<const float> image, int channels, std::span<float> planes) {
  const auto count = static_cast<std::size_t>(channels);
  exchange(image, image.size() / count, count, planes);
}

Tensor channels_last(const Tensor& planes) {
  Shape shape = planes.shape();
  const std::size_t first = shape.size() - 3;
  const auto channels = static_cast<std::size_t>(shape[first]);
  const auto cells = static_cast<std::size_t>(shape[first + 1] * shape[first + 2]);
  shape = {shape[first + 1], shape[first + 2], shape[first]};
  if (first == 1) shape.insert(shape.begin(), planes.shape()[0]);
  Tensor result(std::move(shape));
  exchange(planes.values(), channels, cells, result.values());
  return result;
}

Tensor channels_first(const Tensor& interleaved) {
  Shape shape = interleaved.shape();
  const std::size_t first = shape.size() - 3;
  const auto channels = static_cast<std::size_t>(shape[first + 2]);
  const auto cells = static_cast<std::size_t>(shape[first] * shape[first + 1]);
  shape = {shape[first + 2], shape[first], shape[first + 1]};
  if (first == 1) shape.insert(shape.begin(), interleaved.shape()[0]);
  Tensor result(std::move(shape));
  exchange(interleaved.values(), cells, channels, result.values());
  return result;
}

}  // namespace folio::internal
