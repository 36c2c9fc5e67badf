/// How each kind of layer becomes nodes of ONNX. One function per kind, in export_*.cpp.
#pragma once
#include <string>
#include <vector>

#include <folio/trainer/layer.h>
#include <folio/trainer/model.h>
#include <nlohmann/json.hpp>

#include "onnx_builder.h"

namespace folio::internal::onnx_export {

/// A value that flows between layers. Shapes are Keras', without the batch axis; what is
/// H x W x C there lies as C x H x W in ONNX.
struct Value {
  std::string name;
  Shape shape;

  [[nodiscard]] bool is_image() const { return shape.size() == 3; }
};

/// A layer on its way to ONNX.
struct LayerInModel {
  OnnxBuilder& onnx;
  const Layer& layer;
  nlohmann::ordered_json config;  ///< Keras' arguments.
  std::vector<Value> inputs;
  Shape output_shape;
  std::vector<const NamedWeight*> weights;

  [[nodiscard]] const Value& input() const { return inputs.front(); }
  /// Null if the layer has no weight of this name.
  [[nodiscard]] const Tensor* weight(const std::string& name) const;
  /// Errors  Error (kModel) naming layer and class: what it is cannot be said in ONNX.
  [[noreturn]] void refuse(const std::string& what) const;
};

/// Adds the nodes and returns the name of the layer's output.
using LayerExporter = std::string (*)(const LayerInModel& layer);

std::string export_activation_layer(const LayerInModel& layer);
std::string export_average_pooling2d(const LayerInModel& layer);
std::string export_concatenate(const LayerInModel& layer);
std::string export_conv2d(const LayerInModel& layer);
std::string export_dense(const LayerInModel& layer);
std::string export_flatten(const LayerInModel& layer);
std::string export_max_pooling2d(const LayerInModel& layer);
std::string export_add(const LayerInModel& layer);

/// An activation by Keras' name, applied to a value.
std::string export_activation(const LayerInModel& layer, const std::string& activation,
                              const Value& value);

/// [top, left, bottom, right] of a window over an image, as Keras pads it.
std::vector<std::int64_t> pads(const LayerInModel& layer, const std::vector<std::int64_t>& window,
                               const std::vector<std::int64_t>& strides);

/// [height, width] of an argument that Keras gives as a pair.
std::vector<std::int64_t> pair(const LayerInModel& layer, const char* argument);

}  // namespace folio::internal::onnx_export
