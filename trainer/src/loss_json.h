/// Losses in Keras' JSON.
#pragma once
#include <folio/trainer/loss.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// The loss' name where its arguments have their defaults, else class_name and config; and back
/// from either.
///
/// Errors  Error (kModel) for a loss or an argument that is not known.
nlohmann::ordered_json loss_json(const Loss& loss);
Loss loss_from_json(const nlohmann::json& json);

}  // namespace folio::internal
