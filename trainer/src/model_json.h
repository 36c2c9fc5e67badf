/// Keras' JSON: a model's architecture and how it was compiled.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <folio/trainer/model.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// Parses JSON of at most 16 MB and 256 levels; throws Error (kModel) saying what is wrong.
nlohmann::json parse_model_json(std::string_view text);

nlohmann::ordered_json architecture_json(const Model& model);
/// `keras_version` is what a file says beside the JSON; its own `keras_version` comes first.
/// Without any, Keras 3's meanings hold.
///
/// Errors  Error (kModel) naming the layer and its class.
Model model_from_architecture(const nlohmann::json& json, std::string keras_version = "");

/// The version of Keras, 2 or 3, whose hard_sigmoid the model has; 0 if it has none.
///
/// Errors  Error (kModel) if it has both.
int hard_sigmoid_version(const Model& model);

nlohmann::ordered_json training_json(const CompileOptions& options);
/// Nothing where the configuration is one folio does not have.
std::optional<CompileOptions> compile_options_from(const nlohmann::json& json);

}  // namespace folio::internal
