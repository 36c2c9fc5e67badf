#include <algorithm>

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
        in_(cells_of(context, node.input())),
        out_(cells_of(context, node.output)) {}

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    for_each_channel(
        [&](const float* from, std::size_t out, std::size_t) {
          if (max_) {
            dst[out] = from[largest(from) * in_.block];
            return;
          }
          float sum = 0.0F;
          for (int cell = 0; cell < in_.count(); ++cell) sum += from[cell * in_.block];
          dst[out] = sum / static_cast<float>(in_.count());
        },
        src);
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* diff_dst = run.workspace.gradients[output_].data();
    float* diff_src = run.workspace.gradients[input_].data();
    for_each_channel(
        [&](const float* from, std::size_t out, std::size_t in) {
          const int winner = max_ ? largest(from) : 0;
          const float share = diff_dst[out] / static_cast<float>(in_.count());
          for (int cell = 0; cell < in_.count(); ++cell) {
            diff_src[in + static_cast<std::size_t>(cell) * in_.block] = !max_ ? share
                                                                        : cell == winner
                                                                            ? diff_dst[out]
                                                                            : 0.0F;
          }
        },
        run.workspace.values[input_].data());
  }

 private:
  [[nodiscard]] int largest(const float* from) const {
    int best = 0;
    for (int cell = 1; cell < in_.count(); ++cell) {
      if (from[cell * in_.block] > from[best * in_.block]) best = cell;
    }
    return best;
  }

  /// visit(first value of a channel, offset in the result, offset in the image)
  template <typename Visit>
  void for_each_channel(Visit visit, const float* src) const {
    for (int image = 0; image < in_.images; ++image) {
      for (int channel = 0; channel < in_.channels; ++channel) {
        const std::size_t at = in_.at(image, channel, 0);
        visit(src + at, out_.at(image, channel, 0), at);
      }
    }
  }

  Value input_;
  Value output_;
  bool max_;
  bool backward_to_data_;
  Cells in_;
  Cells out_;
};

}  // namespace

std::unique_ptr<Op> make_global_pooling_op(const OpContext& context, const Node& node) {
  return std::make_unique<GlobalPoolingOp>(context, node);
}

}  // namespace folio::internal
