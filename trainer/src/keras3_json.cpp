#include "keras3_json.h"

#include <string>

namespace folio::internal {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

OrderedJson object(const char* module, const OrderedJson& class_name, OrderedJson config) {
  return {{"module", module},
          {"class_name", class_name},
          {"config", std::move(config)},
          {"registered_name", nullptr}};
}

bool is_object(const OrderedJson& json) {
  return json.is_object() && json.contains("class_name") && json.contains("config");
}

/// The module of an argument that is an object itself.
const char* module_of(const std::string& argument) {
  if (argument.ends_with("_initializer")) return "keras.initializers";
  if (argument.ends_with("_regularizer")) return "keras.regularizers";
  if (argument.ends_with("_constraint")) return "keras.constraints";
  if (argument == "learning_rate") return "keras.optimizers.schedules";
  return "keras.layers";
}

/// A configuration whose objects name their modules.
OrderedJson with_modules(const OrderedJson& config) {
  OrderedJson result = OrderedJson::object();
  for (const auto& [key, value] : config.items()) {
    result[key] = is_object(value)
                      ? object(module_of(key), value["class_name"], with_modules(value["config"]))
                      : value;
  }
  return result;
}

OrderedJson layer(const OrderedJson& item) {
  OrderedJson config = with_modules(item["config"]);
  // Keras 3 has an InputLayer in each model, with another name for its shape.
  if (item["class_name"] == "InputLayer") {
    config["batch_shape"] = config["batch_input_shape"];
    config.erase("ragged");
  }
  config.erase("batch_input_shape");
  // Keras 2 gives BatchNormalization a list of one axis, Keras 3 wants the axis.
  if (config.contains("axis") && config["axis"].is_array() && config["axis"].size() == 1) {
    config["axis"] = OrderedJson(config["axis"][0]);
  }
  OrderedJson result = object("keras.layers", item["class_name"], std::move(config));
  for (const char* key : {"name", "inbound_nodes"}) {
    if (item.contains(key)) result[key] = item[key];
  }
  return result;
}

}  // namespace

OrderedJson keras3_config(const OrderedJson& architecture, const OrderedJson& training) {
  OrderedJson model = architecture["config"];
  OrderedJson layers = OrderedJson::array();
  for (const OrderedJson& item : model["layers"]) layers.push_back(layer(item));
  model["layers"] = std::move(layers);
  OrderedJson config = object("keras", architecture["class_name"], std::move(model));
  if (training.is_object()) {
    OrderedJson compile = training;
    const OrderedJson& optimizer = training["optimizer_config"];
    compile.erase("optimizer_config");
    compile["optimizer"] =
        object("keras.optimizers", optimizer["class_name"], with_modules(optimizer["config"]));
    if (is_object(compile["loss"])) {
      OrderedJson settings = compile["loss"]["config"];
      if (settings.value("reduction", OrderedJson()) == "auto") {
        settings["reduction"] = "sum_over_batch_size";
      }
      compile["loss"] = object("keras.losses", compile["loss"]["class_name"], settings);
    }
    config["compile_config"] = std::move(compile);
  }
  return config;
}

Json training_from_keras3(const Json& config) {
  if (!config.is_object()) return nullptr;
  const auto found = config.find("compile_config");
  if (found == config.end() || !found->is_object()) return nullptr;
  Json training = *found;
  if (training.contains("optimizer")) training["optimizer_config"] = training["optimizer"];
  return training;
}

}  // namespace folio::internal
