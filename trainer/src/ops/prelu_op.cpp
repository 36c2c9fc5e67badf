#include <algorithm>
#include <array>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

class PReluOp : public Op {
 public:
  PReluOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        alpha_(std::get<PReluNode>(node.kind).alpha),
        backward_to_data_(context.needs_gradient(node.input())),
        weights_(context.weights),
        cells_(cells_of(context, node.input())),
        rows_(context.network.value(node.input()).used_extent().height) {
    // Missing axes are those in front.
    const Shape& shape = weights_[alpha_].shape;
    std::transform(shape.rbegin(), shape.rend(), extents_.rbegin(),
                   [](std::int64_t extent) { return static_cast<int>(extent); });
  }

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    const float* alpha = weights_[alpha_].values.data();
    for_each(cells_.images, [&](std::size_t at, std::size_t weight) {
      dst[at] = src[at] > 0.0F ? src[at] : alpha[weight] * src[at];
    });
  }

  void backward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    const float* diff_dst = run.workspace.gradients[output_].data();
    float* diff_src = backward_to_data_ ? run.workspace.gradients[input_].data() : nullptr;
    const float* alpha = weights_[alpha_].values.data();
    float* diff_alpha = nullptr;
    if (weights_[alpha_].trainable) {
      Buffer& gradient = weights_[alpha_].gradients[run.shard];
      std::fill_n(gradient.data(), gradient.size(), 0.0F);
      diff_alpha = gradient.data();
    }
    for_each(cells_.images, [&](std::size_t at, std::size_t weight) {
      const bool positive = src[at] > 0.0F;
      if (diff_alpha != nullptr && !positive) diff_alpha[weight] += diff_dst[at] * src[at];
      if (diff_src != nullptr)
        diff_src[at] = positive ? diff_dst[at] : alpha[weight] * diff_dst[at];
    });
  }

 private:
  /// visit(offset of a value, offset of its alpha)
  template <typename Visit>
  void for_each(int images, Visit visit) const {
    for (int image = 0; image < images; ++image) {
      for (int channel = 0; channel < cells_.channels; ++channel) {
        for (int cell = 0; cell < cells_.count(); ++cell) {
          const int row = cell / cells_.width;
          const std::array<int, 4> place{row / rows_, row % rows_, cell % cells_.width, channel};
          int weight = 0;
          for (std::size_t axis = 0; axis < place.size(); ++axis) {
            weight = weight * extents_[axis] + (extents_[axis] == 1 ? 0 : place[axis]);
          }
          visit(cells_.at(image, channel, cell), static_cast<std::size_t>(weight));
        }
      }
    }
  }

  Value input_;
  Value output_;
  int alpha_;
  bool backward_to_data_;
  WeightStore& weights_;
  Cells cells_;
  int rows_;                                ///< Of one slice.
  std::array<int, 4> extents_{1, 1, 1, 1};  ///< Depth, height, width and channels of alpha.
};

}  // namespace

std::unique_ptr<Op> make_prelu_op(const OpContext& context, const Node& node) {
  return std::make_unique<PReluOp>(context, node);
}

}  // namespace folio::internal
