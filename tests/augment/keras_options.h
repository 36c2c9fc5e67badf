/// Keras' constructor arguments from reference files.
#pragma once
#include <folio/augment/options.h>
#include <nlohmann/json.hpp>

namespace folio::test {

inline ShiftRange shift_range(const nlohmann::json& value) {
  if (value.is_number_integer()) return ShiftRange(value.get<int>());
  if (value.is_number()) return ShiftRange(value.get<double>());
  return ShiftRange(value.get<std::vector<double>>());
}

inline FillMode fill_mode(const std::string& name) {
  return name == "constant"  ? FillMode::kConstant
         : name == "reflect" ? FillMode::kReflect
         : name == "wrap"    ? FillMode::kWrap
                             : FillMode::kNearest;
}

inline ImageDataGeneratorOptions keras_options(const nlohmann::json& config) {
  ImageDataGeneratorOptions options;
  for (const auto& [key, value] : config.items()) {
    if (key == "rotation_range")
      options.rotation_range = value;
    else if (key == "width_shift_range")
      options.width_shift_range = shift_range(value);
    else if (key == "height_shift_range")
      options.height_shift_range = shift_range(value);
    else if (key == "shear_range")
      options.shear_range = value;
    else if (key == "zoom_range" && value.is_array())
      options.zoom_range = {value[0], value[1]};
    else if (key == "zoom_range")
      options.zoom_range = ZoomRange(value.get<double>());
    else if (key == "brightness_range")
      options.brightness_range = {value[0], value[1]};
    else if (key == "channel_shift_range")
      options.channel_shift_range = value;
    else if (key == "horizontal_flip")
      options.horizontal_flip = value;
    else if (key == "vertical_flip")
      options.vertical_flip = value;
    else if (key == "fill_mode")
      options.fill_mode = fill_mode(value);
    else if (key == "cval")
      options.cval = value;
    else if (key == "interpolation_order")
      options.interpolation_order = value;
    else if (key == "rescale")
      options.rescale = value;
    else if (key == "featurewise_center")
      options.featurewise_center = value;
    else if (key == "featurewise_std_normalization")
      options.featurewise_std_normalization = value;
    else if (key == "samplewise_center")
      options.samplewise_center = value;
    else if (key == "samplewise_std_normalization")
      options.samplewise_std_normalization = value;
    else if (key == "zca_whitening")
      options.zca_whitening = value;
    else if (key == "zca_epsilon")
      options.zca_epsilon = value;
    else
      throw std::runtime_error("unknown option " + key);
  }
  return options;
}

}  // namespace folio::test
