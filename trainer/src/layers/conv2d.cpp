#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../constraint.h"
#include "../initializer.h"
#include "../layer_definition.h"
#include "../regularizer.h"
#include "config_reader.h"
#include "layer_kinds.h"
#include "window.h"

namespace folio {
namespace internal {
namespace {

class Conv2DDefinition : public LayerDefinition {
 public:
  Conv2DDefinition(int filters, Extent2D kernel_size, Conv2DOptions options)
      : filters_(filters),
        kernel_size_(kernel_size),
        options_(std::move(options)),
        activation_(parse_activation(options_.activation)) {
    if (filters <= 0) {
      throw Error(ErrorKind::kUsage,
                  "Conv2D: filters must be positive, got " + std::to_string(filters));
    }
    check_extent("Conv2D", "kernel_size", kernel_size_);
    check_extent("Conv2D", "strides", options_.strides);
    check_extent("Conv2D", "dilation_rate", options_.dilation_rate);
    same_ = parse_padding("Conv2D", options_.padding);
    if (options_.groups <= 0 || filters % options_.groups != 0) {
      throw Error(ErrorKind::kUsage, "Conv2D: groups must divide filters, got " +
                                         std::to_string(options_.groups) + " groups and " +
                                         std::to_string(filters) + " filters");
    }
    const bool strided = options_.strides.height > 1 || options_.strides.width > 1;
    const bool dilated = options_.dilation_rate.height > 1 || options_.dilation_rate.width > 1;
    if (strided && dilated) {
      throw Error(ErrorKind::kUsage, "Conv2D: strides and dilation_rate cannot both exceed 1");
    }
  }

  [[nodiscard]] std::string class_name() const override { return "Conv2D"; }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    const Extent2D reach{(kernel_size_.height - 1) * options_.dilation_rate.height + 1,
                         (kernel_size_.width - 1) * options_.dilation_rate.width + 1};
    Shape shape = window_output_shape(input, reach, options_.strides, same_);
    if (input[2] % options_.groups != 0) {
      throw Error(ErrorKind::kModel, "has " + std::to_string(options_.groups) +
                                         " groups, which do not divide the channels of an input "
                                         "of shape " +
                                         to_string(input));
    }
    shape[2] = filters_;
    return shape;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    std::vector<WeightSpec> specs{
        {"kernel",
         {kernel_size_.height, kernel_size_.width, input[2] / options_.groups, filters_},
         options_.kernel_initializer,
         options_.kernel_regularizer,
         options_.kernel_constraint}};
    if (options_.use_bias)
      specs.push_back({"bias",
                       {filters_},
                       options_.bias_initializer,
                       options_.bias_regularizer,
                       options_.bias_constraint});
    return specs;
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"filters", filters_},
            {"kernel_size", to_json(kernel_size_)},
            {"strides", to_json(options_.strides)},
            {"padding", same_ ? "same" : "valid"},
            {"data_format", "channels_last"},
            {"dilation_rate", to_json(options_.dilation_rate)},
            {"groups", options_.groups},
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
    const Value value = network.convolution(input, filters_, kernel_size_, options_.strides,
                                            options_.dilation_rate, same_, weights[0],
                                            options_.use_bias ? weights[1] : -1, options_.groups);
    return network.activity_regularization(network.activation(value, activation_),
                                           options_.activity_regularizer);
  }

 private:
  int filters_;
  Extent2D kernel_size_;
  Conv2DOptions options_;
  ActivationFunction activation_;
  bool same_ = false;
};

}  // namespace

Layer read_conv2d(const nlohmann::json& config) {
  const ConfigReader reader("Conv2D", config);
  reader.expect("data_format", "channels_last");
  return Conv2D(reader.integer("filters"), reader.extent("kernel_size", 0),
                {.strides = reader.extent("strides", 1),
                 .padding = reader.string("padding", "valid"),
                 .dilation_rate = reader.extent("dilation_rate", 1),
                 .groups = reader.integer("groups", 1),
                 .activation = reader.string("activation", "linear"),
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

Conv2D::Conv2D(int filters, Extent2D kernel_size, Conv2DOptions options)
    : Layer(std::make_shared<internal::Conv2DDefinition>(filters, kernel_size, options),
            options.name) {}

}  // namespace folio
