/// Regularizers in Keras' JSON.
#pragma once
#include <folio/trainer/regularizer.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// Keras' `{"class_name": "L2", "config": {"l2": 0.01}}`, null for none; and back.
///
/// Errors  Error (kModel) for a regularizer or an argument that is not known.
nlohmann::ordered_json regularizer_config(const Regularizer& regularizer);
Regularizer regularizer_from_config(const nlohmann::json& json);

}  // namespace folio::internal
