/// The table that Keras' model.summary() prints.
#pragma once
#include <string>

#include "model_graph.h"

namespace folio::internal {

/// Layers, output shapes and parameters, and in a functional model which layers each reads; `?`
/// for shapes while `input_shape` is empty. The last lines give the totals.
std::string summary(const std::string& name, const ModelGraph& graph, const Shape& input_shape);

}  // namespace folio::internal
