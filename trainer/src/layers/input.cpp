#include <folio/datasets/error.h>

#include "../layer_definition.h"
#include "../model_graph.h"
#include "config_reader.h"
#include "input.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {

nlohmann::ordered_json InputDefinition::config() const {
  nlohmann::ordered_json shape = {nullptr};
  for (const std::int64_t extent : shape_) shape.push_back(extent);
  return {{"batch_input_shape", shape}, {"sparse", false}, {"ragged", false}};
}

Shape InputDefinition::output_shape(const Shape& input) const {
  if (input != shape_) {
    throw Error(ErrorKind::kModel,
                "expects images of shape " + to_string(shape_) + ", got " + to_string(input));
  }
  return input;
}

Shape shape_from_batch_shape(const nlohmann::json& value) {
  Shape shape;
  if (!value.is_array() || value.size() < 2) return {};
  for (std::size_t axis = 1; axis < value.size(); ++axis) {
    if (!value[axis].is_number_integer() || value[axis] < 1 || value[axis] > 1 << 24) return {};
    shape.push_back(value[axis].get<std::int64_t>());
  }
  return shape;
}

Layer read_input(const nlohmann::json& config) {
  const ConfigReader reader("InputLayer", config);
  for (const char* key : {"batch_input_shape", "batch_shape"}) {
    if (!config.contains(key)) continue;
    const Shape shape = shape_from_batch_shape(config[key]);
    if (!shape.empty()) return Input(shape, reader.name());
  }
  reader.refuse("has no batch_input_shape with fixed extents");
}

}  // namespace internal

namespace {

std::shared_ptr<const internal::InputDefinition> input_definition(Shape shape) {
  bool positive = !shape.empty();
  for (const std::int64_t extent : shape) positive = positive && extent > 0;
  if (!positive) {
    throw Error(ErrorKind::kUsage, "Input: every extent must be positive, got " + to_string(shape));
  }
  return std::make_shared<internal::InputDefinition>(std::move(shape));
}

}  // namespace

Input::Input(Shape shape, std::string name)
    : Layer(input_definition(shape), std::move(name)),
      tensor_(std::make_shared<internal::SymbolicNode>(
          internal::SymbolicNode{*this, {}, std::move(shape)})) {}

}  // namespace folio
