// Activations that are layers of their own, with arguments.
#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "../layer_definition.h"
#include "channels_first.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class ActivationLayerDefinition : public LayerDefinition {
 public:
  ActivationLayerDefinition(std::string class_name, nlohmann::ordered_json config,
                            const ActivationFunction& function)
      : class_name_(std::move(class_name)), config_(std::move(config)), function_(function) {}

  [[nodiscard]] std::string class_name() const override { return class_name_; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override { return input; }
  [[nodiscard]] nlohmann::ordered_json config() const override { return config_; }
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.activation(input, function_);
  }

 private:
  std::string class_name_;
  nlohmann::ordered_json config_;
  ActivationFunction function_;
};

class SoftmaxDefinition : public ActivationLayerDefinition {
 public:
  explicit SoftmaxDefinition(int axis)
      : ActivationLayerDefinition("Softmax", {{"axis", -1}},
                                  ActivationFunction(ActivationKind::kSoftmax)),
        axis_(axis) {}

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    check_last_axis(axis_, input);
    return input;
  }
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kLast; }

 private:
  int axis_;
};

void check_slope(const char* layer, const char* argument, double value) {
  if (value >= 0.0 && std::isfinite(value)) return;
  throw Error(ErrorKind::kUsage, std::string(layer) + ": " + argument +
                                     " must be at least 0, got " + number_text(value));
}

std::shared_ptr<const LayerDefinition> relu(const ReLUOptions& options) {
  check_slope("ReLU", "negative_slope", options.negative_slope);
  check_slope("ReLU", "threshold", options.threshold);
  if (options.max_value) check_slope("ReLU", "max_value", *options.max_value);
  ActivationFunction function(ActivationKind::kRelu);
  if (options.max_value || options.threshold != 0.0) {
    function.kind = ActivationKind::kClippedRelu;
  } else if (options.negative_slope != 0.0) {
    function.kind = ActivationKind::kLeakyRelu;
  }
  function.alpha = static_cast<float>(options.negative_slope);
  function.threshold = static_cast<float>(options.threshold);
  function.max_value =
      static_cast<float>(options.max_value.value_or(std::numeric_limits<float>::infinity()));
  nlohmann::ordered_json most = nullptr;
  if (options.max_value) most = *options.max_value;
  return std::make_shared<ActivationLayerDefinition>(
      "ReLU",
      nlohmann::ordered_json{{"max_value", most},
                             {"negative_slope", options.negative_slope},
                             {"threshold", options.threshold}},
      function);
}

std::shared_ptr<const LayerDefinition> with_alpha(const char* class_name, const char* argument,
                                                  ActivationKind kind, double alpha) {
  check_slope(class_name, argument, alpha);
  ActivationFunction function(kind);
  function.alpha = static_cast<float>(alpha);
  // Keras 2's name of the argument, as the rest of the file is Keras 2's.
  return std::make_shared<ActivationLayerDefinition>(
      class_name, nlohmann::ordered_json{{"alpha", alpha}}, function);
}

}  // namespace

Layer read_relu(const ConfigReader& reader) {
  ReLUOptions options{.negative_slope = reader.number("negative_slope", 0.0),
                      .threshold = reader.number("threshold", 0.0),
                      .name = reader.name()};
  if (reader.has("max_value")) options.max_value = reader.number("max_value");
  return ReLU(options);
}

Layer read_leaky_relu(const ConfigReader& reader) {
  return LeakyReLU(reader.number("negative_slope", reader.number("alpha", 0.3)), reader.name());
}

Layer read_elu(const ConfigReader& reader) {
  return ELU(reader.number("alpha", 1.0), reader.name());
}

Layer read_softmax(const ConfigReader& reader) {
  return Softmax(reader.name(), reader.extent("axis", 1, -1).width);
}

}  // namespace internal

ReLU::ReLU(ReLUOptions options) : Layer(internal::relu(options), options.name) {}

LeakyReLU::LeakyReLU(double negative_slope, std::string name)
    : Layer(internal::with_alpha("LeakyReLU", "negative_slope",
                                 internal::ActivationKind::kLeakyRelu, negative_slope),
            std::move(name)) {}

ELU::ELU(double alpha, std::string name)
    : Layer(internal::with_alpha("ELU", "alpha", internal::ActivationKind::kElu, alpha),
            std::move(name)) {}

Softmax::Softmax(std::string name, int axis)
    : Layer(internal::along_axis(
                axis, [](int last) { return std::make_shared<internal::SoftmaxDefinition>(last); }),
            std::move(name)) {}

}  // namespace folio
