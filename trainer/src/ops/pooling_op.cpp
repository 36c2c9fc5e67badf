#include <folio/datasets/error.h>

#include <string>
#include <vector>

#include "op.h"

namespace folio::internal {
namespace {

class PoolingOp : public Op {
 public:
  PoolingOp(const OpContext& context, const Node& node)
      : node_(node),
        pooling_(std::get<PoolingNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        kernels_(context.kernels) {
    const ValueInfo& in = context.network.value(node.input());
    const ValueInfo& out = context.network.value(node.output);
    const int block = context.network.block();
    shape_ = {.groups = context.images * ((in.channels + block - 1) / block),
              .in = cells(in.used_extent()),
              .out = cells(out.used_extent()),
              .window = cells(pooling_.window),
              .strides = cells(pooling_.strides),
              .pad_before = cells(pooling_.pad_before)};
    if (pooling_.max && shape_.window.count() >= kNoWinner) {
      throw Error(ErrorKind::kModel, "a max pooling window has at most 254 cells, got " +
                                         std::to_string(shape_.window.count()));
    }
    winner_count_ = static_cast<std::size_t>(shape_.groups) * shape_.out.count() *
                    static_cast<std::size_t>(block);
  }

  void reserve(int workspaces) override {
    while (pooling_.max && static_cast<int>(winners_.size()) < workspaces) {
      winners_.emplace_back(winner_count_ / sizeof(float) + 1);
    }
  }

  void forward(const Run& run) override {
    const float* src = run.workspace.values[node_.input()].data();
    float* dst = run.workspace.values[node_.output].data();
    if (pooling_.max) {
      kernels_.max_pooling_forward(shape_, src, dst, winners(run), pooling_.relu_gate);
    } else {
      kernels_.average_pooling_forward(shape_, src, dst);
    }
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* diff_dst = run.workspace.gradients[node_.output].data();
    float* diff_src = run.workspace.gradients[node_.input()].data();
    if (pooling_.max) {
      kernels_.max_pooling_backward(shape_, diff_dst, winners(run), diff_src);
    } else {
      kernels_.average_pooling_backward(shape_, diff_dst, diff_src);
    }
  }

 private:
  static PoolingExtent cells(const Extent3D& extent) {
    return {extent.depth, extent.height, extent.width};
  }
  std::uint8_t* winners(const Run& run) const {
    return reinterpret_cast<std::uint8_t*>(winners_[run.slot].data());
  }

  Node node_;
  PoolingNode pooling_;
  bool backward_to_data_;
  const Kernels& kernels_;
  PoolingShape shape_{};
  std::size_t winner_count_ = 0;
  std::vector<Buffer> winners_;
};

}  // namespace

std::unique_ptr<Op> make_pooling_op(const OpContext& context, const Node& node) {
  return std::make_unique<PoolingOp>(context, node);
}

}  // namespace folio::internal
