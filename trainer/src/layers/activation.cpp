#include <string>
#include <utility>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class ActivationDefinition : public LayerDefinition {
 public:
  explicit ActivationDefinition(std::string activation)
      : activation_(std::move(activation)), function_(parse_activation(activation_)) {}

  [[nodiscard]] std::string class_name() const override { return "Activation"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override { return input; }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"activation", activation_}};
  }
  [[nodiscard]] ChannelAxis channel_axis() const override {
    return function_.kind == ActivationKind::kSoftmax ? ChannelAxis::kLast : ChannelAxis::kAny;
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.activation(input, function_);
  }

 private:
  std::string activation_;
  ActivationFunction function_;
};

}  // namespace

Layer read_activation(const ConfigReader& reader) {
  return Activation(reader.string("activation", "linear"), reader.name());
}

}  // namespace internal

Activation::Activation(const std::string& activation, std::string name)
    : Layer(std::make_shared<internal::ActivationDefinition>(activation), std::move(name)) {}

}  // namespace folio
