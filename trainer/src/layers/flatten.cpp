#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class FlattenDefinition : public LayerDefinition {
 public:
  [[nodiscard]] std::string class_name() const override { return "Flatten"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return {static_cast<std::int64_t>(element_count(input))};
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"data_format", "channels_last"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.flatten(input);
  }
};

}  // namespace

Layer read_flatten(const ConfigReader& reader) {
  reader.expect("data_format", "channels_last");
  return Flatten(reader.name());
}

}  // namespace internal

Flatten::Flatten(std::string name)
    : Layer(std::make_shared<internal::FlattenDefinition>(), std::move(name)) {}

}  // namespace folio
