/// Keras 3's form of a model's JSON, as `.keras` files have it in config.json.
#pragma once
#include <nlohmann/json.hpp>

namespace folio::internal {

/// config.json from what `.h5` files have: the architecture, and the training configuration or
/// null.
nlohmann::ordered_json keras3_config(const nlohmann::ordered_json& architecture,
                                     const nlohmann::ordered_json& training);

/// The training configuration of an `.h5` file from config.json; null if it has none.
nlohmann::json training_from_keras3(const nlohmann::json& config);

}  // namespace folio::internal
