#include <algorithm>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

/// Computes whole blocks of channels, as oneDNN has a reference implementation alone for those that
/// are not full, fifty times slower.
class ActivationOp : public Op {
 public:
  ActivationOp(const OpContext& context, const Node& node, onednn::Elementwise kind, float alpha)
      : node_(node),
        backward_to_data_(context.needs_gradient(node.input())),
        cells_(cells_of(context, node.output)),
        primitives_(onednn::make_activation(
            kind, alpha, onednn::whole_blocks(context.description(node.output)))) {}

  [[nodiscard]] std::size_t scratchpad_bytes() const override {
    return std::max(primitives_.forward.scratchpad, primitives_.backward.scratchpad);
  }

  void forward(const Run& run) override {
    primitives_.forward.run({{DNNL_ARG_SRC, run.workspace.value_memory[node_.input()].get()},
                             {DNNL_ARG_DST, run.workspace.value_memory[node_.output].get()},
                             {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
    clear_surplus(cells_, run.workspace.values[node_.output].data());
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    primitives_.backward.run(
        {{DNNL_ARG_SRC, primitives_.backward_reads_src
                            ? run.workspace.value_memory[node_.input()].get()
                            : nullptr},
         {DNNL_ARG_DST, primitives_.backward_reads_src
                            ? nullptr
                            : run.workspace.value_memory[node_.output].get()},
         {DNNL_ARG_DIFF_DST, run.workspace.gradient_memory[node_.output].get()},
         {DNNL_ARG_DIFF_SRC, run.workspace.gradient_memory[node_.input()].get()},
         {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
  }

 private:
  Node node_;
  bool backward_to_data_;
  Cells cells_;
  onednn::Activation primitives_;
};

}  // namespace

std::unique_ptr<Op> make_activation_op(const OpContext& context, const Node& node) {
  const ActivationFunction& function = std::get<ActivationNode>(node.kind).function;
  const auto primitive = [&](onednn::Elementwise kind) {
    return std::make_unique<ActivationOp>(context, node, kind, function.alpha);
  };
  switch (function.kind) {
    case ActivationKind::kRelu:
    case ActivationKind::kLinear:  // Never a node: Network::activation returns its input.
      break;
    case ActivationKind::kSigmoid:
      return primitive(onednn::Elementwise::kSigmoid);
    case ActivationKind::kTanh:
      return primitive(onednn::Elementwise::kTanh);
    case ActivationKind::kElu:
      return primitive(onednn::Elementwise::kElu);
    case ActivationKind::kGelu:
      return primitive(onednn::Elementwise::kGelu);
    case ActivationKind::kSwish:
      return primitive(onednn::Elementwise::kSwish);
    case ActivationKind::kSoftplus:
      return primitive(onednn::Elementwise::kSoftplus);
    case ActivationKind::kExponential:
      return primitive(onednn::Elementwise::kExponential);
    case ActivationKind::kMish:
      return primitive(onednn::Elementwise::kMish);
    case ActivationKind::kSoftmax:
      return make_softmax_op(context, node);
    case ActivationKind::kLeakyRelu:
    case ActivationKind::kSelu:
    case ActivationKind::kSoftsign:
    case ActivationKind::kHardSigmoid:
    case ActivationKind::kClippedRelu:
    case ActivationKind::kAffine:
      return make_elementwise_op(context, node);
  }
  return primitive(onednn::Elementwise::kRelu);
}

}  // namespace folio::internal
