// Layers that merge several inputs.
#include "layer_exporter.h"

namespace folio::internal::onnx_export {
namespace {

std::vector<std::string> names_of(const std::vector<Value>& values) {
  std::vector<std::string> names;
  for (const Value& value : values) names.push_back(value.name);
  return names;
}

}  // namespace

std::string export_add(const LayerInModel& layer) {
  std::string sum = layer.inputs.front().name;
  for (std::size_t i = 1; i < layer.inputs.size(); ++i) {
    sum = layer.onnx.node("Add", {sum, layer.inputs[i].name});
  }
  return sum;
}

std::string export_concatenate(const LayerInModel& layer) {
  // Along Keras' last axis: the channels of an image, which are the second here.
  const std::int64_t axis =
      layer.input().is_image() ? 1 : static_cast<std::int64_t>(layer.input().shape.size());
  return layer.onnx.node("Concat", names_of(layer.inputs), {{"axis", axis}});
}

}  // namespace folio::internal::onnx_export
