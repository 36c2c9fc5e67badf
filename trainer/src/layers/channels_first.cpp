#include "channels_first.h"

#include <folio/datasets/error.h>

#include <utility>

namespace folio::internal {
namespace {

class ChannelsFirstDefinition : public LayerDefinition {
 public:
  explicit ChannelsFirstDefinition(std::shared_ptr<const LayerDefinition> layer)
      : layer_(std::move(layer)) {}

  [[nodiscard]] std::string class_name() const override { return layer_->class_name(); }
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kFirst; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return merged_shape({input});
  }
  [[nodiscard]] Shape merged_shape(const std::vector<Shape>& inputs) const override {
    std::vector<Shape> shapes;
    for (const Shape& input : inputs) shapes.push_back(with_channels_last(input));
    try {
      return with_channels_first(layer_->merged_shape(shapes));
    } catch (const Error& error) {
      throw Error(error.kind(), std::string(error.what()) + " (read as channels_last)");
    }
  }
  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    return layer_->weights(with_channels_last(input));
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json config = layer_->config();
    if (config.contains("data_format")) config["data_format"] = "channels_first";
    if (config.contains("axis")) config["axis"] = 1;
    return config;
  }
  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    return layer_->lower(network, input, weights);
  }
  Value lower_merged(Network& network, const std::vector<Value>& inputs,
                     const std::vector<int>& weights) const override {
    return layer_->lower_merged(network, inputs, weights);
  }

 private:
  std::shared_ptr<const LayerDefinition> layer_;
};

}  // namespace

std::shared_ptr<const LayerDefinition> in_data_format(std::shared_ptr<const LayerDefinition> layer,
                                                      const std::string& data_format) {
  if (!is_channels_first(layer->class_name(), data_format)) return layer;
  if (layer->config().value("activation", "") == "softmax") {
    throw Error(ErrorKind::kUsage,
                layer->class_name() +
                    ": the activation softmax is along the last axis, which is not the channels' "
                    "with channels_first; use Softmax with axis 1");
  }
  return with_channels_first(std::move(layer));
}

bool is_channels_first(const std::string& layer, const std::string& data_format) {
  if (data_format == "channels_first") return true;
  if (data_format == "channels_last") return false;
  throw Error(ErrorKind::kUsage,
              layer + ": data_format must be 'channels_last' or 'channels_first', got '" +
                  data_format + "'");
}

std::shared_ptr<const LayerDefinition> with_channels_first(
    std::shared_ptr<const LayerDefinition> layer) {
  return std::make_shared<ChannelsFirstDefinition>(std::move(layer));
}

}  // namespace folio::internal
