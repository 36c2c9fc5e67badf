/// InputDefinition: the layer that only declares a shape.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "../layer_definition.h"

namespace folio::internal {

/// Lets images of one shape pass and refuses all others.
class InputDefinition : public LayerDefinition {
 public:
  explicit InputDefinition(Shape shape) : shape_(std::move(shape)) {}
  [[nodiscard]] const Shape& shape() const { return shape_; }

  [[nodiscard]] std::string class_name() const override { return "InputLayer"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override;
  [[nodiscard]] nlohmann::ordered_json config() const override;
  Value lower(Network&, Value input, const std::vector<int>&) const override { return input; }

 private:
  Shape shape_;
};

/// The shape in `[null, 28, 28, 1]`; empty if it is not fixed or not a shape.
Shape shape_from_batch_shape(const nlohmann::json& value);

}  // namespace folio::internal
