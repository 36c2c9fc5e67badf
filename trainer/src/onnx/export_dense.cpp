// Dense, and what turns images into rows for it.
#include "layer_exporter.h"

namespace folio::internal::onnx_export {
namespace {

std::vector<float> transposed(const Tensor& kernel) {
  const auto in = static_cast<std::size_t>(kernel.shape()[0]);
  const auto out = static_cast<std::size_t>(kernel.shape()[1]);
  std::vector<float> values(kernel.size());
  for (std::size_t i = 0; i < in; ++i) {
    for (std::size_t o = 0; o < out; ++o) values[o * in + i] = kernel[i * out + o];
  }
  return values;
}

}  // namespace

std::string export_flatten(const LayerInModel& layer) {
  std::string value = layer.input().name;
  const Shape& shape = layer.input().shape;
  // Keras flattens images with their channels last.
  if (layer.input().is_image() && shape[0] * shape[1] > 1 && shape[2] > 1) {
    value =
        layer.onnx.node("Transpose", {value}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
  }
  return layer.onnx.node("Flatten", {value}, {{"axis", std::int64_t{1}}});
}

std::string export_dense(const LayerInModel& layer) {
  const Tensor& kernel = *layer.weight("kernel");
  const std::int64_t in = kernel.shape()[0];
  const std::int64_t out = kernel.shape()[1];
  const bool image = layer.input().is_image();
  if (!image && layer.input().shape.size() != 1) layer.refuse("its input is no row and no image");
  const std::vector<float> values = transposed(kernel);
  // On an image it acts on each pixel, which is a convolution.
  std::vector<std::string> inputs{layer.input().name};
  inputs.push_back(
      layer.onnx.constant("kernel", image ? Shape{out, in, 1, 1} : Shape{out, in}, values));
  if (const Tensor* bias = layer.weight("bias")) {
    inputs.push_back(layer.onnx.constant("bias", bias->shape(), bias->values()));
  }
  // OpenCV 4.6 reads Gemm with a transposed kernel only.
  const std::string name =
      image ? layer.onnx.node("Conv", inputs, {{"kernel_shape", std::vector<std::int64_t>{1, 1}}})
            : layer.onnx.node("Gemm", inputs, {{"transB", std::int64_t{1}}});
  return export_activation(layer, layer.config.at("activation"), {name, layer.output_shape});
}

}  // namespace folio::internal::onnx_export
