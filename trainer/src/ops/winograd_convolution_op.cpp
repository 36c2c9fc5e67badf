#include <algorithm>

#include "../kernels/winograd_kernels.h"
#include "op.h"

namespace folio::internal {
namespace {

class WinogradConvolutionOp : public Op {
 public:
  WinogradConvolutionOp(const OpContext& context, const Node& node, const WinogradShape& shape)
      : input_(node.input()),
        output_(node.output),
        shape_(shape),
        convolution_(std::get<ConvolutionNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        weights_(context.weights),
        gate_(context.kernels.relu_gate),
        kernels_(winograd_kernels(context.network.block())) {
    using onednn::Last;
    const auto tiled = [&](Last last) {
      return onednn::tiled_3x3_kernel(context.network.block(), shape.in_channels,
                                      shape.out_channels, last);
    };
    weights_.set_layout(
        convolution_.kernel_weight,
        onednn::keras_convolution_kernel({3, 3}, shape.in_channels, shape.out_channels),
        tiled(Last::kFilters),
        backward_to_data_ ? std::optional(tiled(Last::kChannels)) : std::nullopt,
        context.network.block());
  }

  [[nodiscard]] std::size_t scratchpad_bytes() const override {
    std::size_t floats =
        std::max(kernels_.forward_scratch(shape_), kernels_.backward_weights_scratch(shape_));
    if (backward_to_data_) {
      floats = std::max(floats, kernels_.forward_scratch(shape_.backward()));
    }
    return floats * sizeof(float);
  }

  void forward(const Run& run) override {
    kernels_.forward(shape_, run.workspace.values[input_].data(), kernel().values.data(),
                     bias() == nullptr ? nullptr : bias()->values.data(),
                     run.workspace.values[output_].data(), convolution_.relu, scratch(run));
  }

  void backward(const Run& run) override {
    const std::span<float> diff = run.workspace.gradients[output_];
    if (convolution_.relu && !convolution_.relu_gate_in_pool) {
      gate_(run.workspace.values[output_].data(), diff.data(), diff.size());
    }
    const auto shard = static_cast<std::size_t>(run.shard);
    if (kernel().trainable) {
      kernels_.backward_weights(shape_, run.workspace.values[input_].data(), diff.data(),
                                kernel().gradients[shard].data(),
                                bias() == nullptr ? nullptr : bias()->gradients[shard].data(),
                                scratch(run));
    }
    if (backward_to_data_) {
      kernels_.backward_data(shape_, diff.data(), kernel().for_backward(),
                             run.workspace.gradients[input_].data(), scratch(run));
    }
  }

 private:
  [[nodiscard]] const StoredWeight& kernel() const { return weights_[convolution_.kernel_weight]; }
  [[nodiscard]] const StoredWeight* bias() const {
    return convolution_.bias_weight < 0 ? nullptr : &weights_[convolution_.bias_weight];
  }
  static float* scratch(const Run& run) {
    void* memory = nullptr;
    dnnl_memory_get_data_handle(run.scratchpad, &memory);
    return static_cast<float*>(memory);
  }

  Value input_;
  Value output_;
  WinogradShape shape_;
  ConvolutionNode convolution_;
  bool backward_to_data_;
  WeightStore& weights_;
  decltype(Kernels::relu_gate) gate_;
  const WinogradKernels& kernels_;
};

}  // namespace

std::unique_ptr<Op> make_winograd_convolution_op(const OpContext& context, const Node& node) {
  const auto& convolution = std::get<ConvolutionNode>(node.kind);
  const ValueInfo& in = context.network.value(node.input());
  const ValueInfo& out = context.network.value(node.output);
  const int block = context.network.block();
  const Extent3D one(1);
  const bool fits = convolution.kernel == over_volumes(Extent2D(3)) && in.slices == 0 &&
                    convolution.strides == one && convolution.dilation == one &&
                    convolution.groups == 1 && in.layout == Layout::kBlocked &&
                    in.channels % block == 0 && convolution.filters % block == 0;
  const WinogradShape shape{.images = context.images,
                            .in_channels = in.channels,
                            .out_channels = convolution.filters,
                            .in_height = in.used_height,
                            .in_width = in.used_width,
                            .out_height = out.used_height,
                            .out_width = out.used_width,
                            .pad_top = convolution.pad_before.height,
                            .pad_left = convolution.pad_before.width};
  if (!context.winograd || !fits || !shape.pays()) return nullptr;
  return std::make_unique<WinogradConvolutionOp>(context, node, shape);
}

}  // namespace folio::internal
