#include <cmath>
#include <cstring>

#include "op.h"

namespace folio::internal {
namespace {

/// Passes values on; adds to the loss and to the gradient. Cells that pad the layout are zero and
/// add nothing, samples that only fill up the shard are left out.
class ActivityRegularizationOp : public Op {
 public:
  ActivityRegularizationOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        node_(std::get<ActivityRegularizationNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        length_(context.description(node.input()).get_size() / sizeof(float) /
                static_cast<std::size_t>(context.images)) {}

  void forward(const Run& run) override {
    const std::span<float> src = run.workspace.values[input_];
    std::memcpy(run.workspace.values[output_].data(), src.data(), src.size_bytes());
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* src = run.workspace.values[input_].data();
    const float* diff_dst = run.workspace.gradients[output_].data();
    const std::span<float> diff_src = run.workspace.gradients[input_];
    const float factor = 1.0F / static_cast<float>(run.batch);
    const std::size_t count = length_ * static_cast<std::size_t>(run.samples);
    for (std::size_t i = 0; i < count; ++i) {
      const float sign = src[i] > 0.0F ? 1.0F : src[i] < 0.0F ? -1.0F : 0.0F;
      diff_src[i] = diff_dst[i] + factor * (node_.l1 * sign + 2.0F * node_.l2 * src[i]);
    }
    std::memcpy(diff_src.data() + count, diff_dst + count,
                (diff_src.size() - count) * sizeof(float));
  }

  [[nodiscard]] double added_loss(const Run& run) const override {
    const float* src = run.workspace.values[input_].data();
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < length_ * static_cast<std::size_t>(run.samples); ++i) {
      sum += std::abs(double{src[i]});
      squares += double{src[i]} * src[i];
    }
    return (node_.l1 * sum + node_.l2 * squares) / static_cast<double>(run.batch);
  }

 private:
  Value input_;
  Value output_;
  ActivityRegularizationNode node_;
  bool backward_to_data_;
  std::size_t length_;  ///< Values of one image, padding included.
};

}  // namespace

std::unique_ptr<Op> make_activity_regularization_op(const OpContext& context, const Node& node) {
  return std::make_unique<ActivityRegularizationOp>(context, node);
}

}  // namespace folio::internal
