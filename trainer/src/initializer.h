/// How initializers are computed, and their JSON.
#pragma once
#include <cstdint>

#include <folio/datasets/tensor.h>
#include <folio/trainer/initializer.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// A weight of this shape, H x W x in x out or in x out, filled by the initializer. The values
/// depend on seed and `index` (which weight of the model this is), or on the initializer's own
/// seed.
///
/// Errors  Error (kModel) if the initializer is not for weights of this shape.
Tensor initialize(const Initializer& initializer, const Shape& shape, std::uint64_t seed,
                  std::uint32_t index);

/// Keras' `{"class_name": "GlorotUniform", "config": {"seed": null}}` and back; reading also takes
/// plain names.
///
/// Errors  Error (kModel) for an initializer or an argument that is not known.
nlohmann::ordered_json initializer_config(const Initializer& initializer);
Initializer initializer_from_config(const nlohmann::json& config);

}  // namespace folio::internal
