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

class DenseDefinition : public LayerDefinition {
 public:
  DenseDefinition(int units, DenseOptions options)
      : units_(units),
        options_(std::move(options)),
        activation_(parse_activation(options_.activation)) {
    if (units <= 0) {
      throw Error(ErrorKind::kUsage, "Dense: units must be positive, got " + std::to_string(units));
    }
  }

  [[nodiscard]] std::string class_name() const override { return "Dense"; }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    if (input.empty()) throw Error(ErrorKind::kModel, "expects an input of at least one axis");
    Shape shape = input;
    shape.back() = units_;
    return shape;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    std::vector<WeightSpec> specs{{"kernel",
                                   {input.back(), units_},
                                   options_.kernel_initializer,
                                   options_.kernel_regularizer,
                                   options_.kernel_constraint}};
    if (options_.use_bias)
      specs.push_back({"bias",
                       {units_},
                       options_.bias_initializer,
                       options_.bias_regularizer,
                       options_.bias_constraint});
    return specs;
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"units", units_},
            {"activation", options_.activation},
            {"use_bias", options_.use_bias},
            {"kernel_initializer", initializer_config(options_.kernel_initializer)},
            {"bias_initializer", initializer_config(options_.bias_initializer)},
            {"kernel_regularizer", regularizer_config(options_.kernel_regularizer)},
            {"bias_regularizer", regularizer_config(options_.bias_regularizer)},
            {"activity_regularizer", regularizer_config(options_.activity_regularizer)},
            {"kernel_constraint", constraint_config(options_.kernel_constraint)},
            {"bias_constraint", constraint_config(options_.bias_constraint)}};
  }

  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    const int bias = options_.use_bias ? weights[1] : -1;
    // On images a dense layer acts on the channels of each cell: a convolution of one cell.
    const Value value = network.value(input).layout == Layout::kRows
                            ? network.dense(input, units_, weights[0], bias)
                            : network.convolution(input, units_, 1, 1, 1, false, weights[0], bias);
    return network.activity_regularization(network.activation(value, activation_),
                                           options_.activity_regularizer);
  }

 private:
  int units_;
  DenseOptions options_;
  ActivationFunction activation_;
};

}  // namespace

Layer read_dense(const ConfigReader& reader) {
  return Dense(reader.integer("units"),
               {.activation = reader.string("activation", "linear"),
                .use_bias = reader.boolean("use_bias", true),
                .kernel_initializer = reader.initializer("kernel_initializer", "glorot_uniform"),
                .bias_initializer = reader.initializer("bias_initializer", "zeros"),
                .kernel_regularizer = reader.regularizer("kernel_regularizer"),
                .bias_regularizer = reader.regularizer("bias_regularizer"),
                .activity_regularizer = reader.regularizer("activity_regularizer"),
                .kernel_constraint = reader.constraint("kernel_constraint"),
                .bias_constraint = reader.constraint("bias_constraint"),
                .name = reader.name()});
}

}  // namespace internal

Dense::Dense(int units, DenseOptions options)
    : Layer(std::make_shared<internal::DenseDefinition>(units, options), options.name) {}

}  // namespace folio
