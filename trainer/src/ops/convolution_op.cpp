#include <algorithm>
#include <optional>

#include "op.h"
#include "planar_op.h"
#include "weight_binding.h"

namespace folio::internal {
namespace {

class ConvolutionOp : public Op {
 public:
  ConvolutionOp(const OpContext& context, const Node& node, const ConvolutionNode& convolution,
                onednn::Convolution primitives)
      : node_(node),
        gate_(convolution.relu && !convolution.relu_gate_in_pool),
        backward_to_data_(context.needs_gradient(node.input())),
        kernels_(context.kernels),
        primitives_(std::move(primitives)),
        kernel_(context.weights, convolution.kernel_weight),
        bias_(context.weights, convolution.bias_weight) {}

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
    if (gate_) {
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
         {DNNL_ARG_WEIGHTS, kernel_.for_backward()},
         {DNNL_ARG_DIFF_SRC, workspace.gradient_memory[node_.input()].get()},
         {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
  }

 private:
  Node node_;
  bool gate_;
  bool backward_to_data_;
  const Kernels& kernels_;
  onednn::Convolution primitives_;
  WeightBinding kernel_;
  WeightBinding bias_;
};

/// Cells of padding behind the last one that the computed outputs reach into.
int padding_after(int outputs, int window, int stride, int pad_before, int cells) {
  return std::max(0, (outputs - 1) * stride + window - pad_before - cells);
}

Extent3D padding_after(const ConvolutionNode& node, const Extent3D& in, const Extent3D& out) {
  const Extent3D reach = node.reach();
  return {
      padding_after(out.depth, reach.depth, node.strides.depth, node.pad_before.depth, in.depth),
      padding_after(out.height, reach.height, node.strides.height, node.pad_before.height,
                    in.height),
      padding_after(out.width, reach.width, node.strides.width, node.pad_before.width, in.width)};
}

}  // namespace

std::unique_ptr<Op> make_convolution_op(const OpContext& context, const Node& node) {
  if (auto op = make_winograd_convolution_op(context, node)) return op;
  const auto& convolution = std::get<ConvolutionNode>(node.kind);
  const ValueInfo& in = context.network.value(node.input());
  const ValueInfo& out = context.network.value(node.output);
  const bool to_data = context.needs_gradient(node.input());
  const auto axes = [&](const Extent3D& extent) { return onednn::axes(extent, in.slices > 0); };
  onednn::ConvolutionShape shape{
      .src = context.description(node.input()),
      .dst = context.description(node.output),
      .kernel = axes(convolution.kernel),
      .strides = axes(convolution.strides),
      .dilation = axes(convolution.dilation),
      .pad_before = axes(convolution.pad_before),
      .pad_after = axes(padding_after(convolution, in.used_extent(), out.used_extent())),
      .in_channels = in.channels,
      .filters = convolution.filters,
      .groups = convolution.groups,
      .bias = convolution.bias_weight >= 0,
      .relu = convolution.relu,
      .backward_to_data = to_data};
  onednn::Convolution primitives = onednn::make_convolution(shape);
  // For images in planes there is always a product of matrices: for groups that are no whole blocks
  // of channels, and for wide kernels.
  const bool planar = primitives.reference;
  if (planar) {
    shape.src = planes(context, node.input());
    shape.dst = planes(context, node.output);
    primitives = onednn::make_convolution(shape);
  }
  context.weights.set_layout(
      convolution.kernel_weight,
      onednn::keras_convolution_kernel(axes(convolution.kernel), in.channels / convolution.groups,
                                       convolution.filters, convolution.groups),
      primitives.weights, to_data ? std::optional(primitives.data_weights) : std::nullopt,
      context.network.block());
  auto op = std::make_unique<ConvolutionOp>(context, node, convolution, std::move(primitives));
  if (!planar) return op;
  return make_planar_op(context, node, std::move(op));
}

}  // namespace folio::internal
