#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../constraint.h"
#include "../initializer.h"
#include "../layer_definition.h"
#include "../regularizer.h"
#include "channels_first.h"
#include "config_reader.h"
#include "layer_kinds.h"
#include "window.h"

namespace folio {
namespace internal {
namespace {

Extent3D reach_of(Extent2D kernel, Extent2D dilation) {
  return {1, (kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1};
}

void check_window(const char* layer, Extent2D kernel, Extent2D strides, Extent2D dilation,
                  int depth_multiplier) {
  check_extent(layer, "kernel_size", over_volumes(kernel));
  check_extent(layer, "strides", over_volumes(strides));
  check_extent(layer, "dilation_rate", over_volumes(dilation));
  if ((strides.height > 1 || strides.width > 1) && (dilation.height > 1 || dilation.width > 1)) {
    throw Error(ErrorKind::kUsage,
                std::string(layer) + ": strides and dilation_rate cannot both exceed 1");
  }
  if (depth_multiplier <= 0) {
    throw Error(ErrorKind::kUsage, std::string(layer) +
                                       ": depth_multiplier must be positive, got " +
                                       std::to_string(depth_multiplier));
  }
}

nlohmann::ordered_json window_config(Extent2D kernel, Extent2D strides, bool same,
                                     Extent2D dilation, int depth_multiplier) {
  return {{"kernel_size", to_json(kernel)},      {"strides", to_json(strides)},
          {"padding", same ? "same" : "valid"},  {"data_format", "channels_last"},
          {"dilation_rate", to_json(dilation)},  {"groups", 1},
          {"depth_multiplier", depth_multiplier}};
}

/// Regularizers and constraints that both layers have.
template <typename Options>
void add_rules(nlohmann::ordered_json& config, const Options& options) {
  config["depthwise_regularizer"] = regularizer_config(options.depthwise_regularizer);
  config["bias_regularizer"] = regularizer_config(options.bias_regularizer);
  config["activity_regularizer"] = regularizer_config(options.activity_regularizer);
  config["depthwise_constraint"] = constraint_config(options.depthwise_constraint);
  config["bias_constraint"] = constraint_config(options.bias_constraint);
}

class DepthwiseConv2DDefinition : public LayerDefinition {
 public:
  DepthwiseConv2DDefinition(Extent2D kernel_size, DepthwiseConv2DOptions options)
      : kernel_size_(kernel_size),
        options_(std::move(options)),
        activation_(parse_activation(options_.activation)),
        same_(parse_padding("DepthwiseConv2D", options_.padding)) {
    check_window("DepthwiseConv2D", kernel_size_, options_.strides, options_.dilation_rate,
                 options_.depth_multiplier);
  }

  [[nodiscard]] std::string class_name() const override { return "DepthwiseConv2D"; }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    Shape shape = window_output_shape(input, reach_of(kernel_size_, options_.dilation_rate),
                                      over_volumes(options_.strides), same_);
    shape[2] *= options_.depth_multiplier;
    return shape;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    std::vector<WeightSpec> specs{
        {"depthwise_kernel",
         {kernel_size_.height, kernel_size_.width, input[2], options_.depth_multiplier},
         options_.depthwise_initializer,
         options_.depthwise_regularizer,
         options_.depthwise_constraint}};
    if (options_.use_bias) {
      specs.push_back({"bias",
                       {input[2] * options_.depth_multiplier},
                       options_.bias_initializer,
                       options_.bias_regularizer,
                       options_.bias_constraint});
    }
    return specs;
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json config = window_config(
        kernel_size_, options_.strides, same_, options_.dilation_rate, options_.depth_multiplier);
    config["activation"] = options_.activation;
    config["use_bias"] = options_.use_bias;
    config["bias_initializer"] = initializer_config(options_.bias_initializer);
    config["depthwise_initializer"] = initializer_config(options_.depthwise_initializer);
    add_rules(config, options_);
    return config;
  }

  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    const int channels = network.value(input).channels;
    const Value value =
        network.convolution(input, channels * options_.depth_multiplier, over_volumes(kernel_size_),
                            over_volumes(options_.strides), over_volumes(options_.dilation_rate),
                            same_, weights[0], options_.use_bias ? weights[1] : -1, channels);
    return network.activity_regularization(network.activation(value, activation_),
                                           options_.activity_regularizer);
  }

 private:
  Extent2D kernel_size_;
  DepthwiseConv2DOptions options_;
  ActivationFunction activation_;
  bool same_;
};

class SeparableConv2DDefinition : public LayerDefinition {
 public:
  SeparableConv2DDefinition(int filters, Extent2D kernel_size, SeparableConv2DOptions options)
      : filters_(filters),
        kernel_size_(kernel_size),
        options_(std::move(options)),
        activation_(parse_activation(options_.activation)),
        same_(parse_padding("SeparableConv2D", options_.padding)) {
    if (filters <= 0) {
      throw Error(ErrorKind::kUsage,
                  "SeparableConv2D: filters must be positive, got " + std::to_string(filters));
    }
    check_window("SeparableConv2D", kernel_size_, options_.strides, options_.dilation_rate,
                 options_.depth_multiplier);
  }

  [[nodiscard]] std::string class_name() const override { return "SeparableConv2D"; }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    Shape shape = window_output_shape(input, reach_of(kernel_size_, options_.dilation_rate),
                                      over_volumes(options_.strides), same_);
    shape[2] = filters_;
    return shape;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    std::vector<WeightSpec> specs{
        {"depthwise_kernel",
         {kernel_size_.height, kernel_size_.width, input[2], options_.depth_multiplier},
         options_.depthwise_initializer,
         options_.depthwise_regularizer,
         options_.depthwise_constraint},
        {"pointwise_kernel",
         {1, 1, input[2] * options_.depth_multiplier, filters_},
         options_.pointwise_initializer,
         options_.pointwise_regularizer,
         options_.pointwise_constraint}};
    if (options_.use_bias) {
      specs.push_back({"bias",
                       {filters_},
                       options_.bias_initializer,
                       options_.bias_regularizer,
                       options_.bias_constraint});
    }
    return specs;
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json config{{"filters", filters_}};
    config.update(window_config(kernel_size_, options_.strides, same_, options_.dilation_rate,
                                options_.depth_multiplier));
    config["activation"] = options_.activation;
    config["use_bias"] = options_.use_bias;
    config["bias_initializer"] = initializer_config(options_.bias_initializer);
    config["depthwise_initializer"] = initializer_config(options_.depthwise_initializer);
    config["pointwise_initializer"] = initializer_config(options_.pointwise_initializer);
    add_rules(config, options_);
    config["pointwise_regularizer"] = regularizer_config(options_.pointwise_regularizer);
    config["pointwise_constraint"] = constraint_config(options_.pointwise_constraint);
    return config;
  }

  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    const int channels = network.value(input).channels;
    const Value depthwise =
        network.convolution(input, channels * options_.depth_multiplier, over_volumes(kernel_size_),
                            over_volumes(options_.strides), over_volumes(options_.dilation_rate),
                            same_, weights[0], -1, channels);
    const Value value = network.convolution(depthwise, filters_, 1, 1, 1, false, weights[1],
                                            options_.use_bias ? weights[2] : -1);
    return network.activity_regularization(network.activation(value, activation_),
                                           options_.activity_regularizer);
  }

 private:
  int filters_;
  Extent2D kernel_size_;
  SeparableConv2DOptions options_;
  ActivationFunction activation_;
  bool same_;
};

void refuse_unsupported(const ConfigReader& reader) {
  reader.expect("groups", 1);
  // Keras 2 writes what these layers inherit from Conv2D and do not use.
  reader.pass_over({"kernel_initializer"});
  reader.refuse_set({"kernel_regularizer", "kernel_constraint"});
}

}  // namespace

Layer read_depthwise_conv2d(const ConfigReader& reader) {
  refuse_unsupported(reader);
  return DepthwiseConv2D(
      reader.extent("kernel_size", 0),
      {.strides = reader.extent("strides", 1),
       .padding = reader.string("padding", "valid"),
       .data_format = reader.string("data_format", "channels_last"),
       .depth_multiplier = reader.integer("depth_multiplier", 1),
       .dilation_rate = reader.extent("dilation_rate", 1),
       .activation = reader.string("activation", "linear"),
       .use_bias = reader.boolean("use_bias", true),
       .depthwise_initializer = reader.initializer("depthwise_initializer", "glorot_uniform"),
       .bias_initializer = reader.initializer("bias_initializer", "zeros"),
       .depthwise_regularizer = reader.regularizer("depthwise_regularizer"),
       .bias_regularizer = reader.regularizer("bias_regularizer"),
       .activity_regularizer = reader.regularizer("activity_regularizer"),
       .depthwise_constraint = reader.constraint("depthwise_constraint"),
       .bias_constraint = reader.constraint("bias_constraint"),
       .name = reader.name()});
}

Layer read_separable_conv2d(const ConfigReader& reader) {
  refuse_unsupported(reader);
  return SeparableConv2D(
      reader.integer("filters"), reader.extent("kernel_size", 0),
      {.strides = reader.extent("strides", 1),
       .padding = reader.string("padding", "valid"),
       .data_format = reader.string("data_format", "channels_last"),
       .dilation_rate = reader.extent("dilation_rate", 1),
       .depth_multiplier = reader.integer("depth_multiplier", 1),
       .activation = reader.string("activation", "linear"),
       .use_bias = reader.boolean("use_bias", true),
       .depthwise_initializer = reader.initializer("depthwise_initializer", "glorot_uniform"),
       .pointwise_initializer = reader.initializer("pointwise_initializer", "glorot_uniform"),
       .bias_initializer = reader.initializer("bias_initializer", "zeros"),
       .depthwise_regularizer = reader.regularizer("depthwise_regularizer"),
       .pointwise_regularizer = reader.regularizer("pointwise_regularizer"),
       .bias_regularizer = reader.regularizer("bias_regularizer"),
       .activity_regularizer = reader.regularizer("activity_regularizer"),
       .depthwise_constraint = reader.constraint("depthwise_constraint"),
       .pointwise_constraint = reader.constraint("pointwise_constraint"),
       .bias_constraint = reader.constraint("bias_constraint"),
       .name = reader.name()});
}

}  // namespace internal

DepthwiseConv2D::DepthwiseConv2D(Extent2D kernel_size, DepthwiseConv2DOptions options)
    : Layer(internal::in_data_format(
                std::make_shared<internal::DepthwiseConv2DDefinition>(kernel_size, options),
                options.data_format),
            options.name) {}

SeparableConv2D::SeparableConv2D(int filters, Extent2D kernel_size, SeparableConv2DOptions options)
    : Layer(internal::in_data_format(std::make_shared<internal::SeparableConv2DDefinition>(
                                         filters, kernel_size, options),
                                     options.data_format),
            options.name) {}

}  // namespace folio
