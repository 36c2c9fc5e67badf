/// Constraints in Keras' JSON.
#pragma once
#include <folio/trainer/constraint.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// Keras' `{"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}}`, null for none; and
/// back.
///
/// Errors  Error (kModel) for a constraint or an argument that is not known.
nlohmann::ordered_json constraint_config(const Constraint& constraint);
Constraint constraint_from_config(const nlohmann::json& json);

}  // namespace folio::internal
