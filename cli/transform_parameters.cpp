#include "transform_parameters.h"

#include <cstdio>
#include <optional>

namespace folio::cli {
namespace {

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

Json rectangle_json(const PixelRectangle& rectangle) {
  return {{"top", rectangle.top},
          {"left", rectangle.left},
          {"height", rectangle.height},
          {"width", rectangle.width}};
}

std::string rectangle_text(const PixelRectangle& rectangle) {
  return std::to_string(rectangle.width) + "x" + std::to_string(rectangle.height) + " px";
}

}  // namespace

Json parameters_json(const TransformParameters& drawn) {
  const auto or_null = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json json = {{"theta", drawn.theta},
               {"tx", drawn.tx},
               {"ty", drawn.ty},
               {"shear", drawn.shear},
               {"zx", drawn.zx},
               {"zy", drawn.zy},
               {"flip_horizontal", drawn.flip_horizontal},
               {"flip_vertical", drawn.flip_vertical},
               {"channel_shift_intensity", or_null(drawn.channel_shift_intensity)},
               {"brightness", or_null(drawn.brightness)}};
  if (drawn.contrast) json["contrast"] = *drawn.contrast;
  if (drawn.saturation) json["saturation"] = *drawn.saturation;
  if (drawn.hue) json["hue"] = *drawn.hue;
  if (drawn.erase) json["erase"] = rectangle_json(*drawn.erase);
  if (drawn.mix) {
    json["mix"] = {{"partner", drawn.mix->partner}, {"share", drawn.mix->share}};
    if (drawn.mix->pasted) json["mix"]["pasted"] = rectangle_json(*drawn.mix->pasted);
  }
  return json;
}

std::vector<std::string> describe_parameters(const TransformParameters& drawn) {
  std::vector<std::string> lines;
  const auto number = [&](const char* name, const std::optional<double>& value, double neutral,
                          const char* unit) {
    if (value && *value != neutral) lines.push_back(name + (" " + rounded(*value)) + unit);
  };
  number("rotation", drawn.theta, 0.0, "\u00B0");
  number("width shift", drawn.ty, 0.0, " px");
  number("height shift", drawn.tx, 0.0, " px");
  number("shear", drawn.shear, 0.0, "\u00B0");
  if (drawn.zx != 1.0 || drawn.zy != 1.0) {
    lines.push_back("zoom " + rounded(drawn.zx) + ", " + rounded(drawn.zy));
  }
  if (drawn.flip_horizontal) lines.emplace_back("flip left-right");
  if (drawn.flip_vertical) lines.emplace_back("flip up-down");
  number("channels", drawn.channel_shift_intensity, 0.0, "");
  number("brightness", drawn.brightness, 1.0, "");
  number("contrast", drawn.contrast, 1.0, "");
  number("saturation", drawn.saturation, 1.0, "");
  number("hue", drawn.hue, 0.0, "\u00B0");
  if (drawn.erase) lines.push_back("erased " + rectangle_text(*drawn.erase));
  if (drawn.mix) {
    char text[32];
    std::snprintf(text, sizeof text, "%s %.0f %%", drawn.mix->pasted ? "cutmix" : "mixup",
                  100.0 * drawn.mix->share);
    lines.emplace_back(text);
  }
  if (lines.empty()) lines.emplace_back("unchanged");
  return lines;
}

}  // namespace folio::cli
