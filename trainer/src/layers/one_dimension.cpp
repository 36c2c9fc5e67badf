// Layers over steps x C. They are computed as images of height 1.
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

Shape output_steps(const Shape& input, int window, int strides, bool same) {
  if (input.size() != 2) {
    throw Error(ErrorKind::kModel, "expects an input of shape steps x C, got " + to_string(input));
  }
  const Shape image = window_output_shape({1, input[0], input[1]}, {1, window}, {1, strides}, same);
  return {image[1], image[2]};
}

class Conv1DDefinition : public LayerDefinition {
 public:
  Conv1DDefinition(int filters, int kernel_size, Conv1DOptions options)
      : filters_(filters),
        kernel_size_(kernel_size),
        options_(std::move(options)),
        activation_(parse_activation(options_.activation)),
        same_(parse_padding("Conv1D", options_.padding)) {
    if (filters <= 0) {
      throw Error(ErrorKind::kUsage,
                  "Conv1D: filters must be positive, got " + std::to_string(filters));
    }
    check_extent("Conv1D", "kernel_size", kernel_size);
    check_extent("Conv1D", "strides", options_.strides);
    check_extent("Conv1D", "dilation_rate", options_.dilation_rate);
    if (options_.strides > 1 && options_.dilation_rate > 1) {
      throw Error(ErrorKind::kUsage, "Conv1D: strides and dilation_rate cannot both exceed 1");
    }
    if (options_.groups <= 0 || filters % options_.groups != 0) {
      throw Error(ErrorKind::kUsage, "Conv1D: groups must divide filters, got " +
                                         std::to_string(options_.groups) + " groups and " +
                                         std::to_string(filters) + " filters");
    }
  }

  [[nodiscard]] std::string class_name() const override { return "Conv1D"; }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    Shape shape = output_steps(input, (kernel_size_ - 1) * options_.dilation_rate + 1,
                               options_.strides, same_);
    if (input[1] % options_.groups != 0) {
      throw Error(ErrorKind::kModel, "has " + std::to_string(options_.groups) +
                                         " groups, which do not divide the channels of an input "
                                         "of shape " +
                                         to_string(input));
    }
    shape[1] = filters_;
    return shape;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    std::vector<WeightSpec> specs{{"kernel",
                                   {kernel_size_, input[1] / options_.groups, filters_},
                                   options_.kernel_initializer,
                                   options_.kernel_regularizer,
                                   options_.kernel_constraint}};
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
    return {{"filters", filters_},
            {"kernel_size", {kernel_size_}},
            {"strides", {options_.strides}},
            {"padding", same_ ? "same" : "valid"},
            {"data_format", "channels_last"},
            {"dilation_rate", {options_.dilation_rate}},
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
    const Value value = network.convolution(
        input, filters_, {1, kernel_size_}, {1, options_.strides}, {1, options_.dilation_rate},
        same_, weights[0], options_.use_bias ? weights[1] : -1, options_.groups);
    return network.activity_regularization(network.activation(value, activation_),
                                           options_.activity_regularizer);
  }

 private:
  int filters_;
  int kernel_size_;
  Conv1DOptions options_;
  ActivationFunction activation_;
  bool same_;
};

class Pooling1DDefinition : public LayerDefinition {
 public:
  Pooling1DDefinition(bool max, Pooling1DOptions options)
      : max_(max), options_(std::move(options)) {
    const char* layer = max ? "MaxPooling1D" : "AveragePooling1D";
    if (options_.strides == 0) options_.strides = options_.pool_size;
    check_extent(layer, "pool_size", options_.pool_size);
    check_extent(layer, "strides", options_.strides);
    same_ = parse_padding(layer, options_.padding);
  }

  [[nodiscard]] std::string class_name() const override {
    return max_ ? "MaxPooling1D" : "AveragePooling1D";
  }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return output_steps(input, options_.pool_size, options_.strides, same_);
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"strides", {options_.strides}},
            {"pool_size", {options_.pool_size}},
            {"padding", same_ ? "same" : "valid"},
            {"data_format", "channels_last"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.pooling(input, max_, {1, options_.pool_size}, {1, options_.strides}, same_);
  }

 private:
  bool max_;
  Pooling1DOptions options_;
  bool same_ = false;
};

Pooling1DOptions read_pooling(const ConfigReader& reader) {
  reader.expect("data_format", "channels_last");
  return {.pool_size = reader.extent1d("pool_size", 2),
          .strides = reader.extent1d("strides", 0),
          .padding = reader.string("padding", "valid"),
          .name = reader.name()};
}

}  // namespace

Layer read_conv1d(const nlohmann::json& config) {
  const ConfigReader reader("Conv1D", config);
  reader.expect("data_format", "channels_last");
  return Conv1D(reader.integer("filters"), reader.extent1d("kernel_size", 0),
                {.strides = reader.extent1d("strides", 1),
                 .padding = reader.string("padding", "valid"),
                 .dilation_rate = reader.extent1d("dilation_rate", 1),
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

Layer read_max_pooling1d(const nlohmann::json& config) {
  return MaxPooling1D(read_pooling(ConfigReader("MaxPooling1D", config)));
}

Layer read_average_pooling1d(const nlohmann::json& config) {
  return AveragePooling1D(read_pooling(ConfigReader("AveragePooling1D", config)));
}

}  // namespace internal

Conv1D::Conv1D(int filters, int kernel_size, Conv1DOptions options)
    : Layer(std::make_shared<internal::Conv1DDefinition>(filters, kernel_size, options),
            options.name) {}

MaxPooling1D::MaxPooling1D(Pooling1DOptions options)
    : Layer(std::make_shared<internal::Pooling1DDefinition>(true, options), options.name) {}

AveragePooling1D::AveragePooling1D(Pooling1DOptions options)
    : Layer(std::make_shared<internal::Pooling1DDefinition>(false, options), options.name) {}

}  // namespace folio
