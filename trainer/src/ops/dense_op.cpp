#include <algorithm>
#include <optional>

#include "op.h"
#include "weight_binding.h"

namespace folio::internal {
namespace {

class DenseOp : public Op {
 public:
  DenseOp(const OpContext& context, const Node& node, const DenseNode& dense)
      : node_(node),
        relu_(dense.relu),
        backward_to_data_(context.needs_gradient(node.input())),
        kernels_(context.kernels),
        primitives_(onednn::make_dense({.count = context.images,
                                        .in = context.network.value(node.input()).channels,
                                        .out = dense.units,
                                        .bias = dense.bias_weight >= 0,
                                        .relu = dense.relu,
                                        .backward_to_data = backward_to_data_})),
        kernel_(context.weights, dense.kernel_weight),
        bias_(context.weights, dense.bias_weight) {}

  void bind_gradients(int shards) override {
    kernel_.bind_gradients(shards);
    bias_.bind_gradients(shards);
  }

  [[nodiscard]] std::size_t scratchpad_bytes() const override {
    return std::max({primitives_.forward.scratchpad, primitives_.backward_data.scratchpad,
                     primitives_.backward_weights.scratchpad});
  }

  void forward(const Run& run) override {
    primitives_.forward.run({{DNNL_ARG_SRC, run.workspace.value_memory[node_.input()].get()},
                             {DNNL_ARG_WEIGHTS, kernel_.value()},
                             {DNNL_ARG_BIAS, bias_.value()},
                             {DNNL_ARG_DST, run.workspace.value_memory[node_.output].get()},
                             {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
  }

  void backward(const Run& run) override {
    Workspace& workspace = run.workspace;
    if (relu_) {
      kernels_.relu_gate(workspace.values[node_.output].data(),
                         workspace.gradients[node_.output].data(),
                         workspace.gradients[node_.output].size());
    }
    const dnnl_memory_t diff_dst = workspace.gradient_memory[node_.output].get();
    if (kernel_.trainable()) {
      primitives_.backward_weights.run({{DNNL_ARG_SRC, workspace.value_memory[node_.input()].get()},
                                        {DNNL_ARG_DIFF_DST, diff_dst},
                                        {DNNL_ARG_DIFF_WEIGHTS, kernel_.gradient(run.shard)},
                                        {DNNL_ARG_DIFF_BIAS, bias_.gradient(run.shard)},
                                        {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
    }
    if (!backward_to_data_) return;
    primitives_.backward_data.run(
        {{DNNL_ARG_DIFF_DST, diff_dst},
         {DNNL_ARG_WEIGHTS, kernel_.value()},
         {DNNL_ARG_DIFF_SRC, workspace.gradient_memory[node_.input()].get()},
         {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
  }

 private:
  Node node_;
  bool relu_;
  bool backward_to_data_;
  const Kernels& kernels_;
  onednn::Dense primitives_;
  WeightBinding kernel_;
  WeightBinding bias_;
};

}  // namespace

std::unique_ptr<Op> make_dense_op(const OpContext& context, const Node& node) {
  const auto& dense = std::get<DenseNode>(node.kind);
  const auto layout =
      onednn::keras_dense_kernel(context.network.value(node.input()).channels, dense.units);
  context.weights.set_layout(dense.kernel_weight, layout, layout, std::nullopt,
                             context.network.block());
  return std::make_unique<DenseOp>(context, node, dense);
}

}  // namespace folio::internal
