// Layers that move, repeat or rescale values.
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

void require_image(const Shape& input) {
  if (input.size() == 3) return;
  throw Error(ErrorKind::kModel, "expects an input of shape H x W x C, got " + to_string(input));
}

class ZeroPadding2DDefinition : public LayerDefinition {
 public:
  explicit ZeroPadding2DDefinition(Padding2D padding) : padding_(padding) {
    for (const int cells : {padding.top, padding.bottom, padding.left, padding.right}) {
      if (cells >= 0) continue;
      throw Error(ErrorKind::kUsage,
                  "ZeroPadding2D: padding must not be negative, got " + std::to_string(cells));
    }
  }

  [[nodiscard]] std::string class_name() const override { return "ZeroPadding2D"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    require_image(input);
    return {input[0] + padding_.top + padding_.bottom, input[1] + padding_.left + padding_.right,
            input[2]};
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    const nlohmann::ordered_json rows = {padding_.top, padding_.bottom};
    const nlohmann::ordered_json columns = {padding_.left, padding_.right};
    return {{"padding", nlohmann::ordered_json::array({rows, columns})},
            {"data_format", "channels_last"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.padding(input, padding_.top, padding_.bottom, padding_.left, padding_.right);
  }

 private:
  Padding2D padding_;
};

class UpSampling2DDefinition : public LayerDefinition {
 public:
  explicit UpSampling2DDefinition(Extent2D size) : size_(size) {
    check_extent("UpSampling2D", "size", size);
  }

  [[nodiscard]] std::string class_name() const override { return "UpSampling2D"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    require_image(input);
    return {input[0] * size_.height, input[1] * size_.width, input[2]};
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {
        {"size", to_json(size_)}, {"data_format", "channels_last"}, {"interpolation", "nearest"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.up_sampling(input, size_);
  }

 private:
  Extent2D size_;
};

class ReshapeDefinition : public LayerDefinition {
 public:
  explicit ReshapeDefinition(Shape target) : target_(std::move(target)) {
    int free = 0;
    for (const std::int64_t extent : target_) {
      free += extent == -1 ? 1 : 0;
      if (extent == 0 || extent < -1) free = 2;
    }
    if (free > 1 || target_.empty() || target_.size() > 3) {
      throw Error(ErrorKind::kUsage,
                  "Reshape: target_shape must have one to three positive extents, of which one may "
                  "be -1, got " +
                      to_string(target_));
    }
  }

  [[nodiscard]] std::string class_name() const override { return "Reshape"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    const auto count = static_cast<std::int64_t>(element_count(input));
    std::int64_t known = 1;
    for (const std::int64_t extent : target_) known *= extent == -1 ? 1 : extent;
    Shape shape = target_;
    for (std::int64_t& extent : shape) {
      if (extent == -1) extent = count / known;
    }
    if (static_cast<std::int64_t>(element_count(shape)) != count) {
      throw Error(ErrorKind::kModel, "cannot give an input of shape " + to_string(input) +
                                         " the shape " + to_string(target_));
    }
    return shape;
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json shape = nlohmann::ordered_json::array();
    for (const std::int64_t extent : target_) shape.push_back(extent);
    return {{"target_shape", std::move(shape)}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    const Value rows = network.flatten(input);
    const Shape shape = output_shape({network.value(rows).channels});
    const auto extent = [&](std::size_t axis) { return static_cast<int>(shape[axis]); };
    if (shape.size() == 1) return rows;
    if (shape.size() == 2) return network.unflatten(rows, 1, extent(0), extent(1));
    return network.unflatten(rows, extent(0), extent(1), extent(2));
  }

 private:
  Shape target_;
};

class RescalingDefinition : public LayerDefinition {
 public:
  RescalingDefinition(double scale, double offset) : scale_(scale), offset_(offset) {}

  [[nodiscard]] std::string class_name() const override { return "Rescaling"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override { return input; }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"scale", scale_}, {"offset", offset_}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    ActivationFunction function(ActivationKind::kAffine);
    function.alpha = static_cast<float>(scale_);
    function.beta = static_cast<float>(offset_);
    return network.activation(input, function);
  }

 private:
  double scale_;
  double offset_;
};

Padding2D read_padding(const ConfigReader& reader) {
  if (!reader.has("padding")) return 1;
  const nlohmann::json& value = reader.at("padding");
  // [[top, bottom], [left, right]]; a number and a pair are what extent() reads.
  const bool nested = value.is_array() && value.size() == 2 && value[0].is_array() &&
                      value[1].is_array() && value[0].size() == 2 && value[1].size() == 2;
  if (!nested) {
    const Extent2D both = reader.extent("padding", 1);
    return {both.height, both.width};
  }
  for (const nlohmann::json& side : {value[0][0], value[0][1], value[1][0], value[1][1]}) {
    if (!side.is_number_integer() || side < 0 || side > 1 << 20) {
      reader.refuse("padding must be whole numbers");
    }
  }
  return {value[0][0].get<int>(), value[0][1].get<int>(), value[1][0].get<int>(),
          value[1][1].get<int>()};
}

}  // namespace

Layer read_zero_padding2d(const nlohmann::json& config) {
  const ConfigReader reader("ZeroPadding2D", config);
  reader.expect("data_format", "channels_last");
  return ZeroPadding2D(read_padding(reader), reader.name());
}

Layer read_up_sampling2d(const nlohmann::json& config) {
  const ConfigReader reader("UpSampling2D", config);
  reader.expect("data_format", "channels_last");
  reader.expect("interpolation", "nearest");
  return UpSampling2D(reader.extent("size", 2), reader.name());
}

Layer read_reshape(const nlohmann::json& config) {
  const ConfigReader reader("Reshape", config);
  const nlohmann::json& value = reader.at("target_shape");
  Shape shape;
  for (const nlohmann::json& extent : value.is_array() ? value : nlohmann::json::array()) {
    if (!extent.is_number_integer()) reader.refuse("target_shape must be whole numbers");
    shape.push_back(extent.get<std::int64_t>());
  }
  return Reshape(shape, reader.name());
}

Layer read_rescaling(const nlohmann::json& config) {
  const ConfigReader reader("Rescaling", config);
  return Rescaling(reader.number("scale"), reader.number("offset", 0.0), reader.name());
}

}  // namespace internal

ZeroPadding2D::ZeroPadding2D(Padding2D padding, std::string name)
    : Layer(std::make_shared<internal::ZeroPadding2DDefinition>(padding), std::move(name)) {}

UpSampling2D::UpSampling2D(Extent2D size, std::string name)
    : Layer(std::make_shared<internal::UpSampling2DDefinition>(size), std::move(name)) {}

Reshape::Reshape(Shape target_shape, std::string name)
    : Layer(std::make_shared<internal::ReshapeDefinition>(std::move(target_shape)),
            std::move(name)) {}

Rescaling::Rescaling(double scale, double offset, std::string name)
    : Layer(std::make_shared<internal::RescalingDefinition>(scale, offset), std::move(name)) {}

}  // namespace folio
