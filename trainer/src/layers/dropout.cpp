#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <string>
#include <utility>

#include "../layer_definition.h"
#include "channels_first.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class DropoutDefinition : public LayerDefinition {
 public:
  DropoutDefinition(double rate, bool whole_channels, bool has_format = true)
      : rate_(rate), whole_channels_(whole_channels), has_format_(has_format) {
    if (!(rate >= 0.0 && rate < 1.0)) {
      throw Error(ErrorKind::kUsage,
                  class_name() + ": rate must be in [0, 1), got " + number_text(rate));
    }
  }

  [[nodiscard]] std::string class_name() const override {
    return whole_channels_ ? "SpatialDropout2D" : "Dropout";
  }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    if (whole_channels_ && input.size() != 3) {
      throw Error(ErrorKind::kModel,
                  "expects an input of shape H x W x C, got " + to_string(input));
    }
    return input;
  }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    if (whole_channels_ && !has_format_) return {{"rate", rate_}};
    if (whole_channels_) return {{"rate", rate_}, {"data_format", "channels_last"}};
    return {{"rate", rate_}, {"noise_shape", nullptr}, {"seed", nullptr}};
  }
  [[nodiscard]] ChannelAxis channel_axis() const override {
    return whole_channels_ && has_format_ ? ChannelAxis::kLast : ChannelAxis::kAny;
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return rate_ == 0.0 ? input : network.dropout(input, rate_, whole_channels_);
  }

 private:
  double rate_;
  bool whole_channels_;
  bool has_format_;  ///< Without, it has the one of its neighbours.
};

}  // namespace

Layer read_dropout(const ConfigReader& reader) {
  reader.refuse_set({"noise_shape"});
  reader.pass_over({"seed"});
  return Dropout(reader.number("rate"), reader.name());
}

Layer read_spatial_dropout2d(const ConfigReader& reader) {
  reader.pass_over({"seed"});
  const double rate = reader.number("rate");
  if (!reader.has("data_format")) {  // Keras 2 does not write it.
    return Layer(std::make_shared<DropoutDefinition>(rate, true, false), reader.name());
  }
  return SpatialDropout2D(rate, reader.name(), reader.string("data_format", "channels_last"));
}

}  // namespace internal

Dropout::Dropout(double rate, std::string name)
    : Layer(std::make_shared<internal::DropoutDefinition>(rate, false), std::move(name)) {}

SpatialDropout2D::SpatialDropout2D(double rate, std::string name, const std::string& data_format)
    : Layer(internal::in_data_format(std::make_shared<internal::DropoutDefinition>(rate, true),
                                     data_format),
            std::move(name)) {}

}  // namespace folio
