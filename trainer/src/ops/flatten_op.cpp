#include <cstring>

#include "op.h"

namespace folio::internal {
namespace {

/// Blocked (or planar) images to rows in Keras' order: height, width, channel.
class FlattenOp : public Op {
 public:
  FlattenOp(const OpContext& context, const Node& node)
      : node_(node),
        backward_to_data_(context.needs_gradient(node.input())),
        images_(context.images) {
    const ValueInfo& info = context.network.value(node.input());
    channels_ = info.channels;
    block_ = info.layout == Layout::kBlocked ? context.network.block() : 1;
    cells_ = info.used_height * info.used_width;
    same_order_ = cells_ == 1 && channels_ % block_ == 0;
  }

  void forward(const Run& run) override {
    move(run.workspace.values[node_.input()].data(), run.workspace.values[node_.output].data(),
         [](const float& blocked, float& row) { row = blocked; });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    move(run.workspace.gradients[node_.input()].data(),
         run.workspace.gradients[node_.output].data(),
         [](float& blocked, const float& row) { blocked = row; });
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
        auto* to = rows + std::size_t(image) * cells_ * channels_ + channel;
        for (int cell = 0; cell < cells_; ++cell) {
          copy(from[std::size_t(cell) * block_], to[std::size_t(cell) * channels_]);
        }
      }
    }
  }

  Node node_;
  bool backward_to_data_;
  int images_;
  int channels_;
  int block_;
  int cells_;
  bool same_order_;
};

}  // namespace

std::unique_ptr<Op> make_flatten_op(const OpContext& context, const Node& node) {
  return std::make_unique<FlattenOp>(context, node);
}

}  // namespace folio::internal
