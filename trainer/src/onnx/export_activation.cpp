// Activations. Opset 13 lacks some; those are put together.
#include <algorithm>
#include <cmath>
#include <limits>

#include "node_exporter.h"

namespace folio::internal::onnx_export {
namespace {

constexpr float kSeluAlpha = 1.6732632423543772F;
constexpr float kSeluGamma = 1.0507009873554805F;

/// constant - x
std::string minus(OnnxBuilder& onnx, float constant, const std::string& x) {
  return onnx.node("Add", {onnx.node("Mul", {x, onnx.constant("minus", -1.0F)}),
                           onnx.constant("constant", constant)});
}

/// alpha (x - threshold) below the threshold, at most max_value. OpenCV 4.6 reads neither Clip of
/// opset 13 nor Where.
std::string clipped_relu(OnnxBuilder& onnx, const std::string& x, const ActivationFunction& f) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // ThresholdedRelu keeps what is larger than its alpha, and the threshold itself is to be kept.
  std::string y =
      f.threshold == 0.0F
          ? onnx.node("Relu", {x})
          : onnx.node("ThresholdedRelu", {x}, {{"alpha", std::nextafter(f.threshold, -kInfinity)}});
  if (f.alpha != 0.0F) {
    const std::string below = onnx.node("Relu", {minus(onnx, f.threshold, x)});
    y = onnx.node("Add", {y, onnx.node("Mul", {below, onnx.constant("slope", -f.alpha)})});
  }
  if (f.max_value == kInfinity) return y;
  return minus(onnx, f.max_value, onnx.node("Relu", {minus(onnx, f.max_value, y)}));
}

/// x (1 + erf(x / sqrt 2)) / 2
std::string gelu(OnnxBuilder& onnx, const std::string& x) {
  const std::string scaled = onnx.node("Mul", {x, onnx.constant("scale", std::sqrt(0.5F))});
  const std::string sum =
      onnx.node("Add", {onnx.node("Erf", {scaled}), onnx.constant("one", 1.0F)});
  return onnx.node("Mul", {onnx.node("Mul", {x, sum}), onnx.constant("half", 0.5F)});
}

}  // namespace

std::string export_node(const NodeInModel& at, const ActivationNode& node) {
  const ActivationFunction& f = node.function;
  const std::string& x = at.input();
  OnnxBuilder& onnx = at.onnx;
  switch (f.kind) {
    case ActivationKind::kLinear:
      return x;
    case ActivationKind::kRelu:
      return onnx.node("Relu", {x});
    case ActivationKind::kSigmoid:
      return onnx.node("Sigmoid", {x});
    case ActivationKind::kTanh:
      return onnx.node("Tanh", {x});
    case ActivationKind::kSoftmax:
      // Over Keras' last axis: the channels of an image, which are the second axis here.
      return onnx.node("Softmax", {x}, {{"axis", std::int64_t{1}}});
    case ActivationKind::kLeakyRelu:
      return onnx.node("LeakyRelu", {x}, {{"alpha", f.alpha}});
    case ActivationKind::kElu:
      return onnx.node("Elu", {x}, {{"alpha", f.alpha}});
    case ActivationKind::kGelu:
      return gelu(onnx, x);
    case ActivationKind::kSwish:
      return onnx.node("Mul", {x, onnx.node("Sigmoid", {x})});
    case ActivationKind::kSoftplus:
      return onnx.node("Softplus", {x});
    case ActivationKind::kExponential:
      return onnx.node("Exp", {x});
    case ActivationKind::kMish:
      return onnx.node("Mul", {x, onnx.node("Tanh", {onnx.node("Softplus", {x})})});
    case ActivationKind::kSelu:
      return onnx.node("Selu", {x}, {{"alpha", kSeluAlpha}, {"gamma", kSeluGamma}});
    case ActivationKind::kSoftsign:
      return onnx.node("Softsign", {x});
    case ActivationKind::kHardSigmoid:
      return onnx.node("HardSigmoid", {x}, {{"alpha", f.alpha}, {"beta", 0.5F}});
    case ActivationKind::kClippedRelu:
      return clipped_relu(onnx, x, f);
    case ActivationKind::kAffine:
      return onnx.node("Add", {onnx.node("Mul", {x, onnx.constant("scale", f.alpha)}),
                               onnx.constant("offset", f.beta)});
  }
  return x;
}

std::string export_node(const NodeInModel& at, const PReluNode& node) {
  const Tensor& alpha = at.weight(node.alpha);
  if (at.input_info().layout == Layout::kRows) {
    return at.onnx.node("PRelu",
                        {at.input(), at.onnx.constant("alpha", alpha.shape(), alpha.values())});
  }
  // Keras' height x width x channels, of which steps x channels lack the first.
  Shape shape = alpha.shape();
  const std::size_t axes = at.input_info().slices > 0 ? 4 : 3;
  shape.insert(shape.begin(), axes - shape.size(), 1);
  const auto channels = static_cast<std::size_t>(shape.back());
  const std::size_t cells = alpha.size() / channels;
  std::vector<float> values(alpha.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i % channels * cells + i / channels] = alpha[i];
  }
  std::rotate(shape.begin(), shape.end() - 1, shape.end());
  return at.onnx.node("PRelu", {at.input(), at.onnx.constant("alpha", shape, values)});
}

}  // namespace folio::internal::onnx_export
