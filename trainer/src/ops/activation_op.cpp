#include <algorithm>

#include "op.h"

namespace folio::internal {
namespace {

class ActivationOp : public Op {
 public:
  ActivationOp(const OpContext& context, const Node& node, onednn::Elementwise kind)
      : node_(node),
        backward_to_data_(context.needs_gradient(node.input())),
        primitives_(onednn::make_activation(kind, context.description(node.output))) {}

  [[nodiscard]] std::size_t scratchpad_bytes() const override {
    return std::max(primitives_.forward.scratchpad, primitives_.backward.scratchpad);
  }

  void forward(const Run& run) override {
    primitives_.forward.run({{DNNL_ARG_SRC, run.workspace.value_memory[node_.input()].get()},
                             {DNNL_ARG_DST, run.workspace.value_memory[node_.output].get()},
                             {DNNL_ARG_SCRATCHPAD, run.workspace.scratchpad_memory.get()}});
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    primitives_.backward.run(
        {{DNNL_ARG_DST, run.workspace.value_memory[node_.output].get()},
         {DNNL_ARG_DIFF_DST, run.workspace.gradient_memory[node_.output].get()},
         {DNNL_ARG_DIFF_SRC, run.workspace.gradient_memory[node_.input()].get()},
         {DNNL_ARG_SCRATCHPAD, run.workspace.scratchpad_memory.get()}});
  }

 private:
  Node node_;
  bool backward_to_data_;
  onednn::Activation primitives_;
};

}  // namespace

std::unique_ptr<Op> make_activation_op(const OpContext& context, const Node& node) {
  switch (std::get<ActivationNode>(node.kind).kind) {
    case ActivationKind::kSigmoid:
      return std::make_unique<ActivationOp>(context, node, onednn::Elementwise::kSigmoid);
    case ActivationKind::kTanh:
      return std::make_unique<ActivationOp>(context, node, onednn::Elementwise::kTanh);
    case ActivationKind::kSoftmax:
      return make_softmax_op(context, node);
    case ActivationKind::kRelu:
    case ActivationKind::kLinear:  // Never a node: Network::activation returns its input.
      break;
  }
  return std::make_unique<ActivationOp>(context, node, onednn::Elementwise::kRelu);
}

}  // namespace folio::internal
