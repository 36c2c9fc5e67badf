/// CompiledNetwork: a network bound to memory, computing one shard of a batch per call.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "network.h"
#include "ops/op.h"
#include "weight_store.h"

namespace folio::internal {

/// All primitives are made once, for shards of one size; a smaller last shard is filled up with
/// samples whose gradient is zero.
///
/// Threads forward and backward may run on several threads with different workers.
class CompiledNetwork {
 public:
  /// `network` must be prepared; both arguments must outlive this.
  CompiledNetwork(const Network& network, WeightStore& weights, int shard_size,
                  bool winograd = true);

  /// Takes memory for this many threads and shards. Does nothing when there is enough.
  ///
  /// Errors  Error (kUsage) for more than the machine has.
  void reserve(int workers, int shards, bool training = true);

  [[nodiscard]] int shard_size() const { return shard_size_; }
  /// `samples` is the number of images in the shard, `batch` that in all shards; -1 means that the
  /// shard is full.
  [[nodiscard]] Run run(int worker, int shard, bool training, std::uint64_t seed,
                        std::uint64_t step, int samples = -1, std::size_t batch = 0) const;

  /// The parts of a pass over a batch. In training there is a border at each op that needs the
  /// whole batch: all shards must reach it before any goes on, and the values of all live at once.
  [[nodiscard]] int phases(bool training) const {
    return training ? static_cast<int>(borders_.size()) + 1 : 1;
  }
  // Between phase and phase + 1 of all shards, on one thread.
  void combine_forward(int phase, int shards) const;
  void combine_backward(int phase, int shards) const;

  /// Puts `count` images (H x W x C each) into the shard and zeros into the rest of it.
  void load(const Run& run, const float* images, int count, bool channels_first) const;

  /// Computes the values of one phase; `before_activation` leaves out an activation at the end.
  void forward(const Run& run, bool before_activation, int phase = 0) const;
  /// Computes the gradients of one phase, the last one's from that of the result.
  void backward(const Run& run, bool before_activation, int phase = 0) const;

  /// What the shard adds to the loss beside that of its outputs, after all of forward.
  [[nodiscard]] double added_loss(const Run& run) const;

  /// What the last node does to its input; linear if it is no activation.
  [[nodiscard]] ActivationKind final_activation() const;
  /// The result of the forward pass as rows in Keras' order, and where its gradient goes.
  [[nodiscard]] Value result(bool before_activation) const;

 private:
  template <typename Visit>
  void for_each_value(const Visit& visit) const;
  [[nodiscard]] bool has_gradient(Value value) const;
  void require_memory_for(int workers, int slots, int shards) const;

  const Network& network_;
  OpContext context_;
  int shard_size_;
  std::vector<std::unique_ptr<Op>> ops_;
  std::vector<bool> learns_;  ///< Of each op: whether the loss has a gradient at its output.
  std::vector<std::size_t> borders_;  ///< The ops that need the whole batch.
  std::vector<onednn::Description> descriptions_;
  std::size_t scratchpad_bytes_ = 0;
  mutable std::vector<Workspace> workspaces_;
  std::vector<Buffer> scratchpads_;  ///< One for each thread.
  std::vector<dnnl::memory> scratchpad_memory_;
};

}  // namespace folio::internal
