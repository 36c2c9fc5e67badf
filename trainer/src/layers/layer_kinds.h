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
Layer read_conv1d(const nlohmann::json& config);
Layer read_conv3d(const nlohmann::json& config);
Layer read_depthwise_conv2d(const nlohmann::json& config);
Layer read_separable_conv2d(const nlohmann::json& config);
Layer read_max_pooling1d(const nlohmann::json& config);
Layer read_average_pooling1d(const nlohmann::json& config);
Layer read_max_pooling3d(const nlohmann::json& config);
Layer read_average_pooling3d(const nlohmann::json& config);
Layer read_global_max_pooling1d(const nlohmann::json& config);
Layer read_global_max_pooling2d(const nlohmann::json& config);
Layer read_global_max_pooling3d(const nlohmann::json& config);
Layer read_global_average_pooling1d(const nlohmann::json& config);
Layer read_global_average_pooling2d(const nlohmann::json& config);
Layer read_global_average_pooling3d(const nlohmann::json& config);
Layer read_batch_normalization(const nlohmann::json& config);
Layer read_layer_normalization(const nlohmann::json& config);
Layer read_zero_padding2d(const nlohmann::json& config);
Layer read_up_sampling2d(const nlohmann::json& config);
Layer read_cropping2d(const nlohmann::json& config);
Layer read_repeat_vector(const nlohmann::json& config);
Layer read_gaussian_noise(const nlohmann::json& config);
Layer read_gaussian_dropout(const nlohmann::json& config);
Layer read_alpha_dropout(const nlohmann::json& config);
Layer read_activity_regularization(const nlohmann::json& config);
Layer read_prelu(const nlohmann::json& config);
Layer read_reshape(const nlohmann::json& config);
Layer read_rescaling(const nlohmann::json& config);
Layer read_spatial_dropout2d(const nlohmann::json& config);
Layer read_relu(const nlohmann::json& config);
Layer read_leaky_relu(const nlohmann::json& config);
Layer read_elu(const nlohmann::json& config);
Layer read_softmax(const nlohmann::json& config);
Layer read_add(const nlohmann::json& config);
Layer read_concatenate(const nlohmann::json& config);

}  // namespace folio::internal
