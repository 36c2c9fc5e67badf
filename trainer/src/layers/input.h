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
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
  Value lower(Network&, Value input, const std::vector<int>&) const override { return input; }

 private:
  Shape shape_;
};

/// The shape of an image in a layer's configuration, under any of the names that Keras has for it:
/// `"batch_input_shape": [null, 28, 28, 1]`, `"input_shape": [28, 28, 1]`. Empty if there is none,
/// and if an extent is not fixed.
Shape input_shape_in(const nlohmann::json& config);

}  // namespace folio::internal
