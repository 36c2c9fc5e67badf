#include <algorithm>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

/// Repeats every cell height x width times.
class UpSamplingOp : public Op {
 public:
  UpSamplingOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        size_(std::get<UpSamplingNode>(node.kind).size),
        backward_to_data_(context.needs_gradient(node.input())),
        in_(cells_of(context, node.input())),
        out_(cells_of(context, node.output)) {}

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    for_each_cell([&](std::size_t in, std::size_t out) {
      for (int lane = 0; lane < in_.block; ++lane) dst[out + lane] = src[in + lane];
    });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const std::span<float> diff_src = run.workspace.gradients[input_];
    const float* diff_dst = run.workspace.gradients[output_].data();
    std::fill(diff_src.begin(), diff_src.end(), 0.0F);
    for_each_cell([&](std::size_t in, std::size_t out) {
      for (int lane = 0; lane < in_.block; ++lane) diff_src[in + lane] += diff_dst[out + lane];
    });
  }

 private:
  /// visit(offset of a cell in the input, offset of one it becomes)
  template <typename Visit>
  void for_each_cell(Visit visit) const {
    for (int image = 0; image < in_.images; ++image) {
      for (int channel = 0; channel < in_.channels; channel += in_.block) {
        for (int y = 0; y < out_.height; ++y) {
          for (int x = 0; x < out_.width; ++x) {
            visit(in_.at(image, channel, y / size_.height * in_.width + x / size_.width),
                  out_.at(image, channel, y * out_.width + x));
          }
        }
      }
    }
  }

  Value input_;
  Value output_;
  Extent2D size_;
  bool backward_to_data_;
  Cells in_;
  Cells out_;
};

}  // namespace

std::unique_ptr<Op> make_up_sampling_op(const OpContext& context, const Node& node) {
  return std::make_unique<UpSamplingOp>(context, node);
}

}  // namespace folio::internal
