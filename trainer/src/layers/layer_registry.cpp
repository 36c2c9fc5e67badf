#include <folio/datasets/error.h>

#include <map>
#include <string>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio::internal {

Layer make_layer(const std::string& class_name, const nlohmann::json& config) {
  using Reader = Layer (*)(const nlohmann::json&);
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
      {"Add", read_add},
      {"Concatenate", read_concatenate},
  };
  const auto reader = kReaders.find(class_name);
  if (reader == kReaders.end()) {
    ConfigReader(class_name, config).refuse("is not supported");
  }
  try {
    return reader->second(config);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kModel) throw;
    ConfigReader(class_name, config).refuse(std::string("is not valid: ") + error.what());
  }
}

}  // namespace folio::internal
