/// OptimizerStep: one update of all weights from the gradients of all shards.
#pragma once
#include <cstdint>
#include <memory>
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

/// An optimizer bound to the weights it updates. A step takes no memory.
///
/// Threads apply() is called inside the pool. Each weight is computed by one thread and norms are
///         added up in a fixed order, so the result does not depend on their number.
class OptimizerStep {
 public:
  /// All must outlive this; of the optimizer only the learning rate may change, and the weights
  /// must have their layouts.
  OptimizerStep(const Optimizer& optimizer, const Kernels& kernels, WeightStore& weights);
  ~OptimizerStep();

  /// Adds the gradients of the first `shards` shards in their order, applies the optimizer and
  /// brings the backward pass' copies up to date, in stretches spread over the pool. The gradients
  /// are scratch afterwards. `iterations` counts batches.
  void apply(std::uint64_t iterations, int shards);

 private:
  class Update;
  std::unique_ptr<Update> update_;
};

/// What use_ema does at the end of a training: the weights become their averages, if the optimizer
/// keeps them and does not overwrite by itself.
void take_averages(const Optimizer& optimizer, std::uint64_t iterations, WeightStore& weights);

}  // namespace folio::internal
