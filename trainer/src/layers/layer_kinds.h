/// How each kind of layer is read from Keras' JSON; one function per file of this folder.
#pragma once
#include <folio/trainer/layer.h>

#include "config_reader.h"

namespace folio::internal {

Layer read_input(const ConfigReader& reader);
Layer read_conv2d(const ConfigReader& reader);
Layer read_max_pooling2d(const ConfigReader& reader);
Layer read_average_pooling2d(const ConfigReader& reader);
Layer read_flatten(const ConfigReader& reader);
Layer read_dense(const ConfigReader& reader);
Layer read_dropout(const ConfigReader& reader);
Layer read_activation(const ConfigReader& reader);
Layer read_conv1d(const ConfigReader& reader);
Layer read_conv3d(const ConfigReader& reader);
Layer read_depthwise_conv2d(const ConfigReader& reader);
Layer read_separable_conv2d(const ConfigReader& reader);
Layer read_max_pooling1d(const ConfigReader& reader);
Layer read_average_pooling1d(const ConfigReader& reader);
Layer read_max_pooling3d(const ConfigReader& reader);
Layer read_average_pooling3d(const ConfigReader& reader);
Layer read_global_max_pooling1d(const ConfigReader& reader);
Layer read_global_max_pooling2d(const ConfigReader& reader);
Layer read_global_max_pooling3d(const ConfigReader& reader);
Layer read_global_average_pooling1d(const ConfigReader& reader);
Layer read_global_average_pooling2d(const ConfigReader& reader);
Layer read_global_average_pooling3d(const ConfigReader& reader);
Layer read_batch_normalization(const ConfigReader& reader);
Layer read_layer_normalization(const ConfigReader& reader);
Layer read_zero_padding2d(const ConfigReader& reader);
Layer read_up_sampling2d(const ConfigReader& reader);
Layer read_cropping2d(const ConfigReader& reader);
Layer read_repeat_vector(const ConfigReader& reader);
Layer read_gaussian_noise(const ConfigReader& reader);
Layer read_gaussian_dropout(const ConfigReader& reader);
Layer read_alpha_dropout(const ConfigReader& reader);
Layer read_activity_regularization(const ConfigReader& reader);
Layer read_prelu(const ConfigReader& reader);
Layer read_reshape(const ConfigReader& reader);
Layer read_rescaling(const ConfigReader& reader);
Layer read_spatial_dropout2d(const ConfigReader& reader);
Layer read_relu(const ConfigReader& reader);
Layer read_leaky_relu(const ConfigReader& reader);
Layer read_elu(const ConfigReader& reader);
Layer read_softmax(const ConfigReader& reader);
Layer read_add(const ConfigReader& reader);
Layer read_concatenate(const ConfigReader& reader);

}  // namespace folio::internal
