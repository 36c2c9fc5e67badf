/// Planes: how an op without arithmetic of its own walks over an image tensor.
#pragma once
#include <cstddef>

#include "op.h"

namespace folio::internal {

/// A tensor of one shard as `count` contiguous groups of `height` rows of `row` floats. Rows (the
/// layout) are groups of one row.
struct Planes {
  std::size_t count;
  std::size_t height;
  std::size_t row;

  [[nodiscard]] std::size_t size() const { return height * row; }
};

inline Planes planes_of(const OpContext& context, Value value) {
  const ValueInfo& info = context.network.value(value);
  const auto images = static_cast<std::size_t>(context.images);
  if (info.layout == Layout::kRows) return {images, 1, static_cast<std::size_t>(info.channels)};
  const int block = info.layout == Layout::kBlocked ? context.network.block() : 1;
  return {images * static_cast<std::size_t>((info.channels + block - 1) / block),
          static_cast<std::size_t>(info.used_height),
          static_cast<std::size_t>(info.used_width * block)};
}

}  // namespace folio::internal
