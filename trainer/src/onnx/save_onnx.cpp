#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/onnx.h>

#include <map>

#include "../layer_definition.h"
#include "layer_exporter.h"

namespace folio {
namespace {

using namespace internal::onnx_export;

/// What a layer does in training only.
std::string export_nothing(const LayerInModel& layer) { return layer.input().name; }

LayerExporter exporter_of(const Layer& layer) {
  static const std::map<std::string, LayerExporter> kExporters{
      {"InputLayer", export_nothing},
      {"Activation", export_activation_layer},
      {"Add", export_add},
      {"AveragePooling2D", export_average_pooling2d},
      {"Concatenate", export_concatenate},
      {"Conv2D", export_conv2d},
      {"Dense", export_dense},
      {"Dropout", export_nothing},
      {"Flatten", export_flatten},
      {"MaxPooling2D", export_max_pooling2d},
  };
  const auto found = kExporters.find(layer.class_name());
  return found == kExporters.end() ? nullptr : found->second;
}

Shape in_onnx_order(const Shape& shape) {
  return shape.size() == 3 ? Shape{shape[2], shape[0], shape[1]} : shape;
}

/// All layers that cannot be exported are named at once.
void check_layers(const Model& model) {
  std::string unknown;
  for (const Layer& layer : model.layers()) {
    if (exporter_of(layer) != nullptr) continue;
    unknown += (unknown.empty() ? "'" : ", '") + layer.name() + "' of class " + layer.class_name();
  }
  if (!unknown.empty()) {
    throw Error(ErrorKind::kModel, "these layers cannot be exported to ONNX: " + unknown);
  }
}

void add_metadata(OnnxBuilder& onnx, const std::string& metadata) {
  if (metadata.empty()) return;
  onnx.metadata("folio_metadata", metadata);
  const auto record = nlohmann::json::parse(metadata, nullptr, false);
  if (record.is_object() && record.contains("class_names")) {
    onnx.metadata("class_names", record["class_names"].dump());
  }
}

std::string to_onnx(const Model& model, const OnnxOptions& options) {
  if (!model.built()) throw Error(ErrorKind::kUsage, "a model must be built before it is exported");
  if (options.batch_size < 0) {
    throw Error(ErrorKind::kUsage,
                "batch_size must not be negative, got " + std::to_string(options.batch_size));
  }
  check_layers(model);
  OnnxBuilder onnx(model.name(), "0.1.0");
  const Shape& input_shape = model.input_shape();
  onnx.input("input", in_onnx_order(input_shape), options.batch_size);
  add_metadata(onnx, model.metadata());

  const std::vector<NamedWeight> weights = model.named_weights();
  const std::vector<Layer>& layers = model.layers();
  std::vector<Value> values;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    LayerInModel layer{onnx, layers[i], layers[i].definition().config(), {}, {}, {}};
    std::vector<Shape> shapes;
    for (const int from : model.inbound_layers()[i]) {
      layer.inputs.push_back(from < 0 ? Value{"input", input_shape}
                                      : values[static_cast<std::size_t>(from)]);
      shapes.push_back(layer.inputs.back().shape);
    }
    if (layer.inputs.empty()) {  // A functional model's Input.
      values.push_back({"input", input_shape});
      continue;
    }
    for (const NamedWeight& weight : weights) {
      if (weight.layer == layers[i].name()) layer.weights.push_back(&weight);
    }
    layer.output_shape = layers[i].output_shape(shapes);
    onnx.begin_layer(layers[i].name());
    values.push_back({exporter_of(layers[i])(layer), layer.output_shape});
  }

  // A model's result is rows in Keras' order.
  onnx.begin_layer("result");
  const Value& last = values.back();
  const std::string rows =
      last.is_image()
          ? onnx.node("Transpose", {last.name}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}})
          : last.name;
  onnx.output("output", rows, last.shape, options.batch_size);
  return onnx.serialize();
}

}  // namespace

void save_onnx(const Model& model, const std::string& path, const OnnxOptions& options) {
  write_file(path, std::string_view(to_onnx(model, options)));
}

}  // namespace folio
