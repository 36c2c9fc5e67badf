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
  CompiledNetwork(const Network& network, WeightStore& weights, int shard_size);

  /// Takes memory for this many threads and shards. Does nothing when there is enough.
  void reserve(int workers, int shards);

  [[nodiscard]] int shard_size() const { return shard_size_; }
  [[nodiscard]] Run run(int worker, int shard, bool training, std::uint64_t seed,
                        std::uint64_t step) const;

  /// Puts `count` images (H x W x C each) into the shard and zeros into the rest of it.
  void load(const Run& run, const float* images, int count) const;

  /// Computes all values; `before_activation` leaves out an activation at the end.
  void forward(const Run& run, bool before_activation) const;
  /// Computes all gradients from that of the result.
  void backward(const Run& run, bool before_activation) const;

  /// What the last node does to its input; linear if it is no activation.
  [[nodiscard]] ActivationKind final_activation() const;
  /// The result of the forward pass as rows in Keras' order, and where its gradient goes.
  [[nodiscard]] Value result(bool before_activation) const;

 private:
  const Network& network_;
  OpContext context_;
  int shard_size_;
  std::vector<std::unique_ptr<Op>> ops_;
  std::vector<onednn::Description> descriptions_;
  std::size_t scratchpad_bytes_ = 0;
  mutable std::vector<Workspace> workspaces_;
};

}  // namespace folio::internal
