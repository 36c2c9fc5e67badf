#include "summary.h"

#include <array>
#include <cstdio>

#include "layer_definition.h"

namespace folio::internal {
namespace {

constexpr std::size_t kWidth = 65;
constexpr std::array<std::size_t, 2> kStops{29, 55};  // .45 and .85 of the width, as in Keras 2.

std::string row(const std::string& layer, const std::string& shape, const std::string& parameters) {
  std::string line = layer.substr(0, kStops[0] - 1);
  line.resize(kStops[0], ' ');
  line += shape.substr(0, kStops[1] - kStops[0] - 1);
  line.resize(kStops[1], ' ');
  return line + parameters + "\n";
}

/// `(None, 26, 26, 32)`
std::string batch_shape(const Shape& shape) {
  std::string text = "(None";
  for (const std::int64_t extent : shape) text += ", " + std::to_string(extent);
  return text + ")";
}

std::string with_commas(std::size_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string total(const char* what, std::size_t parameters) {
  std::array<char, 32> size{};
  const double kilobytes = static_cast<double>(parameters) * sizeof(float) / 1024.0;
  if (kilobytes < 1024.0) {
    std::snprintf(size.data(), size.size(), "%.2f KB", kilobytes);
  } else {
    std::snprintf(size.data(), size.size(), "%.2f MB", kilobytes / 1024.0);
  }
  return std::string(what) + ": " + with_commas(parameters) + " (" + size.data() + ")\n";
}

}  // namespace

std::string summary(const std::string& name, const std::vector<Layer>& layers,
                    const Shape& input_shape) {
  const std::string thin = std::string(kWidth, '_') + "\n";
  const std::string thick = std::string(kWidth, '=') + "\n";
  std::string text =
      "Model: \"" + name + "\"\n" + thin + row("Layer (type)", "Output Shape", "Param #") + thick;
  std::size_t parameters = 0;
  Shape shape = input_shape;
  for (const Layer& layer : layers) {
    const std::string label = layer.name() + " (" + layer.class_name() + ")";
    if (shape.empty()) {
      text += row(label, "?", "0 (unbuilt)");
      continue;
    }
    std::size_t own = 0;
    for (const WeightSpec& weight : layer.definition().weights(shape)) {
      own += element_count(weight.shape);
    }
    shape = layer.output_shape(shape);
    text += row(label, batch_shape(shape), std::to_string(own));
    parameters += own;
  }
  return text + thick + total("Total params", parameters) + total("Trainable params", parameters) +
         total("Non-trainable params", 0);
}

}  // namespace folio::internal
