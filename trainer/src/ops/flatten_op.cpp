#include <cstring>

#include "op.h"

namespace folio::internal {
namespace {

/// Blocked (or planar) images to rows in Keras' order (height, width, channel, or channel, height,
/// width), or back.
class FlattenOp : public Op {
 public:
  FlattenOp(const OpContext& context, const Node& node)
      : node_(node),
        to_images_(std::holds_alternative<UnflattenNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        images_(context.images) {
    const ValueInfo& info = context.network.value(to_images_ ? node.output : node.input());
    channels_ = info.channels;
    block_ = info.layout == Layout::kBlocked ? context.network.block() : 1;
    cells_ = info.used_height * info.used_width;
    same_order_ = cells_ == 1 && channels_ % block_ == 0;
    const bool channels_first = to_images_ ? std::get<UnflattenNode>(node.kind).channels_first
                                           : std::get<FlattenNode>(node.kind).channels_first;
    cell_step_ = channels_first ? 1 : channels_;
    channel_step_ = channels_first ? cells_ : 1;
  }

  void forward(const Run& run) override {
    float* src = run.workspace.values[node_.input()].data();
    float* dst = run.workspace.values[node_.output].data();
    if (to_images_) {
      move(dst, src, [](float& image, const float& row) { image = row; });
    } else {
      move(src, dst, [](const float& image, float& row) { row = image; });
    }
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    float* diff_src = run.workspace.gradients[node_.input()].data();
    float* diff_dst = run.workspace.gradients[node_.output].data();
    if (to_images_) {
      move(diff_dst, diff_src, [](const float& image, float& row) { row = image; });
    } else {
      move(diff_src, diff_dst, [](float& image, const float& row) { image = row; });
    }
  }

 private:
  /// copy(value in the image, value in the row) for all values.
  template <typename Blocked, typename Row, typename Copy>
  void move(Blocked* images, Row* rows, Copy copy) const {
    if (same_order_) {
      for (std::size_t i = 0; i < std::size_t(images_) * channels_; ++i) copy(images[i], rows[i]);
      return;
    }
    const std::size_t blocks = (channels_ + block_ - 1) / block_;
    for (int image = 0; image < images_; ++image) {
      for (int channel = 0; channel < channels_; ++channel) {
        const std::size_t group = image * blocks + channel / block_;
        auto* from = images + group * cells_ * block_ + channel % block_;
        auto* to =
            rows + std::size_t(image) * cells_ * channels_ + std::size_t(channel) * channel_step_;
        for (int cell = 0; cell < cells_; ++cell) {
          copy(from[std::size_t(cell) * block_], to[std::size_t(cell) * cell_step_]);
        }
      }
    }
  }

  Node node_;
  bool to_images_;
  bool backward_to_data_;
  int images_;
  int channels_;
  int block_;
  int cells_;
  int cell_step_, channel_step_;  ///< In a row.
  bool same_order_;
};

}  // namespace

std::unique_ptr<Op> make_flatten_op(const OpContext& context, const Node& node) {
  return std::make_unique<FlattenOp>(context, node);
}

}  // namespace folio::internal
