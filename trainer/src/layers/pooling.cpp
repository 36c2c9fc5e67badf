// Pooling over windows of steps, images and volumes, as convolution.cpp has them.
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

std::string pooling_name(int dimensions, bool max) {
  return (max ? "MaxPooling" : "AveragePooling") + std::to_string(dimensions) + "D";
}

class PoolingDefinition : public LayerDefinition {
 public:
  PoolingDefinition(int dimensions, bool max, Pooling3DOptions options)
      : dimensions_(dimensions), max_(max), options_(std::move(options)) {
    const std::vector<int> strides = extents(options_.strides, dimensions);
    if (strides == std::vector<int>(strides.size(), 0)) options_.strides = options_.pool_size;
    check_extent(class_name(), "pool_size", options_.pool_size, dimensions);
    check_extent(class_name(), "strides", options_.strides, dimensions);
    same_ = parse_padding(class_name(), options_.padding);
  }

  [[nodiscard]] std::string class_name() const override { return pooling_name(dimensions_, max_); }

  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return window_output_shape(input, options_.pool_size, options_.strides, same_, dimensions_);
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"pool_size", extents(options_.pool_size, dimensions_)},
            {"padding", same_ ? "same" : "valid"},
            {"strides", extents(options_.strides, dimensions_)},
            {"data_format", "channels_last"}};
  }

  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.pooling(input, max_, options_.pool_size, options_.strides, same_);
  }

 private:
  int dimensions_;
  bool max_;
  Pooling3DOptions options_;
  bool same_ = false;
};

Layer make(int dimensions, bool max, const Pooling3DOptions& options) {
  return Layer(in_data_format(std::make_shared<PoolingDefinition>(dimensions, max, options),
                              options.data_format),
               options.name);
}

/// The options of one or two dimensions.
template <typename Options>
Layer make(int dimensions, bool max, const Options& options) {
  return make(dimensions, max,
              Pooling3DOptions{.pool_size = over_volumes(options.pool_size),
                               .strides = over_volumes(options.strides),
                               .padding = options.padding,
                               .data_format = options.data_format,
                               .name = options.name});
}

Layer read(int dimensions, bool max, const ConfigReader& reader) {
  return make(dimensions, max,
              Pooling3DOptions{.pool_size = reader.extent("pool_size", dimensions, 2),
                               .strides = reader.extent("strides", dimensions, 0),
                               .padding = reader.string("padding", "valid"),
                               .data_format = reader.string("data_format", "channels_last"),
                               .name = reader.name()});
}

}  // namespace

Layer read_max_pooling1d(const ConfigReader& reader) { return read(1, true, reader); }
Layer read_max_pooling2d(const ConfigReader& reader) { return read(2, true, reader); }
Layer read_max_pooling3d(const ConfigReader& reader) { return read(3, true, reader); }
Layer read_average_pooling1d(const ConfigReader& reader) { return read(1, false, reader); }
Layer read_average_pooling2d(const ConfigReader& reader) { return read(2, false, reader); }
Layer read_average_pooling3d(const ConfigReader& reader) { return read(3, false, reader); }

}  // namespace internal

MaxPooling1D::MaxPooling1D(Pooling1DOptions options) : Layer(internal::make(1, true, options)) {}
MaxPooling2D::MaxPooling2D(Pooling2DOptions options) : Layer(internal::make(2, true, options)) {}
MaxPooling3D::MaxPooling3D(Pooling3DOptions options) : Layer(internal::make(3, true, options)) {}
AveragePooling1D::AveragePooling1D(Pooling1DOptions options)
    : Layer(internal::make(1, false, options)) {}
AveragePooling2D::AveragePooling2D(Pooling2DOptions options)
    : Layer(internal::make(2, false, options)) {}
AveragePooling3D::AveragePooling3D(Pooling3DOptions options)
    : Layer(internal::make(3, false, options)) {}

}  // namespace folio
