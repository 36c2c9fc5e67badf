/// The table that Keras' model.summary() prints.
#pragma once
#include <string>
#include <vector>

#include <folio/trainer/layer.h>

namespace folio::internal {

/// Layers, output shapes and parameters; `?` for shapes while `input_shape` is empty. The last
/// lines give the totals.
std::string summary(const std::string& name, const std::vector<Layer>& layers,
                    const Shape& input_shape);

}  // namespace folio::internal
