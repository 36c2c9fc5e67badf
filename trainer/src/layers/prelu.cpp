#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../constraint.h"
#include "../initializer.h"
#include "../layer_definition.h"
#include "../regularizer.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class PReLUDefinition : public LayerDefinition {
 public:
  explicit PReLUDefinition(PReLUOptions options) : options_(std::move(options)) {
    for (const int axis : options_.shared_axes) {
      if (axis >= 1) continue;
      throw Error(ErrorKind::kUsage,
                  "PReLU: shared_axes count from 1, got " + std::to_string(axis));
    }
  }

  [[nodiscard]] std::string class_name() const override { return "PReLU"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    for (const int axis : options_.shared_axes) {
      if (axis <= static_cast<int>(input.size())) continue;
      throw Error(ErrorKind::kModel, "shares axis " + std::to_string(axis) +
                                         ", which an input of shape " + to_string(input) +
                                         " does not have");
    }
    return input;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    Shape shape = input;
    for (const int axis : options_.shared_axes) shape.at(static_cast<std::size_t>(axis) - 1) = 1;
    return {{"alpha", shape, options_.alpha_initializer, options_.alpha_regularizer,
             options_.alpha_constraint}};
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json axes = nullptr;
    for (const int axis : options_.shared_axes) axes.push_back(axis);
    return {{"alpha_initializer", initializer_config(options_.alpha_initializer)},
            {"alpha_regularizer", regularizer_config(options_.alpha_regularizer)},
            {"alpha_constraint", constraint_config(options_.alpha_constraint)},
            {"shared_axes", std::move(axes)}};
  }

  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    return network.prelu(input, weights.front());
  }

 private:
  PReLUOptions options_;
};

}  // namespace

Layer read_prelu(const ConfigReader& reader) {
  return PReLU({.alpha_initializer = reader.initializer("alpha_initializer", "zeros"),
                .alpha_regularizer = reader.regularizer("alpha_regularizer"),
                .alpha_constraint = reader.constraint("alpha_constraint"),
                .shared_axes = reader.integers("shared_axes"),
                .name = reader.name()});
}

}  // namespace internal

PReLU::PReLU(PReLUOptions options)
    : Layer(std::make_shared<internal::PReLUDefinition>(options), options.name) {}

}  // namespace folio
