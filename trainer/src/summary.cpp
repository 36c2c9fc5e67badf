#include "summary.h"

#include <array>
#include <cstdio>
#include <vector>

#include "layer_definition.h"

namespace folio::internal {
namespace {

/// Width of the table and where its columns end, as in Keras 2.
struct Table {
  std::size_t width;
  std::vector<std::size_t> stops;

  /// One line; a text that is too long is cut.
  [[nodiscard]] std::string row(const std::vector<std::string>& cells) const {
    std::string line;
    for (std::size_t i = 0; i < stops.size() && i < cells.size(); ++i) {
      line.resize(i == 0 ? 0 : stops[i - 1], ' ');
      const bool last = i + 1 == stops.size();
      line += cells[i].substr(0, stops[i] - line.size() - (last ? 0 : 1));
    }
    return line + "\n";
  }
};

/// Fractions of the width: .45 .85 1 of 65 columns, and .33 .55 .67 1 of 98.
Table table_for(const ModelGraph& graph) {
  if (graph.sequential) return {65, {29, 55, 65}};
  return {98, {32, 53, 65, 98}};
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

std::string summary(const std::string& name, const ModelGraph& graph, const Shape& input_shape) {
  const Table table = table_for(graph);
  const std::string thin = std::string(table.width, '_') + "\n";
  const std::string thick = std::string(table.width, '=') + "\n";
  std::string text = "Model: \"" + name + "\"\n" + thin +
                     table.row({"Layer (type)", "Output Shape", "Param #", "Connected to"}) + thick;
  std::size_t trainable = 0;
  std::size_t fixed = 0;
  const bool shaped = !input_shape.empty();
  const std::vector<Shape> shapes = shaped ? graph.shapes(input_shape) : std::vector<Shape>();
  for (std::size_t at = 0; at < graph.layers.size(); ++at) {
    const Layer& layer = graph.layers[at];
    const std::string label = layer.name() + " (" + layer.class_name() + ")";
    if (!shaped) {
      text += table.row({label, "?", "0 (unbuilt)"});
      continue;
    }
    std::size_t own = 0;
    const Shape first_input = graph.input_shapes(at, input_shape, shapes).front();
    for (const WeightSpec& weight : layer.definition().weights(first_input)) {
      own += element_count(weight.shape);
      (weight.trainable && layer.trainable() ? trainable : fixed) += element_count(weight.shape);
    }
    std::vector<std::string> cells{label, batch_shape(shapes[at]), std::to_string(own)};
    // One line for each layer that this one reads.
    for (const int from : graph.inputs[at]) {
      if (!graph.sequential && from != kModelInput) {
        cells.push_back(graph.layers[static_cast<std::size_t>(from)].name() + "[0][0]");
      }
      text += table.row(cells);
      cells = {"", "", ""};
    }
  }
  return text + thick + total("Total params", trainable + fixed) +
         total("Trainable params", trainable) + total("Non-trainable params", fixed);
}

}  // namespace folio::internal
