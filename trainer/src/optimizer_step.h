/// OptimizerStep: one update of all weights from the gradients of all shards.
#pragma once
#include <cstdint>

#include <folio/trainer/optimizer.h>

#include "kernels/kernels.h"
#include "weight_store.h"

namespace folio::internal {

/// Slots that an optimizer keeps for every weight.
int slot_count(const Optimizer& optimizer);

/// Adds the gradients of the first `shards` shards in their order, applies the optimizer and brings
/// the backward pass' copies up to date, in stretches spread over the pool.
///
/// Threads Called inside the pool. Each weight is computed by one thread, so the result does not
///         depend on their number.
void optimizer_step(const Optimizer& optimizer, std::uint64_t iterations, int shards,
                    const Kernels& kernels, WeightStore& weights);

}  // namespace folio::internal
