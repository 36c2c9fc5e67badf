#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"
#include "window.h"

namespace folio {
namespace internal {
namespace {

class Pooling2DDefinition : public LayerDefinition {
 public:
  Pooling2DDefinition(bool max, Pooling2DOptions options)
      : max_(max), options_(std::move(options)) {
    const char* layer = max ? "MaxPooling2D" : "AveragePooling2D";
    if (options_.strides == Extent2D(0)) options_.strides = options_.pool_size;
    check_extent(layer, "pool_size", options_.pool_size);
    check_extent(layer, "strides", options_.strides);
    same_ = parse_padding(layer, options_.padding);
  }

  [[nodiscard]] std::string class_name() const override {
    return max_ ? "MaxPooling2D" : "AveragePooling2D";
  }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return window_output_shape(input, options_.pool_size, options_.strides, same_);
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"pool_size", to_json(options_.pool_size)},
            {"padding", same_ ? "same" : "valid"},
            {"strides", to_json(options_.strides)},
            {"data_format", "channels_last"}};
  }

  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.pooling(input, max_, options_.pool_size, options_.strides, same_);
  }

 private:
  bool max_;
  Pooling2DOptions options_;
  bool same_ = false;
};

Pooling2DOptions read_options(const ConfigReader& reader) {
  reader.expect("data_format", "channels_last");
  return {.pool_size = reader.extent("pool_size", 2),
          .strides = reader.extent("strides", 0),
          .padding = reader.string("padding", "valid"),
          .name = reader.name()};
}

}  // namespace

Layer read_max_pooling2d(const nlohmann::json& config) {
  return MaxPooling2D(read_options(ConfigReader("MaxPooling2D", config)));
}

Layer read_average_pooling2d(const nlohmann::json& config) {
  return AveragePooling2D(read_options(ConfigReader("AveragePooling2D", config)));
}

}  // namespace internal

MaxPooling2D::MaxPooling2D(Pooling2DOptions options)
    : Layer(std::make_shared<internal::Pooling2DDefinition>(true, options), options.name) {}

AveragePooling2D::AveragePooling2D(Pooling2DOptions options)
    : Layer(std::make_shared<internal::Pooling2DDefinition>(false, options), options.name) {}

}  // namespace folio
