// Convolutions over steps, images and volumes. All are windows over volumes with extents of 1 where
// an axis is missing.
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

class ConvolutionDefinition : public LayerDefinition {
 public:
  ConvolutionDefinition(int dimensions, int filters, Extent3D kernel_size, Conv3DOptions options)
      : dimensions_(dimensions),
        filters_(filters),
        kernel_size_(kernel_size),
        options_(std::move(options)),
        activation_(parse_activation(options_.activation)) {
    const std::string layer = class_name();
    if (filters <= 0) {
      throw Error(ErrorKind::kUsage,
                  layer + ": filters must be positive, got " + std::to_string(filters));
    }
    check_extent(layer, "kernel_size", kernel_size_, dimensions);
    check_extent(layer, "strides", options_.strides, dimensions);
    check_extent(layer, "dilation_rate", options_.dilation_rate, dimensions);
    causal_ = dimensions == 1 && options_.padding == "causal";
    const char* paddings = dimensions == 1 ? "'valid', 'same' or 'causal'" : "'valid' or 'same'";
    same_ = !causal_ && parse_padding(layer, options_.padding, paddings);
    if (options_.groups <= 0 || filters % options_.groups != 0) {
      throw Error(ErrorKind::kUsage, layer + ": groups must divide filters, got " +
                                         std::to_string(options_.groups) + " groups and " +
                                         std::to_string(filters) + " filters");
    }
    if (options_.strides != Extent3D(1) && options_.dilation_rate != Extent3D(1)) {
      throw Error(ErrorKind::kUsage, layer + ": strides and dilation_rate cannot both exceed 1");
    }
  }

  [[nodiscard]] std::string class_name() const override {
    return "Conv" + std::to_string(dimensions_) + "D";
  }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    const Extent3D& kernel = kernel_size_;
    const Extent3D& dilation = options_.dilation_rate;
    const Extent3D reach{(kernel.depth - 1) * dilation.depth + 1,
                         (kernel.height - 1) * dilation.height + 1,
                         (kernel.width - 1) * dilation.width + 1};
    // Zeros before the first step keep as many steps as the zeros on both sides of `same`.
    Shape shape =
        window_output_shape(input, reach, options_.strides, same_ || causal_, dimensions_);
    if (input.back() % options_.groups != 0) {
      throw Error(ErrorKind::kModel, "has " + std::to_string(options_.groups) +
                                         " groups, which do not divide the channels of an input "
                                         "of shape " +
                                         to_string(input));
    }
    shape.back() = filters_;
    return shape;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    Shape kernel;
    for (const int extent : extents(kernel_size_, dimensions_)) kernel.push_back(extent);
    kernel.push_back(input.back() / options_.groups);
    kernel.push_back(filters_);
    std::vector<WeightSpec> specs{{"kernel", std::move(kernel), options_.kernel_initializer,
                                   options_.kernel_regularizer, options_.kernel_constraint}};
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
            {"kernel_size", extents(kernel_size_, dimensions_)},
            {"strides", extents(options_.strides, dimensions_)},
            {"padding", causal_ ? "causal"
                        : same_ ? "same"
                                : "valid"},
            {"data_format", "channels_last"},
            {"dilation_rate", extents(options_.dilation_rate, dimensions_)},
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
    if (causal_) {
      const int before = (kernel_size_.width - 1) * options_.dilation_rate.width;
      input = network.padding(input, 0, 0, before, 0);
    }
    const Value value = network.convolution(input, filters_, kernel_size_, options_.strides,
                                            options_.dilation_rate, same_, weights[0],
                                            options_.use_bias ? weights[1] : -1, options_.groups);
    return network.activity_regularization(network.activation(value, activation_),
                                           options_.activity_regularizer);
  }

 private:
  int dimensions_;
  int filters_;
  Extent3D kernel_size_;
  Conv3DOptions options_;
  ActivationFunction activation_;
  bool same_ = false;
  bool causal_ = false;
};

/// Conv1DOptions or Conv2DOptions as those of three dimensions.
template <typename Options>
Conv3DOptions options_over_volumes(const Options& options) {
  return {.strides = over_volumes(options.strides),
          .padding = options.padding,
          .data_format = options.data_format,
          .dilation_rate = over_volumes(options.dilation_rate),
          .groups = options.groups,
          .activation = options.activation,
          .use_bias = options.use_bias,
          .kernel_initializer = options.kernel_initializer,
          .bias_initializer = options.bias_initializer,
          .kernel_regularizer = options.kernel_regularizer,
          .bias_regularizer = options.bias_regularizer,
          .activity_regularizer = options.activity_regularizer,
          .kernel_constraint = options.kernel_constraint,
          .bias_constraint = options.bias_constraint,
          .name = options.name};
}

Layer make(int dimensions, int filters, Extent3D kernel_size, const Conv3DOptions& options) {
  return Layer(in_data_format(std::make_shared<ConvolutionDefinition>(dimensions, filters,
                                                                      kernel_size, options),
                              options.data_format),
               options.name);
}

Layer read(int dimensions, const ConfigReader& reader) {
  return make(dimensions, reader.integer("filters"), reader.extent("kernel_size", dimensions, 0),
              {.strides = reader.extent("strides", dimensions, 1),
               .padding = reader.string("padding", "valid"),
               .data_format = reader.string("data_format", "channels_last"),
               .dilation_rate = reader.extent("dilation_rate", dimensions, 1),
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

}  // namespace

Layer read_conv1d(const ConfigReader& reader) { return read(1, reader); }
Layer read_conv2d(const ConfigReader& reader) { return read(2, reader); }
Layer read_conv3d(const ConfigReader& reader) { return read(3, reader); }

}  // namespace internal

Conv1D::Conv1D(int filters, int kernel_size, Conv1DOptions options)
    : Layer(internal::make(1, filters, internal::over_volumes(kernel_size),
                           internal::options_over_volumes(options))) {}

Conv2D::Conv2D(int filters, Extent2D kernel_size, Conv2DOptions options)
    : Layer(internal::make(2, filters, internal::over_volumes(kernel_size),
                           internal::options_over_volumes(options))) {}

Conv3D::Conv3D(int filters, Extent3D kernel_size, Conv3DOptions options)
    : Layer(internal::make(3, filters, kernel_size, options)) {}

}  // namespace folio
