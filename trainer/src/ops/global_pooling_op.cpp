#include <algorithm>
#include <cstdint>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

/// Largest value or mean of each channel over an image. The gradient of the largest goes to the
/// first of equals.
class GlobalPoolingOp : public Op {
 public:
  GlobalPoolingOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        max_(std::get<GlobalPoolingNode>(node.kind).max),
        backward_to_data_(context.needs_gradient(node.input())),
        kernels_(context.kernels),
        in_(cells_of(context, node.input())),
        out_(cells_of(context, node.output)) {}

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    for_each_part([&](const ChannelCells& part, std::size_t in, std::size_t out) {
      std::int32_t winners[kMostLanes];
      if (max_) {
        kernels_.largest(part, src + in, dst + out, winners);
      } else {
        kernels_.mean(part, src + in, dst + out);
      }
    });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* src = run.workspace.values[input_].data();
    const float* diff_dst = run.workspace.gradients[output_].data();
    float* diff_src = run.workspace.gradients[input_].data();
    for_each_part([&](const ChannelCells& part, std::size_t in, std::size_t out) {
      float share[kMostLanes] = {};
      if (!max_) {
        for (int lane = 0; lane < part.lanes; ++lane) {
          share[lane] = diff_dst[out + lane] / static_cast<float>(part.cells);
        }
      }
      kernels_.fill(part, share, diff_src + in);
      if (!max_) return;
      float values[kMostLanes];
      std::int32_t winners[kMostLanes];
      kernels_.largest(part, src + in, values, winners);
      for (int lane = 0; lane < part.lanes; ++lane) {
        const std::size_t cell = static_cast<std::size_t>(winners[lane]) * part.stride;
        diff_src[in + cell + lane] = diff_dst[out + lane];
      }
    });
  }

 private:
  static constexpr int kMostLanes = 16;

  /// visit(channels that lie together, offset in the image, offset in the result)
  template <typename Visit>
  void for_each_part(Visit visit) const {
    const int most = std::min(in_.block, kernels_.block);
    for (int image = 0; image < in_.images; ++image) {
      for (int channel = 0; channel < in_.channels; channel += most) {
        const ChannelCells part{std::min(most, in_.channels - channel),
                                static_cast<std::size_t>(in_.count()),
                                static_cast<std::size_t>(in_.block)};
        visit(part, in_.at(image, channel, 0), out_.at(image, channel, 0));
      }
    }
  }

  Value input_;
  Value output_;
  bool max_;
  bool backward_to_data_;
  const Kernels& kernels_;
  Cells in_;
  Cells out_;
};

}  // namespace

std::unique_ptr<Op> make_global_pooling_op(const OpContext& context, const Node& node) {
  return std::make_unique<GlobalPoolingOp>(context, node);
}

}  // namespace folio::internal
