#include "op.h"

namespace folio::internal {
namespace {

/// The readers' gradients are added in their order. The first reader writes where the sum goes.
class FanOutOp : public Op {
 public:
  FanOutOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        outputs_(std::get<FanOutNode>(node.kind).outputs),
        kernels_(context.kernels),
        needs_gradient_(context.needs_gradient(node.input())) {}

  void forward(const Run&) override {}

  void backward(const Run& run) override {
    if (!needs_gradient_) return;
    const std::span<float> sum = run.workspace.gradients[input_];
    for (std::size_t k = 1; k < outputs_.size(); ++k) {
      kernels_.accumulate(run.workspace.gradients[outputs_[k]].data(), sum.data(), sum.size(),
                          false);
    }
  }

 private:
  Value input_;
  std::vector<Value> outputs_;
  const Kernels& kernels_;
  bool needs_gradient_;
};

}  // namespace

std::unique_ptr<Op> make_fan_out_op(const OpContext& context, const Node& node) {
  return std::make_unique<FanOutOp>(context, node);
}

}  // namespace folio::internal
