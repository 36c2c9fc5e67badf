/// Metrics in Keras' JSON.
#pragma once
#include <folio/trainer/metric.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// The metric's name where that says all of it, else class_name and config; and back from either.
///
/// Errors  Error (kModel) for a metric or an argument that is not known.
nlohmann::ordered_json metric_json(const Metric& metric);
Metric metric_from_json(const nlohmann::json& json);

}  // namespace folio::internal
