/// Cells: where the values of a tensor of one shard lie, channel by channel.
#pragma once
#include <algorithm>
#include <cstddef>

#include "op.h"

namespace folio::internal {

/// For ops that work on one value at a time. Rows have one cell.
struct Cells {
  int images, channels, height, width, block;

  [[nodiscard]] std::size_t at(int image, int channel, int cell) const {
    const std::size_t group =
        std::size_t(image) * static_cast<std::size_t>((channels + block - 1) / block) +
        static_cast<std::size_t>(channel / block);
    return (group * static_cast<std::size_t>(count()) + static_cast<std::size_t>(cell)) *
               static_cast<std::size_t>(block) +
           static_cast<std::size_t>(channel % block);
  }
  [[nodiscard]] int count() const { return height * width; }
};

/// Makes channels that only fill up a block zero, after a function that may not be zero for zero.
inline void clear_surplus(const Cells& cells, float* values) {
  const int surplus = (cells.block - cells.channels % cells.block) % cells.block;
  if (surplus == 0) return;
  for (int image = 0; image < cells.images; ++image) {
    float* last = values + cells.at(image, cells.channels - 1, 0);
    for (int cell = 0; cell < cells.count(); ++cell, last += cells.block) {
      std::fill(last + 1, last + 1 + surplus, 0.0F);
    }
  }
}

inline Cells cells_of(const OpContext& context, Value value) {
  const ValueInfo& info = context.network.value(value);
  const int block = info.layout == Layout::kRows     ? info.channels
                    : info.layout == Layout::kImages ? 1
                                                     : context.network.block();
  return {context.images, info.channels, info.used_height, info.used_width, block};
}

}  // namespace folio::internal
