#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <cmath>
#include <string>
#include <utility>

#include "../constraint.h"
#include "../initializer.h"
#include "../layer_definition.h"
#include "../regularizer.h"
#include "channels_first.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

/// Keras 2 puts the axis into a list when it is built, and counts from the front then. A list with
/// -1 is what TensorFlow.js cannot read.
nlohmann::ordered_json axis_json(int axis) {
  return axis < 0 ? nlohmann::ordered_json(axis) : nlohmann::ordered_json::array({axis});
}

/// gamma and beta, of the shape given, where there are any.
template <typename Options>
std::vector<WeightSpec> scale_and_center(const Options& options, const Shape& shape) {
  std::vector<WeightSpec> specs;
  if (options.scale) {
    specs.push_back({"gamma", shape, options.gamma_initializer, options.gamma_regularizer,
                     options.gamma_constraint});
  }
  if (options.center) {
    specs.push_back({"beta", shape, options.beta_initializer, options.beta_regularizer,
                     options.beta_constraint});
  }
  return specs;
}

template <typename Options>
void add_rules(nlohmann::ordered_json& config, const Options& options) {
  config["beta_regularizer"] = regularizer_config(options.beta_regularizer);
  config["gamma_regularizer"] = regularizer_config(options.gamma_regularizer);
  config["beta_constraint"] = constraint_config(options.beta_constraint);
  config["gamma_constraint"] = constraint_config(options.gamma_constraint);
}

template <typename Options>
void read_rules(const ConfigReader& reader, Options& options) {
  options.beta_regularizer = reader.regularizer("beta_regularizer");
  options.gamma_regularizer = reader.regularizer("gamma_regularizer");
  options.beta_constraint = reader.constraint("beta_constraint");
  options.gamma_constraint = reader.constraint("gamma_constraint");
}

void check_epsilon(const char* layer, double epsilon) {
  if (epsilon > 0.0 && std::isfinite(epsilon)) return;
  throw Error(ErrorKind::kUsage,
              std::string(layer) + ": epsilon must be positive, got " + number_text(epsilon));
}

class BatchNormalizationDefinition : public LayerDefinition {
 public:
  explicit BatchNormalizationDefinition(BatchNormalizationOptions options)
      : options_(std::move(options)) {
    if (!(options_.momentum >= 0.0 && options_.momentum <= 1.0)) {
      throw Error(ErrorKind::kUsage, "BatchNormalization: momentum must be in [0, 1], got " +
                                         number_text(options_.momentum));
    }
    check_epsilon("BatchNormalization", options_.epsilon);
  }

  [[nodiscard]] std::string class_name() const override { return "BatchNormalization"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    check_last_axis(options_.axis, input);
    return input;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    const Shape shape{input.back()};
    std::vector<WeightSpec> specs = scale_and_center(options_, shape);
    specs.push_back({"moving_mean", shape, options_.moving_mean_initializer, {}, {}, false});
    specs.push_back(
        {"moving_variance", shape, options_.moving_variance_initializer, {}, {}, false});
    return specs;
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json config{
        {"axis", axis_json(options_.axis)},
        {"momentum", options_.momentum},
        {"epsilon", options_.epsilon},
        {"center", options_.center},
        {"scale", options_.scale},
        {"beta_initializer", initializer_config(options_.beta_initializer)},
        {"gamma_initializer", initializer_config(options_.gamma_initializer)},
        {"moving_mean_initializer", initializer_config(options_.moving_mean_initializer)},
        {"moving_variance_initializer", initializer_config(options_.moving_variance_initializer)}};
    add_rules(config, options_);
    return config;
  }

  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    auto next = weights.begin();
    const int gamma = options_.scale ? *next++ : -1;
    const int beta = options_.center ? *next++ : -1;
    const int mean = *next++;
    const int variance = *next++;
    return network.batch_normalization(input, {.gamma = gamma,
                                               .beta = beta,
                                               .moving_mean = mean,
                                               .moving_variance = variance,
                                               .momentum = static_cast<float>(options_.momentum),
                                               .epsilon = static_cast<float>(options_.epsilon)});
  }

 private:
  BatchNormalizationOptions options_;
};

class LayerNormalizationDefinition : public LayerDefinition {
 public:
  explicit LayerNormalizationDefinition(LayerNormalizationOptions options)
      : options_(std::move(options)) {
    check_epsilon("LayerNormalization", options_.epsilon);
  }

  [[nodiscard]] std::string class_name() const override { return "LayerNormalization"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    check_last_axis(options_.axis, input);
    return input;
  }

  [[nodiscard]] std::vector<WeightSpec> weights(const Shape& input) const override {
    return scale_and_center(options_, {input.back()});
  }

  [[nodiscard]] nlohmann::ordered_json config() const override {
    nlohmann::ordered_json config{
        {"axis", axis_json(options_.axis)},
        {"epsilon", options_.epsilon},
        {"center", options_.center},
        {"scale", options_.scale},
        {"beta_initializer", initializer_config(options_.beta_initializer)},
        {"gamma_initializer", initializer_config(options_.gamma_initializer)}};
    add_rules(config, options_);
    return config;
  }

  Value lower(Network& network, Value input, const std::vector<int>& weights) const override {
    return network.layer_normalization(input, {.gamma = options_.scale ? weights.front() : -1,
                                               .beta = options_.center ? weights.back() : -1,
                                               .epsilon = static_cast<float>(options_.epsilon)});
  }

 private:
  LayerNormalizationOptions options_;
};

template <typename Definition, typename Options>
std::shared_ptr<const LayerDefinition> normalization(Options options) {
  return along_axis(options.axis, [&](int axis) {
    options.axis = axis;
    return std::make_shared<Definition>(options);
  });
}

}  // namespace

Layer read_batch_normalization(const ConfigReader& reader) {
  reader.expect("renorm", false);
  reader.refuse_set({"virtual_batch_size", "adjustment"});
  reader.pass_over({"fused", "renorm_clipping", "renorm_momentum"});
  reader.expect("synchronized", false);
  BatchNormalizationOptions options{
      .axis = reader.extent("axis", 1, -1).width,
      .momentum = reader.number("momentum", 0.99),
      .epsilon = reader.number("epsilon", 1e-3),
      .center = reader.boolean("center", true),
      .scale = reader.boolean("scale", true),
      .beta_initializer = reader.initializer("beta_initializer", "zeros"),
      .gamma_initializer = reader.initializer("gamma_initializer", "ones"),
      .moving_mean_initializer = reader.initializer("moving_mean_initializer", "zeros"),
      .moving_variance_initializer = reader.initializer("moving_variance_initializer", "ones"),
      .name = reader.name()};
  read_rules(reader, options);
  return BatchNormalization(options);
}

Layer read_layer_normalization(const ConfigReader& reader) {
  reader.expect("rms_scaling", false);
  LayerNormalizationOptions options{
      .axis = reader.extent("axis", 1, -1).width,
      .epsilon = reader.number("epsilon", 1e-3),
      .center = reader.boolean("center", true),
      .scale = reader.boolean("scale", true),
      .beta_initializer = reader.initializer("beta_initializer", "zeros"),
      .gamma_initializer = reader.initializer("gamma_initializer", "ones"),
      .name = reader.name()};
  read_rules(reader, options);
  return LayerNormalization(options);
}

}  // namespace internal

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(internal::normalization<internal::BatchNormalizationDefinition>(options),
            options.name) {}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer(internal::normalization<internal::LayerNormalizationDefinition>(options),
            options.name) {}

}  // namespace folio
