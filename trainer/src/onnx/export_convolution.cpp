// Convolutions and dense layers, whose kernels have the outputs first in ONNX and last in Keras.
#include <span>

#include "node_exporter.h"

namespace folio::internal::onnx_export {
namespace {

/// Keras' area x in x out to out x in x area. A depthwise kernel, area x channels x multiplier, is
/// one of a single input and channels * multiplier outputs.
std::vector<float> outputs_first(std::span<const float> kernel, std::size_t area, std::size_t out) {
  const std::size_t in = kernel.size() / (area * out);
  std::vector<float> values(kernel.size());
  for (std::size_t cell = 0; cell < area; ++cell) {
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t o = 0; o < out; ++o) {
        values[(o * in + i) * area + cell] = kernel[(cell * in + i) * out + o];
      }
    }
  }
  return values;
}

void add_bias(const NodeInModel& at, int index, std::vector<std::string>& inputs) {
  if (index < 0) return;
  const Tensor& bias = at.weight(index);
  inputs.push_back(at.onnx.constant("bias", bias.shape(), bias.values()));
}

}  // namespace

std::string export_node(const NodeInModel& at, const ConvolutionNode& node) {
  const ValueInfo& in = at.input_info();
  Shape kernel = axes(in, node.kernel);
  const std::size_t area = element_count(kernel);
  kernel.insert(kernel.begin(), {node.filters, in.channels / node.groups});
  std::vector<std::string> inputs{
      at.input(), at.onnx.constant("kernel", kernel,
                                   outputs_first(at.weight(node.kernel_weight).values(), area,
                                                 static_cast<std::size_t>(node.filters)))};
  add_bias(at, node.bias_weight, inputs);
  std::vector<Attribute> attributes =
      window_attributes(at, node.kernel, node.reach(), node.strides, node.pad_before);
  attributes.emplace_back("dilations", axes(in, node.dilation));
  attributes.emplace_back("group", std::int64_t{node.groups});
  return at.onnx.node("Conv", inputs, attributes);
}

std::string export_node(const NodeInModel& at, const DenseNode& node) {
  std::vector<std::string> inputs{
      at.input(),
      at.onnx.constant("kernel", {node.units, at.input_info().channels},
                       outputs_first(at.weight(node.kernel_weight).values(), 1, node.units))};
  add_bias(at, node.bias_weight, inputs);
  // OpenCV 4.6 reads Gemm with a transposed kernel only.
  return at.onnx.node("Gemm", inputs, {{"transB", std::int64_t{1}}});
}

}  // namespace folio::internal::onnx_export
