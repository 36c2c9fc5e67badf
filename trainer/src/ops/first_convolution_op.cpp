#include <optional>
#include <vector>

#include "op.h"

namespace folio::internal {
namespace {

/// Reads an image of few channels, writes the pooled result: oneDNN is slow on so few channels, and
/// the result before pooling is four times as large as what is kept.
class FirstConvolutionOp : public Op {
 public:
  FirstConvolutionOp(const OpContext& context, const Node& convolution, const Node& pooling)
      : input_(convolution.input()),
        output_(pooling.output),
        weights_(context.weights),
        kernels_(context.kernels) {
    const auto& node = std::get<ConvolutionNode>(convolution.kind);
    const ValueInfo& in = context.network.value(convolution.input());
    const ValueInfo& out = context.network.value(pooling.output);
    kernel_weight_ = node.kernel_weight;
    bias_weight_ = node.bias_weight;
    shape_ = {.images = context.images,
              .channels = in.channels,
              .in_height = in.used_height,
              .in_width = in.used_width,
              .filters = node.filters,
              .kernel = node.kernel.height,
              .out_height = out.used_height,
              .out_width = out.used_width};
    // Keras' layout is what the kernel reads.
    const auto layout = onednn::keras_convolution_kernel({node.kernel.height, node.kernel.width},
                                                         in.channels, node.filters);
    weights_.set_layout(kernel_weight_, layout, layout, std::nullopt, context.network.block());
  }

  void reserve(int workspaces) override {
    const std::size_t count = std::size_t(shape_.images) * shape_.out_height * shape_.out_width *
                              static_cast<std::size_t>(shape_.filters);
    while (static_cast<int>(winners_.size()) < workspaces) {
      winners_.emplace_back(count / sizeof(float) + 1);
    }
  }

  void forward(const Run& run) override {
    kernels_.first_convolution_forward(
        shape_, run.workspace.values[input_].data(), weights_[kernel_weight_].values.data(),
        weights_[bias_weight_].values.data(), run.workspace.values[output_].data(), winners(run));
  }

  void backward(const Run& run) override {
    kernels_.first_convolution_backward(shape_, run.workspace.values[input_].data(),
                                        run.workspace.gradients[output_].data(), winners(run),
                                        weights_[kernel_weight_].gradients[run.shard].data(),
                                        weights_[bias_weight_].gradients[run.shard].data());
  }

 private:
  std::uint8_t* winners(const Run& run) const {
    return reinterpret_cast<std::uint8_t*>(winners_[run.slot].data());
  }

  Value input_;
  Value output_;
  WeightStore& weights_;
  const Kernels& kernels_;
  int kernel_weight_;
  int bias_weight_;
  FirstConvolutionShape shape_{};
  std::vector<Buffer> winners_;
};

}  // namespace

std::unique_ptr<Op> make_first_convolution_op(const OpContext& context, const Node& convolution,
                                              const Node& pooling) {
  const auto* first = std::get_if<ConvolutionNode>(&convolution.kind);
  const auto* pool = std::get_if<PoolingNode>(&pooling.kind);
  if (first == nullptr || pool == nullptr || pooling.input() != convolution.output) return nullptr;
  const ValueInfo& in = context.network.value(convolution.input());
  const bool plain_input = convolution.input() == context.network.input() &&
                           in.layout == Layout::kImages && in.slices == 0;
  const bool plain_window =
      (first->kernel == over_volumes(Extent2D(3)) || first->kernel == over_volumes(Extent2D(5))) &&
      first->strides == Extent3D(1) && first->dilation == Extent3D(1) &&
      first->pad_before == Extent3D(0);
  const ValueInfo& out = context.network.value(pooling.output);
  const Extent3D halving = over_volumes(Extent2D(2));
  // A `same` convolution can start without padding yet end with it.
  const bool inside = out.used_height * 2 + first->kernel.height - 1 <= in.used_height &&
                      out.used_width * 2 + first->kernel.width - 1 <= in.used_width;
  if (!plain_input || !plain_window || !inside || first->bias_weight < 0 || first->groups != 1 ||
      !pool->relu_gate || pool->window != halving || pool->strides != halving ||
      pool->pad_before != Extent3D(0) || first->filters % context.network.block() != 0) {
    return nullptr;
  }
  return std::make_unique<FirstConvolutionOp>(context, convolution, pooling);
}

}  // namespace folio::internal
