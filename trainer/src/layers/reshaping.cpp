// Layers that move, repeat or rescale values.
#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../layer_definition.h"
#include "channels_first.h"
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

/// ZeroPadding2D, or Cropping2D, its opposite.
class BorderDefinition : public LayerDefinition {
 public:
  BorderDefinition(bool crops, Padding2D cells) : crops_(crops), cells_(cells) {
    for (const int side : {cells.top, cells.bottom, cells.left, cells.right}) {
      if (side >= 0) continue;
      throw Error(ErrorKind::kUsage, class_name() + ": " + argument() +
                                         " must not be negative, got " + std::to_string(side));
    }
  }

  [[nodiscard]] std::string class_name() const override {
    return crops_ ? "Cropping2D" : "ZeroPadding2D";
  }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    require_image(input);
    const int sign = crops_ ? -1 : 1;
    Shape shape{input[0] + sign * (cells_.top + cells_.bottom),
                input[1] + sign * (cells_.left + cells_.right), input[2]};
    if (shape[0] <= 0 || shape[1] <= 0) {
      throw Error(ErrorKind::kModel, "leaves nothing of an input of shape " + to_string(input));
    }
    return shape;
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    const nlohmann::ordered_json rows = {cells_.top, cells_.bottom};
    const nlohmann::ordered_json columns = {cells_.left, cells_.right};
    return {{argument(), nlohmann::ordered_json::array({rows, columns})},
            {"data_format", "channels_last"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    const int sign = crops_ ? -1 : 1;
    return network.padding(input, sign * cells_.top, sign * cells_.bottom, sign * cells_.left,
                           sign * cells_.right);
  }

 private:
  [[nodiscard]] const char* argument() const { return crops_ ? "cropping" : "padding"; }

  bool crops_;
  Padding2D cells_;
};

class UpSampling2DDefinition : public LayerDefinition {
 public:
  UpSampling2DDefinition(Extent2D size, const std::string& interpolation)
      : size_(size), bilinear_(interpolation == "bilinear") {
    check_extent("UpSampling2D", "size", over_volumes(size));
    if (bilinear_ || interpolation == "nearest") return;
    throw Error(
        ErrorKind::kUsage,
        "UpSampling2D: interpolation must be 'nearest' or 'bilinear', got '" + interpolation + "'");
  }

  [[nodiscard]] std::string class_name() const override { return "UpSampling2D"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    require_image(input);
    return {input[0] * size_.height, input[1] * size_.width, input[2]};
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"size", to_json(size_)},
            {"data_format", "channels_last"},
            {"interpolation", bilinear_ ? "bilinear" : "nearest"}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.up_sampling(input, size_, bilinear_);
  }

 private:
  Extent2D size_;
  bool bilinear_;
};

class RepeatVectorDefinition : public LayerDefinition {
 public:
  explicit RepeatVectorDefinition(int n) : n_(n) {
    if (n > 0) return;
    throw Error(ErrorKind::kUsage, "RepeatVector: n must be positive, got " + std::to_string(n));
  }

  [[nodiscard]] std::string class_name() const override { return "RepeatVector"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    if (input.size() == 1) return {n_, input[0]};
    throw Error(ErrorKind::kModel, "expects an input of one axis, got " + to_string(input));
  }
  [[nodiscard]] nlohmann::ordered_json config() const override { return {{"n", n_}}; }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    const Value step = network.unflatten(input, {1, network.value(input).channels});
    return network.up_sampling(step, {1, n_});
  }

 private:
  int n_;
};

class ReshapeDefinition : public LayerDefinition {
 public:
  explicit ReshapeDefinition(Shape target) : target_(std::move(target)) {
    int free = 0;
    for (const std::int64_t extent : target_) {
      free += extent == -1 ? 1 : 0;
      if (extent == 0 || extent < -1) free = 2;
    }
    if (free > 1 || target_.empty() || target_.size() > 4) {
      throw Error(ErrorKind::kUsage,
                  "Reshape: target_shape must have one to four positive extents, of which one may "
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
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    const Value rows = network.flatten(input);
    const Shape shape = output_shape({network.value(rows).channels});
    return shape.size() == 1 ? rows : network.unflatten(rows, shape);
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
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
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

Padding2D read_border(const ConfigReader& reader, const char* argument, int otherwise) {
  if (!reader.has(argument)) return otherwise;
  const nlohmann::json& value = reader.at(argument);
  // [[top, bottom], [left, right]]; a number and a pair are what extent() reads.
  const bool nested = value.is_array() && value.size() == 2 && value[0].is_array() &&
                      value[1].is_array() && value[0].size() == 2 && value[1].size() == 2;
  if (!nested) {
    const Extent2D both = reader.extent(argument, otherwise);
    return {both.height, both.width};
  }
  for (const nlohmann::json& side : {value[0][0], value[0][1], value[1][0], value[1][1]}) {
    if (!side.is_number_integer() || side < 0 || side > 1 << 20) {
      reader.refuse(std::string(argument) + " must be whole numbers");
    }
  }
  return {value[0][0].get<int>(), value[0][1].get<int>(), value[1][0].get<int>(),
          value[1][1].get<int>()};
}

}  // namespace

Layer read_zero_padding2d(const ConfigReader& reader) {
  return ZeroPadding2D(read_border(reader, "padding", 1), reader.name(),
                       reader.string("data_format", "channels_last"));
}

Layer read_cropping2d(const ConfigReader& reader) {
  return Cropping2D(read_border(reader, "cropping", 0), reader.name(),
                    reader.string("data_format", "channels_last"));
}

Layer read_repeat_vector(const ConfigReader& reader) {
  return RepeatVector(reader.integer("n"), reader.name());
}

Layer read_up_sampling2d(const ConfigReader& reader) {
  return UpSampling2D(reader.extent("size", 2), reader.string("interpolation", "nearest"),
                      reader.name(), reader.string("data_format", "channels_last"));
}

Layer read_reshape(const ConfigReader& reader) {
  const nlohmann::json& value = reader.at("target_shape");
  Shape shape;
  for (const nlohmann::json& extent : value.is_array() ? value : nlohmann::json::array()) {
    if (!extent.is_number_integer()) reader.refuse("target_shape must be whole numbers");
    shape.push_back(extent.get<std::int64_t>());
  }
  return Reshape(shape, reader.name());
}

Layer read_rescaling(const ConfigReader& reader) {
  return Rescaling(reader.number("scale"), reader.number("offset", 0.0), reader.name());
}

}  // namespace internal

ZeroPadding2D::ZeroPadding2D(Padding2D padding, std::string name, const std::string& data_format)
    : Layer(internal::in_data_format(std::make_shared<internal::BorderDefinition>(false, padding),
                                     data_format),
            std::move(name)) {}

Cropping2D::Cropping2D(Padding2D cropping, std::string name, const std::string& data_format)
    : Layer(internal::in_data_format(std::make_shared<internal::BorderDefinition>(true, cropping),
                                     data_format),
            std::move(name)) {}

UpSampling2D::UpSampling2D(Extent2D size, const std::string& interpolation, std::string name,
                           const std::string& data_format)
    : Layer(
          internal::in_data_format(
              std::make_shared<internal::UpSampling2DDefinition>(size, interpolation), data_format),
          std::move(name)) {}

RepeatVector::RepeatVector(int n, std::string name)
    : Layer(std::make_shared<internal::RepeatVectorDefinition>(n), std::move(name)) {}

Reshape::Reshape(Shape target_shape, std::string name)
    : Layer(std::make_shared<internal::ReshapeDefinition>(std::move(target_shape)),
            std::move(name)) {}

Rescaling::Rescaling(double scale, double offset, std::string name)
    : Layer(std::make_shared<internal::RescalingDefinition>(scale, offset), std::move(name)) {}

}  // namespace folio
