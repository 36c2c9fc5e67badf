#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/onnx.h>

#include <algorithm>
#include <span>
#include <variant>

#include <nlohmann/json.hpp>

#include "../layer_definition.h"
#include "../model_graph.h"
#include "node_exporter.h"

namespace folio {
namespace {

using namespace internal::onnx_export;
using internal::LoweredGraph;
using internal::Network;
using internal::Node;

template <typename Kind>
concept Exportable = requires(const NodeInModel& at, const Kind& kind) {
  export_node(at, kind);
};

bool can_be_exported(const Node& node) {
  return std::visit([]<typename Kind>(const Kind&) { return Exportable<Kind>; }, node.kind);
}

std::string export_one(const NodeInModel& at) {
  return std::visit(
      [&]<typename Kind>(const Kind& kind) -> std::string {
        if constexpr (Exportable<Kind>) return export_node(at, kind);
        throw Error(ErrorKind::kModel, "an operation cannot be exported to ONNX");
      },
      at.node.kind);
}

/// The nodes of layer `at`.
std::span<const Node> nodes_of(const LoweredGraph& model, std::size_t at) {
  const std::vector<std::size_t>& before = model.nodes_before;
  const std::span<const Node> nodes = model.network.nodes();
  const std::size_t end = at + 1 < before.size() ? before[at + 1] : nodes.size();
  return nodes.subspan(before[at], end - before[at]);
}

/// All layers that cannot be exported are named at once.
void check_layers(const Model& model, const LoweredGraph& lowered) {
  std::string unknown;
  for (std::size_t at = 0; at < model.layers().size(); ++at) {
    const std::span<const Node> nodes = nodes_of(lowered, at);
    if (std::all_of(nodes.begin(), nodes.end(), can_be_exported)) continue;
    const Layer& layer = model.layers()[at];
    unknown += (unknown.empty() ? "'" : ", '") + layer.name() + "' of class " + layer.class_name();
  }
  if (!unknown.empty()) {
    throw Error(ErrorKind::kModel, "these layers cannot be exported to ONNX: " + unknown);
  }
}

/// Declares the model's input and returns it as the network wants it.
std::string add_input(OnnxBuilder& onnx, const Shape& shape, const Network& network,
                      int batch_size) {
  const bool turns = shape.size() > 2 && !network.channels_first();
  onnx.input("input", turns ? internal::with_channels_first(shape) : shape, batch_size);
  if (shape.size() != 2) return "input";
  // Steps x C is computed as an image of height 1.
  if (network.channels_first()) {
    const std::vector<std::int64_t> as_image{0, shape[0], 1, shape[1]};
    return onnx.node("Reshape", {"input", onnx.constant("shape", as_image)});
  }
  const std::vector<std::int64_t> as_image{0, 1, shape[0], shape[1]};
  return channels_first(onnx, onnx.node("Reshape", {"input", onnx.constant("shape", as_image)}),
                        network.value(network.input()));
}

/// A value in Keras' order and shape.
std::string in_keras_order(OnnxBuilder& onnx, const std::string& value,
                           const internal::ValueInfo& info, const Shape& shape,
                           bool channels_first) {
  if (info.layout == internal::Layout::kRows) return value;
  const std::string image = channels_first ? value : channels_last(onnx, value, info);
  if (shape.size() > 2) return image;
  std::vector<std::int64_t> extents{0};
  extents.insert(extents.end(), shape.begin(), shape.end());
  return onnx.node("Reshape", {image, onnx.constant("shape", extents)});
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
  constexpr int kBlock = 8;  // How values lie in memory, which is nothing to ONNX.
  const LoweredGraph lowered_model = internal::lower(
      {.layers = model.layers(), .inputs = model.inbound_layers()}, model.input_shape(), kBlock);
  check_layers(model, lowered_model);
  const Network& network = lowered_model.network;
  OnnxBuilder onnx(model.name(), "0.1.0");
  add_metadata(onnx, model.metadata());
  onnx.begin_layer("input");
  const std::vector<NamedWeight> weights = model.named_weights();
  std::vector<std::string> names(static_cast<std::size_t>(network.value_count()));
  names.front() = add_input(onnx, model.input_shape(), network, options.batch_size);
  for (std::size_t at = 0; at < model.layers().size(); ++at) {
    onnx.begin_layer(model.layers()[at].name());
    for (const Node& node : nodes_of(lowered_model, at)) {
      names.at(node.output) = export_one({onnx, network, node, names, weights});
    }
  }
  onnx.begin_layer("result");
  const internal::Value last = lowered_model.output;
  onnx.output("output",
              in_keras_order(onnx, names.at(last), network.value(last), model.output_shape(),
                             network.channels_first()),
              model.output_shape(), options.batch_size);
  return onnx.serialize();
}

}  // namespace

void save_onnx(const Model& model, const std::string& path, const OnnxOptions& options) {
  write_file(path, std::string_view(to_onnx(model, options)));
}

}  // namespace folio
