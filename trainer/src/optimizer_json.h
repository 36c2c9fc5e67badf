/// Optimizers and schedules as Keras' `{"class_name", "config"}`.
#pragma once
#include <folio/trainer/optimizer.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// Arguments that every Keras optimizer has (weight_decay, ...) are written where they are set, so
/// that Keras 2.10, which lacks some of them, reads the others.
nlohmann::ordered_json optimizer_json(const Optimizer& optimizer);

/// Also from a plain name, and with the `decay` of Keras 2.
///
/// Errors  Error (kModel) for a class or an argument that folio does not have.
Optimizer optimizer_from_json(const nlohmann::json& json);

}  // namespace folio::internal
