#include <algorithm>
#include <cmath>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

// Keras' constants of SELU.
constexpr float kSeluAlpha = 1.6732632423543772F;
constexpr float kSeluScale = 1.0507009873554805F;

/// An activation that oneDNN does not have, as Function::value(x) and Function::slope(x).
template <typename Function>
class ElementwiseOp : public Op {
 public:
  ElementwiseOp(const OpContext& context, const Node& node, Function function)
      : input_(node.input()),
        output_(node.output),
        backward_to_data_(context.needs_gradient(node.input())),
        function_(function),
        cells_(cells_of(context, node.output)) {}

  void forward(const Run& run) override {
    const std::span<float> src = run.workspace.values[input_];
    float* dst = run.workspace.values[output_].data();
    for (std::size_t i = 0; i < src.size(); ++i) dst[i] = function_.value(src[i]);
    clear_surplus(cells_, dst);
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* src = run.workspace.values[input_].data();
    const float* diff_dst = run.workspace.gradients[output_].data();
    const std::span<float> diff_src = run.workspace.gradients[input_];
    for (std::size_t i = 0; i < diff_src.size(); ++i) {
      diff_src[i] = diff_dst[i] * function_.slope(src[i]);
    }
  }

 private:
  Value input_;
  Value output_;
  bool backward_to_data_;
  Function function_;
  Cells cells_;
};

struct LeakyRelu {
  float alpha;
  [[nodiscard]] float value(float x) const { return x < 0.0F ? alpha * x : x; }
  [[nodiscard]] float slope(float x) const { return x > 0.0F ? 1.0F : alpha; }
};

struct ClippedRelu {
  float alpha, threshold, max_value;
  [[nodiscard]] float value(float x) const {
    if (x >= max_value) return max_value;
    return x >= threshold ? x : alpha * (x - threshold);
  }
  [[nodiscard]] float slope(float x) const {
    if (x >= max_value) return 0.0F;
    return x > threshold ? 1.0F : alpha;
  }
};

struct Selu {
  static float value(float x) { return kSeluScale * (x > 0.0F ? x : kSeluAlpha * std::expm1(x)); }
  static float slope(float x) { return kSeluScale * (x > 0.0F ? 1.0F : kSeluAlpha * std::exp(x)); }
};

struct Softsign {
  static float value(float x) { return x / (1.0F + std::abs(x)); }
  static float slope(float x) {
    const float divisor = 1.0F + std::abs(x);
    return 1.0F / (divisor * divisor);
  }
};

struct HardSigmoid {
  float alpha;
  [[nodiscard]] float value(float x) const { return std::clamp(alpha * x + 0.5F, 0.0F, 1.0F); }
  [[nodiscard]] float slope(float x) const { return std::abs(alpha * x) < 0.5F ? alpha : 0.0F; }
};

struct Affine {
  float alpha, beta;
  [[nodiscard]] float value(float x) const { return alpha * x + beta; }
  [[nodiscard]] float slope(float) const { return alpha; }
};

}  // namespace

std::unique_ptr<Op> make_elementwise_op(const OpContext& context, const Node& node) {
  const ActivationFunction& f = std::get<ActivationNode>(node.kind).function;
  const auto make = [&]<typename Function>(Function function) -> std::unique_ptr<Op> {
    return std::make_unique<ElementwiseOp<Function>>(context, node, function);
  };
  switch (f.kind) {
    case ActivationKind::kLeakyRelu:
      return make(LeakyRelu{f.alpha});
    case ActivationKind::kSelu:
      return make(Selu{});
    case ActivationKind::kSoftsign:
      return make(Softsign{});
    case ActivationKind::kHardSigmoid:
      return make(HardSigmoid{f.alpha});
    case ActivationKind::kClippedRelu:
      return make(ClippedRelu{f.alpha, f.threshold, f.max_value});
    default:
      return make(Affine{f.alpha, f.beta});
  }
}

}  // namespace folio::internal
