// Layers that add or multiply random numbers, in training only.
#include <folio/datasets/error.h>

#include <cmath>
#include <string>
#include <utility>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class NoiseDefinition : public LayerDefinition {
 public:
  NoiseDefinition(NoiseNode::Kind kind, double amount) : kind_(kind), amount_(amount) {
    const bool deviation = kind == NoiseNode::Kind::kGaussian;
    if (deviation ? amount >= 0.0 && std::isfinite(amount) : amount >= 0.0 && amount < 1.0) return;
    throw Error(ErrorKind::kUsage, class_name() + ": " +
                                       (deviation ? "stddev must be at least 0, got "
                                                  : "rate must be in [0, 1), got ") +
                                       std::to_string(amount));
  }

  [[nodiscard]] std::string class_name() const override {
    switch (kind_) {
      case NoiseNode::Kind::kGaussian:
        return "GaussianNoise";
      case NoiseNode::Kind::kGaussianDropout:
        return "GaussianDropout";
      case NoiseNode::Kind::kAlphaDropout:
        break;
    }
    return "AlphaDropout";
  }
  [[nodiscard]] Shape output_shape(const Shape& input) const override { return input; }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    if (kind_ == NoiseNode::Kind::kGaussian) return {{"stddev", amount_}};
    return {{"rate", amount_}};
  }
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return amount_ == 0.0 ? input : network.noise(input, kind_, amount_);
  }

 private:
  NoiseNode::Kind kind_;
  double amount_;
};

std::shared_ptr<const LayerDefinition> noise(NoiseNode::Kind kind, double amount) {
  return std::make_shared<NoiseDefinition>(kind, amount);
}

}  // namespace

Layer read_gaussian_noise(const ConfigReader& reader) {
  reader.pass_over({"seed"});
  return GaussianNoise(reader.number("stddev"), reader.name());
}

Layer read_gaussian_dropout(const ConfigReader& reader) {
  reader.pass_over({"seed"});
  return GaussianDropout(reader.number("rate"), reader.name());
}

Layer read_alpha_dropout(const ConfigReader& reader) {
  reader.pass_over({"seed"});
  reader.refuse_set({"noise_shape"});
  return AlphaDropout(reader.number("rate"), reader.name());
}

}  // namespace internal

GaussianNoise::GaussianNoise(double stddev, std::string name)
    : Layer(internal::noise(internal::NoiseNode::Kind::kGaussian, stddev), std::move(name)) {}

GaussianDropout::GaussianDropout(double rate, std::string name)
    : Layer(internal::noise(internal::NoiseNode::Kind::kGaussianDropout, rate), std::move(name)) {}

AlphaDropout::AlphaDropout(double rate, std::string name)
    : Layer(internal::noise(internal::NoiseNode::Kind::kAlphaDropout, rate), std::move(name)) {}

}  // namespace folio
