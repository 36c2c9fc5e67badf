// Keras' architecture JSON: stacks and graphs of layers, written as Keras 2.10 does, read from
// Keras 2 and Keras 3.
#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "layer_definition.h"
#include "layers/input.h"
#include "model_graph.h"
#include "model_json.h"

namespace folio::internal {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

OrderedJson batch_shape(const Shape& shape) {
  OrderedJson json = {nullptr};
  for (const std::int64_t extent : shape) json.push_back(extent);
  return json;
}

// Keras 3 gave the name another meaning; the version that a file states says which is meant.
constexpr const char* kHardSigmoid = "hard_sigmoid";
constexpr const char* kKeras2HardSigmoid = "hard_sigmoid_keras2";

/// The argument `activation` if it is a name, else an empty string.
template <typename Any>
std::string activation_of(const Any& config) {
  const auto found = config.find("activation");
  return found == config.end() || !found->is_string() ? "" : found->template get<std::string>();
}

OrderedJson layer_json(const Layer& layer, const Shape& first_input) {
  OrderedJson config{{"name", layer.name()}, {"trainable", layer.trainable()}};
  if (!first_input.empty()) config["batch_input_shape"] = batch_shape(first_input);
  config["dtype"] = "float32";
  const OrderedJson own = layer.definition().config();
  for (const auto& [key, value] : own.items()) config[key] = value;
  if (activation_of(own) == kKeras2HardSigmoid) config["activation"] = kHardSigmoid;
  return {{"class_name", layer.class_name()}, {"config", config}};
}

OrderedJson keras_model(const Model& model, const char* class_name, OrderedJson config) {
  return {{"class_name", class_name},
          {"config", std::move(config)},
          {"keras_version", hard_sigmoid_version(model) == 3 ? "3.0.0" : "2.10.0"},
          {"backend", "tensorflow"}};
}

OrderedJson stack_json(const Model& model) {
  OrderedJson layers = OrderedJson::array();
  const Shape& input = model.input_shape();
  if (!input.empty()) {
    layers.push_back({{"class_name", "InputLayer"},
                      {"config",
                       {{"batch_input_shape", batch_shape(input)},
                        {"dtype", "float32"},
                        {"sparse", false},
                        {"ragged", false},
                        {"name", model.layers().front().name() + "_input"}}}});
  }
  bool first = true;
  for (const Layer& layer : model.layers()) {
    layers.push_back(layer_json(layer, first ? input : Shape()));
    first = false;
  }
  return keras_model(model, "Sequential", {{"name", model.name()}, {"layers", layers}});
}

OrderedJson graph_json(const Model& model) {
  const std::vector<Layer>& layers = model.layers();
  const auto tensor = [&](int layer) {
    OrderedJson json = OrderedJson::array();
    json.push_back(layers[static_cast<std::size_t>(layer)].name());
    json.push_back(0);
    json.push_back(0);
    return json;
  };
  OrderedJson list = OrderedJson::array();
  OrderedJson inputs = OrderedJson::array();
  OrderedJson outputs = OrderedJson::array();
  for (std::size_t at = 0; at < layers.size(); ++at) {
    OrderedJson layer = layer_json(layers[at], {});
    layer["name"] = layers[at].name();
    OrderedJson calls = OrderedJson::array();
    if (model.inbound_layers()[at].front() == kModelInput) {
      layer["config"].erase("trainable");
      inputs.push_back(tensor(static_cast<int>(at)));
    } else {
      OrderedJson call = OrderedJson::array();
      for (const int from : model.inbound_layers()[at]) {
        call.push_back(tensor(from));
        call.back().push_back(OrderedJson::object());
      }
      calls.push_back(std::move(call));
    }
    layer["inbound_nodes"] = std::move(calls);
    list.push_back(std::move(layer));
  }
  outputs.push_back(tensor(static_cast<int>(layers.size()) - 1));
  return keras_model(model, "Functional",
                     {{"name", model.name()},
                      {"trainable", true},
                      {"layers", std::move(list)},
                      {"input_layers", std::move(inputs)},
                      {"output_layers", std::move(outputs)}});
}

Error not_an_architecture(const std::string& reason) {
  return {ErrorKind::kModel, "not a Keras architecture: " + reason};
}

/// Class name and config of an entry of a list of layers, checked.
std::pair<std::string, const Json*> layer_entry(const Json& item, std::size_t at) {
  if (!item.is_object() || !item.contains("class_name") || !item["class_name"].is_string() ||
      !item.contains("config") || !item["config"].is_object()) {
    throw not_an_architecture("layer " + std::to_string(at + 1) + " has no class_name or config");
  }
  return {item["class_name"].get<std::string>(), &item["config"]};
}

/// Reads a layer of a file that Keras 2 or Keras 3 wrote.
Layer read_layer(const std::string& class_name, const Json& arguments, bool keras2) {
  if (!keras2 || activation_of(arguments) != kHardSigmoid) return make_layer(class_name, arguments);
  Json renamed = arguments;
  renamed["activation"] = kKeras2HardSigmoid;
  return make_layer(class_name, renamed);
}

ModelGraph read_stack(const Json& list, bool keras2) {
  std::vector<Layer> layers;
  for (const Json& item : list) {
    const auto [class_name, arguments] = layer_entry(item, layers.size());
    if (layers.empty() && class_name != "InputLayer") {
      const Shape shape = input_shape_in(*arguments);
      if (!shape.empty()) layers.push_back(Input(shape));
    }
    layers.push_back(read_layer(class_name, *arguments, keras2));
  }
  return stack_of(std::move(layers));
}

/// Reads how the layers of a functional model are connected, in Keras 2's words and Keras 3's.
class GraphReader {
 public:
  GraphReader(const Json& config, bool keras2) : config_(config) {
    const Json& list = config["layers"];
    for (const Json& item : list) {
      const auto [class_name, arguments] = layer_entry(item, layers_.size());
      layers_.push_back(read_layer(class_name, *arguments, keras2));
      Layer& layer = layers_.back();
      if (item.contains("name") && item["name"].is_string()) {
        layer.set_name(item["name"].get<std::string>());
      }
      if (layer.name().empty() ||
          !positions_.emplace(layer.name(), static_cast<int>(layers_.size()) - 1).second) {
        throw not_an_architecture("layer " + std::to_string(layers_.size()) +
                                  " has no name of its own");
      }
    }
    for (std::size_t at = 0; at < list.size(); ++at) inputs_.push_back(inputs_of(at, list[at]));
  }

  [[nodiscard]] ModelGraph read() const {
    const int input = only_end("input_layers");
    if (inputs_[static_cast<std::size_t>(input)].front() != kModelInput) {
      throw not_an_architecture("input_layers names a layer that is no InputLayer");
    }
    ModelGraph graph = ordered(layers_, inputs_, only_end("output_layers"));
    (void)graph.shapes(graph.input_shape);  // Throws where layers do not fit together.
    return graph;
  }

 private:
  /// The layer of `["name", 0, 0]`, or of a list that holds only that.
  [[nodiscard]] int only_end(const char* key) const {
    const Json& ends = config_.contains(key) ? config_[key] : Json();
    if (!ends.is_array()) throw not_an_architecture(std::string("it has no list ") + key);
    if (!ends.empty() && ends[0].is_string()) return tensor(ends);
    if (ends.size() == 1) return tensor(ends[0]);
    throw Error(ErrorKind::kModel, "a model with " + std::to_string(ends.size()) + " " + key +
                                       " is not supported, only one with 1 is");
  }

  /// The layer of `["name", node, tensor]`.
  [[nodiscard]] int tensor(const Json& history) const {
    if (!history.is_array() || history.size() < 3 || !history[0].is_string()) {
      throw not_an_architecture("a connection is not [layer, node, tensor]");
    }
    const auto name = history[0].get<std::string>();
    const auto found = positions_.find(name);
    if (found == positions_.end()) {
      throw not_an_architecture("a connection names the layer '" + name + "', which is not there");
    }
    if (history[1] != 0 || history[2] != 0) {
      throw Error(ErrorKind::kModel, "layer '" + name +
                                         "' is applied more than once or has several outputs, "
                                         "which is not supported");
    }
    return found->second;
  }

  [[nodiscard]] std::vector<int> inputs_of(std::size_t at, const Json& item) const {
    const Json calls = item.contains("inbound_nodes") ? item["inbound_nodes"] : Json::array();
    const std::string& name = layers_[at].name();
    if (!calls.is_array()) throw not_an_architecture("inbound_nodes of '" + name + "' is no list");
    const bool is_input = layers_[at].class_name() == "InputLayer";
    if (is_input && calls.empty()) return {kModelInput};
    if (is_input || calls.size() != 1) {
      throw Error(ErrorKind::kModel, "layer '" + name + "' is applied " +
                                         std::to_string(calls.size()) +
                                         " times, only once is supported");
    }
    std::vector<int> inputs;
    const Json& call = calls[0];
    if (call.is_object()) {
      if (call.contains("kwargs")) {
        no_arguments(name, without_default(call["kwargs"], layers_[at].class_name()));
      }
      if (call.contains("args")) collect(call["args"], inputs);
    } else if (call.is_array()) {
      // Some versions of Keras 2 write a lone connection without a list around it.
      const bool lone = !call.empty() && call[0].is_string();
      for (std::size_t i = 0; i < (lone ? 1 : call.size()); ++i) {
        const Json& connection = lone ? call : call[i];
        inputs.push_back(tensor(connection));
        if (connection.size() > 3) no_arguments(name, connection[3]);
      }
    }
    if (inputs.empty()) throw not_an_architecture("layer '" + name + "' has no input");
    return inputs;
  }

  /// Keras 3: `{"class_name": "__keras_tensor__", "config": {"keras_history": [...]}}`, or lists.
  void collect(const Json& argument, std::vector<int>& inputs) const {
    if (argument.is_array()) {
      for (const Json& one : argument) collect(one, inputs);
      return;
    }
    if (!argument.is_object() || !argument.contains("config") || !argument["config"].is_object() ||
        !argument["config"].contains("keras_history")) {
      throw not_an_architecture("an argument of a layer is not a tensor");
    }
    inputs.push_back(tensor(argument["config"]["keras_history"]));
  }

  /// Keras 3 writes the default `training: false` of the layers that are active in training alone,
  /// and says which it is when the model runs.
  static Json without_default(Json arguments, const std::string& class_name) {
    constexpr std::array kInTrainingAlone = {"Dropout", "SpatialDropout2D", "GaussianNoise",
                                             "GaussianDropout", "AlphaDropout"};
    const auto training = arguments.find("training");
    if (training != arguments.end() && *training == false &&
        std::ranges::find(kInTrainingAlone, class_name) != kInTrainingAlone.end()) {
      arguments.erase(training);
    }
    return arguments;
  }

  /// Arguments of a call that change what a layer does, such as `training`, are not supported.
  static void no_arguments(const std::string& layer, const Json& arguments) {
    if (!arguments.is_object()) return;
    for (const auto& [key, value] : arguments.items()) {
      if (value.is_null()) continue;
      throw Error(ErrorKind::kModel, "layer '" + layer + "' is applied with the argument " + key +
                                         ", which is not supported");
    }
  }

  const Json& config_;
  std::vector<Layer> layers_;
  std::map<std::string, int> positions_;
  std::vector<std::vector<int>> inputs_;
};

}  // namespace

OrderedJson architecture_json(const Model& model) {
  return model.sequential() ? stack_json(model) : graph_json(model);
}

int hard_sigmoid_version(const Model& model) {
  int version = 0;
  for (const Layer& layer : model.layers()) {
    const std::string activation = activation_of(layer.definition().config());
    const int own = activation == kHardSigmoid ? 3 : activation == kKeras2HardSigmoid ? 2 : 0;
    if (own == 0) continue;
    if (version != 0 && version != own) {
      throw Error(ErrorKind::kModel,
                  "the model has the hard_sigmoid of Keras 2 and that of Keras 3, which no file of "
                  "Keras can tell apart");
    }
    version = own;
  }
  return version;
}

Model model_from_architecture(const Json& json, std::string keras_version) {
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string()) {
    throw not_an_architecture("it has no class_name");
  }
  const auto class_name = json["class_name"].get<std::string>();
  const bool functional = class_name == "Functional" || class_name == "Model";
  if (class_name != "Sequential" && !functional) {
    throw Error(ErrorKind::kModel, "a model of class " + class_name +
                                       " is not supported, only Sequential and Functional are");
  }
  // Keras 2.0 to 2.2 wrote the list of layers in place of the config.
  const Json& config = json.contains("config") ? json["config"] : Json();
  const bool has_list = config.is_object() && config.contains("layers");
  const Json& list = has_list ? config["layers"] : config;
  if (!list.is_array() || (functional && !has_list)) {
    throw not_an_architecture("it has no list of layers");
  }
  const bool named = config.is_object() && config.contains("name") && config["name"].is_string();
  const std::string otherwise = functional ? "model" : "sequential";
  try {
    if (json.contains("keras_version") && json["keras_version"].is_string()) {
      keras_version = json["keras_version"].get<std::string>();
    }
    const bool keras2 = keras_version.starts_with("1.") || keras_version.starts_with("2.");
    return Model(functional ? GraphReader(config, keras2).read() : read_stack(list, keras2),
                 named ? config["name"].get<std::string>() : otherwise);
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

}  // namespace folio::internal
