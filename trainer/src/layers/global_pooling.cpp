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

class GlobalPoolingDefinition : public LayerDefinition {
 public:
  GlobalPoolingDefinition(bool max, int dimensions, bool keepdims)
      : max_(max), dimensions_(dimensions), keepdims_(keepdims) {}

  [[nodiscard]] std::string class_name() const override {
    return std::string(max_ ? "GlobalMaxPooling" : "GlobalAveragePooling") +
           std::to_string(dimensions_) + "D";
  }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    if (static_cast<int>(input.size()) != dimensions_ + 1) {
      throw Error(ErrorKind::kModel, std::string("expects an input of shape ") +
                                         shape_name(dimensions_) + ", got " + to_string(input));
    }
    if (!keepdims_) return {input.back()};
    Shape shape(input.size(), 1);
    shape.back() = input.back();
    return shape;
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"data_format", "channels_last"}, {"keepdims", keepdims_}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.global_pooling(input, max_, keepdims_);
  }

 private:
  bool max_;
  int dimensions_;
  bool keepdims_;
};

Layer make(bool max, int dimensions, const GlobalPoolingOptions& options) {
  return Layer(
      in_data_format(std::make_shared<GlobalPoolingDefinition>(max, dimensions, options.keepdims),
                     options.data_format),
      options.name);
}

Layer read(bool max, int dimensions, const ConfigReader& reader) {
  return make(max, dimensions,
              {.data_format = reader.string("data_format", "channels_last"),
               .keepdims = reader.boolean("keepdims", false),
               .name = reader.name()});
}

}  // namespace

Layer read_global_max_pooling1d(const ConfigReader& reader) { return read(true, 1, reader); }
Layer read_global_max_pooling2d(const ConfigReader& reader) { return read(true, 2, reader); }
Layer read_global_max_pooling3d(const ConfigReader& reader) { return read(true, 3, reader); }
Layer read_global_average_pooling1d(const ConfigReader& reader) { return read(false, 1, reader); }
Layer read_global_average_pooling2d(const ConfigReader& reader) { return read(false, 2, reader); }
Layer read_global_average_pooling3d(const ConfigReader& reader) { return read(false, 3, reader); }

}  // namespace internal

GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPoolingOptions options)
    : Layer(internal::make(true, 1, options)) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalPoolingOptions options)
    : Layer(internal::make(true, 2, options)) {}
GlobalMaxPooling3D::GlobalMaxPooling3D(GlobalPoolingOptions options)
    : Layer(internal::make(true, 3, options)) {}
GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPoolingOptions options)
    : Layer(internal::make(false, 1, options)) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalPoolingOptions options)
    : Layer(internal::make(false, 2, options)) {}
GlobalAveragePooling3D::GlobalAveragePooling3D(GlobalPoolingOptions options)
    : Layer(internal::make(false, 3, options)) {}

}  // namespace folio
