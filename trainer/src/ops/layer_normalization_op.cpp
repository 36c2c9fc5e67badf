#include <cstring>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

/// Each cell's channels are normalized by their own mean and variance, which the backward pass
/// computes again.
class LayerNormalizationOp : public Op {
 public:
  LayerNormalizationOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        node_(std::get<LayerNormalizationNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        kernels_(context.kernels),
        weights_(context.weights) {
    const Cells cells = cells_of(context, node.input());
    const auto plane = static_cast<std::size_t>(cells.count() * cells.block);
    const int groups = (cells.channels + cells.block - 1) / cells.block;
    images_ = static_cast<std::size_t>(cells.images);
    image_stride_ = plane * static_cast<std::size_t>(groups);
    // The channels of a row lie together, those of an image block by block.
    const bool rows = context.network.value(node.input()).layout == Layout::kRows;
    const auto block = static_cast<std::size_t>(context.network.block());
    blocks_ = {.channels = cells.channels,
               .cells = static_cast<std::size_t>(cells.count()),
               .cell_stride = static_cast<std::size_t>(cells.block),
               .block_stride = rows ? block : plane};
  }

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    for (std::size_t at = 0; at < images_ * image_stride_; at += image_stride_) {
      kernels_.layer_normalization_forward(blocks_, src + at, weight(node_.gamma),
                                           weight(node_.beta), node_.epsilon, dst + at);
    }
  }

  void backward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    const float* diff_dst = run.workspace.gradients[output_].data();
    float* diff_src = backward_to_data_ ? run.workspace.gradients[input_].data() : nullptr;
    float* diff_gamma = cleared_gradient(node_.gamma, run.shard);
    float* diff_beta = cleared_gradient(node_.beta, run.shard);
    for (std::size_t at = 0; at < images_ * image_stride_; at += image_stride_) {
      kernels_.layer_normalization_backward(
          blocks_, src + at, diff_dst + at, weight(node_.gamma), node_.epsilon,
          diff_src == nullptr ? nullptr : diff_src + at, diff_gamma, diff_beta);
    }
  }

 private:
  [[nodiscard]] const float* weight(int index) const {
    return index < 0 ? nullptr : weights_[index].values.data();
  }

  float* cleared_gradient(int index, int shard) {
    if (index < 0 || !weights_[index].trainable) return nullptr;
    float* gradient = weights_[index].gradients[shard].data();
    std::memset(gradient, 0, static_cast<std::size_t>(blocks_.channels) * sizeof(float));
    return gradient;
  }

  Value input_;
  Value output_;
  LayerNormalizationNode node_;
  bool backward_to_data_;
  const Kernels& kernels_;
  WeightStore& weights_;
  CellBlocks blocks_{};
  std::size_t images_;
  std::size_t image_stride_;  ///< Floats from one image to the next.
};

}  // namespace

std::unique_ptr<Op> make_layer_normalization_op(const OpContext& context, const Node& node) {
  return std::make_unique<LayerNormalizationOp>(context, node);
}

}  // namespace folio::internal
