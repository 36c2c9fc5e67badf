/// Arrays: images and labels in memory, to train on or to validate with.
#pragma once
#include <cstdint>
#include <optional>

#include <folio/datasets/tensor.h>
#include <folio/pipeline/batch_stream.h>

namespace [[gnu::visibility("default")]] folio {

/// Data for fit() that is in memory already; the values are used as they are.
struct Arrays {
  Tensor x;             ///< N x H x W x C with 1, 3 or 4 channels.
  Tensor y;             ///< N x classes, one-hot, or N class indices.
  int batch_size = 32;  ///< Samples; the last batch of an epoch has what remains.
  /// The last share of the samples is held back to validate with, as Keras does with arrays.
  double validation_split = 0.0;
  bool shuffle = true;                  ///< Another order in every epoch.
  Tensor sample_weight{};               ///< N factors of the losses; empty: all 1.
  std::optional<std::uint32_t> seed{};  ///< Of the order; drawn if there is none.
};

/// Batches from all of `data`, whatever its validation_split.
BatchStream stream_of(Arrays data);

}  // namespace folio
