#include <cmath>
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
        weights_(context.weights),
        cells_(cells_of(context, node.input())) {}

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    for_each_cell(cells_.images, [&](int image, int cell) {
      const Statistics s = statistics(src, image, cell);
      for (int c = 0; c < cells_.channels; ++c) {
        const std::size_t at = cells_.at(image, c, cell);
        const double value = (src[at] - s.mean) / s.deviation;
        dst[at] =
            static_cast<float>(value * weight(node_.gamma, c, 1.0F) + weight(node_.beta, c, 0.0F));
      }
    });
  }

  void backward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    const float* diff_dst = run.workspace.gradients[output_].data();
    float* diff_src = run.workspace.gradients[input_].data();
    float* diff_gamma = cleared_gradient(node_.gamma, run.shard);
    float* diff_beta = cleared_gradient(node_.beta, run.shard);
    for_each_cell(cells_.images, [&](int image, int cell) {
      const Statistics s = statistics(src, image, cell);
      double sum = 0.0;
      double dot = 0.0;
      for (int c = 0; c < cells_.channels; ++c) {
        const std::size_t at = cells_.at(image, c, cell);
        const double value = (src[at] - s.mean) / s.deviation;
        const double gradient = double{diff_dst[at]} * weight(node_.gamma, c, 1.0F);
        sum += gradient;
        dot += gradient * value;
        if (diff_gamma != nullptr) diff_gamma[c] += static_cast<float>(diff_dst[at] * value);
        if (diff_beta != nullptr) diff_beta[c] += diff_dst[at];
      }
      if (!backward_to_data_) return;
      for (int c = 0; c < cells_.channels; ++c) {
        const std::size_t at = cells_.at(image, c, cell);
        const double value = (src[at] - s.mean) / s.deviation;
        const double gradient = double{diff_dst[at]} * weight(node_.gamma, c, 1.0F);
        diff_src[at] =
            static_cast<float>((gradient - (sum + value * dot) / cells_.channels) / s.deviation);
      }
    });
  }

 private:
  struct Statistics {
    double mean, deviation;
  };

  [[nodiscard]] Statistics statistics(const float* src, int image, int cell) const {
    double sum = 0.0;
    for (int c = 0; c < cells_.channels; ++c) sum += src[cells_.at(image, c, cell)];
    const double mean = sum / cells_.channels;
    double squares = 0.0;
    for (int c = 0; c < cells_.channels; ++c) {
      const double distance = src[cells_.at(image, c, cell)] - mean;
      squares += distance * distance;
    }
    return {mean, std::sqrt(squares / cells_.channels + node_.epsilon)};
  }

  template <typename Visit>
  void for_each_cell(int images, Visit visit) const {
    for (int image = 0; image < images; ++image) {
      for (int cell = 0; cell < cells_.count(); ++cell) visit(image, cell);
    }
  }

  [[nodiscard]] float weight(int index, int channel, float otherwise) const {
    return index < 0 ? otherwise : weights_[index].values.data()[channel];
  }

  float* cleared_gradient(int index, int shard) {
    if (index < 0) return nullptr;
    float* gradient = weights_[index].gradients[shard].data();
    std::memset(gradient, 0, static_cast<std::size_t>(cells_.channels) * sizeof(float));
    return gradient;
  }

  Value input_;
  Value output_;
  LayerNormalizationNode node_;
  bool backward_to_data_;
  WeightStore& weights_;
  Cells cells_;
};

}  // namespace

std::unique_ptr<Op> make_layer_normalization_op(const OpContext& context, const Node& node) {
  return std::make_unique<LayerNormalizationOp>(context, node);
}

}  // namespace folio::internal
