#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <map>
#include <string>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio::internal {
namespace {

using Reader = Layer (*)(const ConfigReader&);

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> kReaders{
      {"InputLayer", read_input},
      {"Conv2D", read_conv2d},
      {"Convolution2D", read_conv2d},
      {"MaxPooling2D", read_max_pooling2d},
      {"MaxPool2D", read_max_pooling2d},
      {"AveragePooling2D", read_average_pooling2d},
      {"AvgPool2D", read_average_pooling2d},
      {"Flatten", read_flatten},
      {"Dense", read_dense},
      {"Dropout", read_dropout},
      {"Activation", read_activation},
      {"Conv1D", read_conv1d},
      {"Convolution1D", read_conv1d},
      {"Conv3D", read_conv3d},
      {"Convolution3D", read_conv3d},
      {"DepthwiseConv2D", read_depthwise_conv2d},
      {"SeparableConv2D", read_separable_conv2d},
      {"SeparableConvolution2D", read_separable_conv2d},
      {"MaxPooling1D", read_max_pooling1d},
      {"MaxPool1D", read_max_pooling1d},
      {"AveragePooling1D", read_average_pooling1d},
      {"AvgPool1D", read_average_pooling1d},
      {"MaxPooling3D", read_max_pooling3d},
      {"MaxPool3D", read_max_pooling3d},
      {"AveragePooling3D", read_average_pooling3d},
      {"AvgPool3D", read_average_pooling3d},
      {"GlobalMaxPooling1D", read_global_max_pooling1d},
      {"GlobalMaxPool1D", read_global_max_pooling1d},
      {"GlobalMaxPooling2D", read_global_max_pooling2d},
      {"GlobalMaxPool2D", read_global_max_pooling2d},
      {"GlobalMaxPooling3D", read_global_max_pooling3d},
      {"GlobalMaxPool3D", read_global_max_pooling3d},
      {"GlobalAveragePooling1D", read_global_average_pooling1d},
      {"GlobalAvgPool1D", read_global_average_pooling1d},
      {"GlobalAveragePooling2D", read_global_average_pooling2d},
      {"GlobalAvgPool2D", read_global_average_pooling2d},
      {"GlobalAveragePooling3D", read_global_average_pooling3d},
      {"GlobalAvgPool3D", read_global_average_pooling3d},
      {"BatchNormalization", read_batch_normalization},
      {"LayerNormalization", read_layer_normalization},
      {"ZeroPadding2D", read_zero_padding2d},
      {"UpSampling2D", read_up_sampling2d},
      {"Cropping2D", read_cropping2d},
      {"RepeatVector", read_repeat_vector},
      {"Reshape", read_reshape},
      {"Rescaling", read_rescaling},
      {"SpatialDropout2D", read_spatial_dropout2d},
      {"GaussianNoise", read_gaussian_noise},
      {"GaussianDropout", read_gaussian_dropout},
      {"AlphaDropout", read_alpha_dropout},
      {"ActivityRegularization", read_activity_regularization},
      {"ReLU", read_relu},
      {"PReLU", read_prelu},
      {"LeakyReLU", read_leaky_relu},
      {"ELU", read_elu},
      {"Softmax", read_softmax},
      {"Add", read_add},
      {"Concatenate", read_concatenate},
  };
  return kReaders;
}

/// Refuses another type of numbers than float32; Keras 3 writes a policy, `{"class_name":
/// "DTypePolicy", "config": {"name": "float32"}}`.
void expect_float32(const ConfigReader& reader) {
  if (!reader.has("dtype")) return;
  const nlohmann::json& dtype = reader.at("dtype");
  const bool policy = dtype.is_object() && dtype.contains("config") && dtype["config"].is_object();
  if (policy && dtype["config"].value("name", nlohmann::json()) == "float32") return;
  reader.expect("dtype", "float32");
}

/// What any layer of Keras may have besides its own arguments.
void read_common_arguments(const ConfigReader& reader, Layer& layer) {
  layer.set_trainable(reader.boolean("trainable", true));
  expect_float32(reader);
  // The shape of the first layer is the model's to read; that of others says nothing new.
  reader.pass_over({"batch_input_shape", "batch_shape", "input_shape", "autocast"});
}

}  // namespace

std::vector<std::string> layer_class_names() {
  std::vector<std::string> names;
  for (const auto& [name, reader] : readers()) names.push_back(name);
  return names;
}

Layer make_layer(const std::string& class_name, const nlohmann::json& config) {
  const ConfigReader reader(class_name, config);
  const auto read = readers().find(class_name);
  if (read == readers().end()) {
    reader.refuse("is not supported" + did_you_mean(class_name, layer_class_names()));
  }
  try {
    Layer layer = read->second(reader);
    read_common_arguments(reader, layer);
    reader.refuse_unknown();
    return layer;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kModel) throw;
    reader.refuse(std::string("is not valid: ") + error.what());
  }
}

}  // namespace folio::internal
