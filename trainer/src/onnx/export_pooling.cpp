// Pooling over windows.
#include "layer_exporter.h"

namespace folio::internal::onnx_export {
namespace {

std::string export_pooling(const LayerInModel& layer, const std::string& type,
                           std::vector<Attribute> attributes) {
  const std::vector<std::int64_t> window = pair(layer, "pool_size");
  const std::vector<std::int64_t> strides = pair(layer, "strides");
  attributes.emplace_back("kernel_shape", window);
  attributes.emplace_back("strides", strides);
  attributes.emplace_back("pads", pads(layer, window, strides));
  return layer.onnx.node(type, {layer.input().name}, attributes);
}

}  // namespace

std::string export_max_pooling2d(const LayerInModel& layer) {
  return export_pooling(layer, "MaxPool", {});
}

std::string export_average_pooling2d(const LayerInModel& layer) {
  // Keras divides by the number of pixels that are there.
  return export_pooling(layer, "AveragePool", {{"count_include_pad", std::int64_t{0}}});
}

}  // namespace folio::internal::onnx_export
