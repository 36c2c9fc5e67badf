// Activations, as layers and as arguments of layers.
#include <map>

#include "layer_exporter.h"

namespace folio::internal::onnx_export {

std::string export_activation(const LayerInModel& layer, const std::string& activation,
                              const Value& value) {
  static const std::map<std::string, std::string> kTypes{
      {"relu", "Relu"}, {"sigmoid", "Sigmoid"}, {"tanh", "Tanh"}};
  if (activation == "linear") return value.name;
  if (activation == "softmax") {
    // Over the last axis of Keras: the channels of an image, which are the second here.
    const std::int64_t axis = value.is_image() ? 1 : static_cast<std::int64_t>(value.shape.size());
    return layer.onnx.node("Softmax", {value.name}, {{"axis", axis}});
  }
  const auto type = kTypes.find(activation);
  if (type == kTypes.end()) layer.refuse("activation '" + activation + "' is not supported");
  return layer.onnx.node(type->second, {value.name});
}

std::string export_activation_layer(const LayerInModel& layer) {
  return export_activation(layer, layer.config.at("activation"), layer.input());
}

}  // namespace folio::internal::onnx_export
