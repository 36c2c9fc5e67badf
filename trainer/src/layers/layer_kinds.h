/// How each kind of layer is read from Keras' JSON; one function per file of this folder.
#pragma once
#include <folio/trainer/layer.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

Layer read_input(const nlohmann::json& config);
Layer read_conv2d(const nlohmann::json& config);
Layer read_max_pooling2d(const nlohmann::json& config);
Layer read_average_pooling2d(const nlohmann::json& config);
Layer read_flatten(const nlohmann::json& config);
Layer read_dense(const nlohmann::json& config);
Layer read_dropout(const nlohmann::json& config);
Layer read_activation(const nlohmann::json& config);
Layer read_add(const nlohmann::json& config);
Layer read_concatenate(const nlohmann::json& config);

}  // namespace folio::internal
