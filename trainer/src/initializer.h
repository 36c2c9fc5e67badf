/// Initialisers: the values a weight starts from.
#pragma once
#include <cstdint>
#include <string>

#include <folio/datasets/tensor.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// Throws Error (kUsage) listing the known names if `name` is none of them: glorot_uniform,
/// glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, random_normal,
/// random_uniform, truncated_normal, zeros, ones.
void check_initializer(const std::string& name);

/// A weight of this shape, H x W x in x out or in x out, filled by the initialiser. The values
/// depend on seed and `index` (which weight of the model this is) alone.
Tensor initialize(const std::string& name, const Shape& shape, std::uint64_t seed,
                  std::uint32_t index);

/// Keras' `{"class_name": "GlorotUniform", "config": {"seed": null}}` and back; reading also takes
/// plain names and VarianceScaling where it says the same as one of them.
///
/// Errors  Error (kModel) for an initialiser that is not known.
nlohmann::ordered_json initializer_config(const std::string& name);
std::string initializer_from_config(const nlohmann::json& config);

}  // namespace folio::internal
