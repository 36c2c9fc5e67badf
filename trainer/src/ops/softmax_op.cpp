#include <algorithm>
#include <cmath>

#include "op.h"

namespace folio::internal {
namespace {

/// Softmax over the channels of every cell (rows have one cell). Written for clarity: a
/// classifier's last softmax is computed together with its loss, so this runs in predictions only.
class SoftmaxOp : public Op {
 public:
  SoftmaxOp(const OpContext& context, const Node& node)
      : node_(node),
        backward_to_data_(context.needs_gradient(node.input())),
        images_(context.images),
        channels_(context.network.value(node.input()).channels) {
    const ValueInfo& info = context.network.value(node.input());
    const bool rows = info.layout == Layout::kRows;
    block_ = rows ? channels_ : context.network.block();
    cells_ = info.used_height * info.used_width;
  }

  void forward(const Run& run) override {
    const float* src = run.workspace.values[node_.input()].data();
    float* dst = run.workspace.values[node_.output].data();
    for_each_cell([&](auto at) {
      float largest = src[at(0)];
      for (int c = 1; c < channels_; ++c) largest = std::max(largest, src[at(c)]);
      float sum = 0.0F;
      for (int c = 0; c < channels_; ++c) sum += dst[at(c)] = std::exp(src[at(c)] - largest);
      for (int c = 0; c < channels_; ++c) dst[at(c)] /= sum;
    });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* dst = run.workspace.values[node_.output].data();
    const float* diff_dst = run.workspace.gradients[node_.output].data();
    float* diff_src = run.workspace.gradients[node_.input()].data();
    for_each_cell([&](auto at) {
      float dot = 0.0F;
      for (int c = 0; c < channels_; ++c) dot += dst[at(c)] * diff_dst[at(c)];
      for (int c = 0; c < channels_; ++c) diff_src[at(c)] = dst[at(c)] * (diff_dst[at(c)] - dot);
    });
  }

 private:
  /// visit(a function from channel to offset) for every cell of every image.
  template <typename Visit>
  void for_each_cell(Visit visit) const {
    const std::size_t blocks = (channels_ + block_ - 1) / block_;
    for (int image = 0; image < images_; ++image) {
      for (int cell = 0; cell < cells_; ++cell) {
        visit([&](int channel) {
          const std::size_t group = image * blocks + channel / block_;
          return (group * cells_ + cell) * block_ + channel % block_;
        });
      }
    }
  }

  Node node_;
  bool backward_to_data_;
  int images_;
  int channels_;
  int block_;
  int cells_;
};

}  // namespace

std::unique_ptr<Op> make_softmax_op(const OpContext& context, const Node& node) {
  return std::make_unique<SoftmaxOp>(context, node);
}

}  // namespace folio::internal
