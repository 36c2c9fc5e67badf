#include "model_json.h"

#include <folio/datasets/error.h>

#include <vector>

#include "optimizer_json.h"

namespace folio::internal {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// The name of a loss, metric or optimizer given as a string or as Keras' class and config.
std::string class_of(const Json& json) {
  const Json* name = &json;
  if (json.is_object()) {
    const auto found = json.find("class_name");
    if (found == json.end()) return "";
    name = &*found;
  }
  if (!name->is_string()) return "";
  const auto text = name->get<std::string>();
  return text.substr(text.find('>') + 1);  // Keras 2.11 to 2.15 write `Custom>Adam`.
}

bool flag(const Json& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_boolean() && found->get<bool>();
}

/// Nothing where folio lacks the optimizer or one of its arguments.
std::optional<Optimizer> optimizer_from(const Json& json) {
  try {
    return optimizer_from_json(json);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Names in whatever nesting of lists and objects Keras put them.
void collect_metrics(const Json& json, std::vector<std::string>& names) {
  if (json.is_array()) {
    for (const Json& item : json) collect_metrics(item, names);
    return;
  }
  std::string name = json.is_string() ? json.get<std::string>() : std::string();
  if (json.is_object() && json.contains("config") && json["config"].is_object()) {
    const auto found = json["config"].find("name");
    if (found != json["config"].end() && found->is_string()) name = found->get<std::string>();
  }
  if (name == "accuracy" || name == "acc") names.push_back(name);
}

}  // namespace

Json parse_model_json(std::string_view text) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  constexpr int kMostDepth = 256;
  if (text.size() > kMostBytes) {
    throw Error(ErrorKind::kModel, "the architecture has " + std::to_string(text.size()) +
                                       " bytes, at most " + std::to_string(kMostBytes) +
                                       " are accepted");
  }
  const auto limit_depth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMostDepth) {
      throw Error(ErrorKind::kModel, "the architecture is nested more than " +
                                         std::to_string(kMostDepth) + " levels deep");
    }
    return true;
  };
  try {
    return Json::parse(text, limit_depth);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kModel,
                std::string("the architecture is not valid JSON: ") + error.what());
  }
}

OrderedJson training_json(const CompileOptions& options) {
  OrderedJson loss = options.loss;
  if (options.from_logits) {
    const bool sparse = options.loss == "sparse_categorical_crossentropy";
    loss = {{"class_name", sparse ? "SparseCategoricalCrossentropy" : "CategoricalCrossentropy"},
            {"config", {{"reduction", "auto"}, {"name", options.loss}, {"from_logits", true}}}};
  }
  return {{"loss", loss},
          {"metrics", options.metrics},
          {"weighted_metrics", nullptr},
          {"loss_weights", nullptr},
          {"optimizer_config", optimizer_json(options.optimizer)}};
}

std::optional<CompileOptions> compile_options_from(const Json& json) {
  if (!json.is_object() || !json.contains("loss") || !json.contains("optimizer_config")) {
    return std::nullopt;
  }
  const Json& loss = json["loss"];
  std::string name = class_of(loss);
  if (name == "CategoricalCrossentropy") name = "categorical_crossentropy";
  if (name == "SparseCategoricalCrossentropy") name = "sparse_categorical_crossentropy";
  if (name != "categorical_crossentropy" && name != "sparse_categorical_crossentropy") {
    return std::nullopt;
  }
  const std::optional<Optimizer> optimizer = optimizer_from(json["optimizer_config"]);
  if (!optimizer) return std::nullopt;
  CompileOptions options{.optimizer = *optimizer, .loss = name};
  if (loss.is_object() && loss.contains("config") && loss["config"].is_object()) {
    options.from_logits = flag(loss["config"], "from_logits");
  }
  if (json.contains("metrics")) collect_metrics(json["metrics"], options.metrics);
  return options;
}

}  // namespace folio::internal
