#include "../layer_definition.h"
#include "channels_first.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class FlattenDefinition : public LayerDefinition {
 public:
  explicit FlattenDefinition(const std::string& data_format)
      : channels_first_(is_channels_first("Flatten", data_format)) {}

  [[nodiscard]] std::string class_name() const override { return "Flatten"; }
  [[nodiscard]] ChannelAxis channel_axis() const override {
    return channels_first_ ? ChannelAxis::kFirst : ChannelAxis::kAny;
  }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return {static_cast<std::int64_t>(element_count(input))};
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"data_format", channels_first_ ? "channels_first" : "channels_last"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return channels_first_ ? network.flatten(input, false) : network.flatten(input);
  }

 private:
  bool channels_first_;
};

}  // namespace

Layer read_flatten(const ConfigReader& reader) {
  return Flatten(reader.name(), reader.string("data_format", "channels_last"));
}

}  // namespace internal

Flatten::Flatten(std::string name, const std::string& data_format)
    : Layer(std::make_shared<internal::FlattenDefinition>(data_format), std::move(name)) {}

}  // namespace folio
