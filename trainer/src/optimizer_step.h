/// OptimizerStep: one update of all weights from the gradients of all shards.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <folio/trainer/optimizer.h>

#include "kernels/kernels.h"
#include "weight_store.h"

namespace folio::internal {

/// A tensor that an optimizer keeps for every weight.
struct OptimizerSlot {
  std::string name;  ///< As Keras 2.10 names it: `momentum`, `m`, `v`, `vhat`, `rms`, ...
  float initial = 0.0F;
};

/// All of them, so that they and the number of steps are the whole state of an optimizer: those of
/// its own step, then `average` (use_ema) and `gradient_accumulator`.
std::vector<OptimizerSlot> optimizer_slots(const Optimizer& optimizer);

/// Makes them for every weight, as they are before the first step.
void reset_slots(const Optimizer& optimizer, WeightStore& weights);

/// Updates that `iterations` batches have made; fewer where gradients are accumulated.
std::uint64_t updates_after(const Optimizer& optimizer, std::uint64_t iterations);

/// Adds the gradients of the first `shards` shards in their order, applies the optimizer and brings
/// the backward pass' copies up to date, in stretches spread over the pool. The gradients are
/// scratch afterwards. `iterations` counts batches.
///
/// Threads Called inside the pool. Each weight is computed by one thread and norms are added up in
/// a
///         fixed order, so the result does not depend on their number.
void optimizer_step(const Optimizer& optimizer, std::uint64_t iterations, int shards,
                    const Kernels& kernels, WeightStore& weights);

/// What use_ema does at the end of a training: the weights become their averages, if the optimizer
/// keeps them and does not overwrite by itself.
void take_averages(const Optimizer& optimizer, std::uint64_t iterations, WeightStore& weights);

}  // namespace folio::internal
