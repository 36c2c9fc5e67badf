/// Op: one node of a network, bound to memory, computing one shard of a batch at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "../buffer.h"
#include "../kernels/kernels.h"
#include "../network.h"
#include "../onednn/primitives.h"
#include "../weight_store.h"

namespace folio::internal {

/// Memory of the shard that one thread works on: every value of the network and its gradient.
struct Workspace {
  std::vector<std::span<float>> values;
  std::vector<std::span<float>> gradients;  ///< Empty where nothing asks for it.
  std::vector<Buffer> buffers;              ///< What both look at.
  std::vector<dnnl::memory> value_memory;
  std::vector<dnnl::memory> gradient_memory;
};

/// Which part of the work a call is about.
struct Run {
  Workspace& workspace;
  int slot;                   ///< Number of the workspace.
  dnnl_memory_t scratchpad;   ///< Of the thread.
  int shard;                  ///< Which gradients to write.
  int samples;                ///< Of the shard; those behind them only fill it up.
  bool training;              ///< Dropout is on.
  std::uint64_t seed;         ///< Of the model.
  std::uint64_t step;         ///< Training steps taken before this one.
  std::int64_t first_sample;  ///< Position of the shard's first sample in the batch.
  std::size_t batch;          ///< Samples of all shards together.
};

/// What an op is made from.
struct OpContext {
  const Network& network;
  WeightStore& weights;
  const Kernels& kernels;
  int images;     ///< Samples in a shard.
  bool winograd;  ///< Whether convolutions may use Winograd's algorithm.

  [[nodiscard]] onednn::Description description(Value value) const;
  [[nodiscard]] bool needs_gradient(Value value) const {
    return network.value(value).needs_gradient;
  }
};

/// Threads forward and backward run on several threads at once, each with its own workspace and
///         shard.
class Op {
 public:
  virtual ~Op() = default;
  /// Takes the memory this op needs of its own for this many workspaces.
  virtual void reserve(int /*workspaces*/) {}
  /// Takes the memory objects this op needs for the gradients of this many shards.
  virtual void bind_gradients(int /*shards*/) {}
  [[nodiscard]] virtual std::size_t scratchpad_bytes() const { return 0; }
  virtual void forward(const Run& run) = 0;
  /// Writes the gradients of the weights and, where it is needed, of the input.
  virtual void backward(const Run& run) = 0;
  /// What the shard adds to the loss of its batch, after forward.
  [[nodiscard]] virtual double added_loss(const Run& /*run*/) const { return 0.0; }

  // An op whose result depends on the whole batch: in training, all shards collect before one
  // thread combines what they found, in the order of the shards, and all go on. The same on the
  // way back.
  [[nodiscard]] virtual bool needs_batch() const { return false; }
  virtual void collect_forward(const Run& /*run*/) {}
  virtual void combine_forward(int /*shards*/) {}
  virtual void collect_backward(const Run& /*run*/) {}
  virtual void combine_backward(int /*shards*/) {}
};

std::unique_ptr<Op> make_convolution_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_pooling_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_dense_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_activation_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_softmax_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_dropout_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_flatten_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_add_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_concatenate_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_fan_out_op(const OpContext& context, const Node& node);

std::unique_ptr<Op> make_batch_normalization_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_layer_normalization_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_elementwise_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_global_pooling_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_padding_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_up_sampling_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_noise_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_prelu_op(const OpContext& context, const Node& node);
std::unique_ptr<Op> make_activity_regularization_op(const OpContext& context, const Node& node);

/// A 3 x 3 convolution by Winograd's algorithm, or null if that is not for it or does not pay.
std::unique_ptr<Op> make_winograd_convolution_op(const OpContext& context, const Node& node);

/// The first convolution with its ReLU and pooling as one op, or null if these two nodes are not
/// of the kind it computes.
std::unique_ptr<Op> make_first_convolution_op(const OpContext& context, const Node& convolution,
                                              const Node& pooling);

}  // namespace folio::internal
