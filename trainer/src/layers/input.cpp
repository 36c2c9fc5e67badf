#include <folio/datasets/error.h>

#include <string_view>

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

namespace {

/// The extents of `[null, 28, 28, 1]` from `first` on; empty if they are not fixed or not a shape.
Shape extents_from(const nlohmann::json& value, std::size_t first) {
  Shape shape;
  if (!value.is_array()) return {};
  for (std::size_t axis = first; axis < value.size(); ++axis) {
    if (!value[axis].is_number_integer() || value[axis] < 1 || value[axis] > 1 << 24) return {};
    shape.push_back(value[axis].get<std::int64_t>());
  }
  return shape;
}

}  // namespace

Shape input_shape_in(const nlohmann::json& config) {
  for (const char* key : {"batch_input_shape", "batch_shape", "input_shape", "shape"}) {
    if (!config.contains(key)) continue;
    const bool with_batch = std::string_view(key).starts_with("batch");
    Shape shape = extents_from(config[key], with_batch ? 1 : 0);
    if (!shape.empty()) return shape;
  }
  return {};
}

Layer read_input(const ConfigReader& reader) {
  for (const char* argument : {"sparse", "ragged", "optional"}) reader.expect(argument, false);
  reader.pass_over({"shape"});
  const Shape shape = input_shape_in(reader.config());
  if (shape.empty()) {
    reader.refuse(
        "has no shape with fixed extents, such as \"batch_input_shape\": [null, 28, 28, "
        "1]: write the size of your images there");
  }
  return Input(shape, reader.name());
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
