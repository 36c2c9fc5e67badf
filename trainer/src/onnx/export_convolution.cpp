// Convolutions: kernels H x W x in x out become out x in x H x W.
#include <cmath>

#include "layer_exporter.h"

namespace folio::internal::onnx_export {
namespace {

/// The extent of a kernel with the gaps of its dilation.
std::vector<std::int64_t> reach(const std::vector<std::int64_t>& kernel,
                                const std::vector<std::int64_t>& dilation) {
  return {(kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1};
}

std::vector<float> transposed(const Tensor& kernel) {
  const auto area = static_cast<std::size_t>(kernel.shape()[0] * kernel.shape()[1]);
  const auto in = static_cast<std::size_t>(kernel.shape()[2]);
  const auto out = static_cast<std::size_t>(kernel.shape()[3]);
  std::vector<float> values(kernel.size());
  for (std::size_t at = 0; at < area; ++at) {
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t o = 0; o < out; ++o) {
        values[(o * in + i) * area + at] = kernel[(at * in + i) * out + o];
      }
    }
  }
  return values;
}

}  // namespace

std::string export_conv2d(const LayerInModel& layer) {
  const Tensor& kernel = *layer.weight("kernel");
  const Shape& shape = kernel.shape();
  const std::vector<std::int64_t> strides = pair(layer, "strides");
  const std::vector<std::int64_t> dilation = pair(layer, "dilation_rate");
  std::vector<std::string> inputs{
      layer.input().name,
      layer.onnx.constant("kernel", {shape[3], shape[2], shape[0], shape[1]}, transposed(kernel))};
  if (const Tensor* bias = layer.weight("bias")) {
    inputs.push_back(layer.onnx.constant("bias", bias->shape(), bias->values()));
  }
  const std::vector<std::int64_t> window{shape[0], shape[1]};
  const std::string name =
      layer.onnx.node("Conv", inputs,
                      {{"kernel_shape", window},
                       {"strides", strides},
                       {"dilations", dilation},
                       {"pads", pads(layer, reach(window, dilation), strides)},
                       {"group", layer.config.at("groups").get<std::int64_t>()}});
  return export_activation(layer, layer.config.at("activation"), {name, layer.output_shape});
}

}  // namespace folio::internal::onnx_export
