#include "optimizer_json.h"

#include <folio/datasets/error.h>

#include <array>
#include <string>
#include <type_traits>

#include "optimizer_arguments.h"

namespace folio::internal {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorKind::kModel, reason); }

std::string shown(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename Value>
struct IsOptional : std::false_type {};
template <typename Value>
struct IsOptional<std::optional<Value>> : std::true_type {};

OrderedJson schedule_json(const LearningRate& rate) {
  OrderedJson config = OrderedJson::object();
  const auto write = [&](const auto& kind) {
    if constexpr (!std::is_same_v<std::decay_t<decltype(kind)>, double>) {
      visit_schedule_arguments(kind,
                               [&](const char* name, const auto& value) { config[name] = value; });
    }
  };
  std::visit(write, rate.kind());
  if (const auto* cosine = std::get_if<CosineDecay>(&rate.kind())) {
    // Keras takes any target as a sign that there is a warmup; and Keras 2.10 has neither.
    if (cosine->warmup_steps == 0.0) {
      config.erase("warmup_target");
      config.erase("warmup_steps");
    }
  }
  config["name"] = rate.class_name();
  return {{"class_name", rate.class_name()}, {"config", config}};
}

template <typename Value>
void read(const std::string& where, const Json& json, Value& value) {
  if constexpr (IsOptional<Value>::value) {
    if (json.is_null()) {
      value.reset();
      return;
    }
    typename Value::value_type inner{};
    read(where, json, inner);
    value = inner;
  } else if constexpr (std::is_same_v<Value, bool>) {
    if (!json.is_boolean()) refuse(where + " must be a boolean, got " + shown(json));
    value = json.get<bool>();
  } else if constexpr (std::is_same_v<Value, int>) {
    if (!json.is_number_integer() || json < 0 || json > 1000000000) {
      refuse(where + " must be a whole number, got " + shown(json));
    }
    value = json.get<int>();
  } else if constexpr (std::is_same_v<Value, std::vector<double>>) {
    if (!json.is_array()) refuse(where + " must be a list of numbers, got " + shown(json));
    value.clear();
    for (const Json& one : json) read(where, one, value.emplace_back());
  } else {
    if (!json.is_number()) refuse(where + " must be a number, got " + shown(json));
    value = json.get<double>();
  }
}

/// Fills the arguments of a config into a schedule or optimizer; the first of a schedule have no
/// defaults.
template <typename Schedule>
LearningRate read_schedule(const std::string& class_name, const Json& config) {
  Schedule schedule{};
  Json rest = config;
  rest.erase("name");
  visit_schedule_arguments(schedule, [&](const std::string& name, auto& value) {
    const bool given = rest.contains(name) && !rest[name].is_null();
    if (given) read(class_name + ": " + name, rest[name], value);
    const bool required = name == "initial_learning_rate" || name == "decay_steps" ||
                          name == "first_decay_steps" || name == "decay_rate" ||
                          name == "boundaries" || name == "values";
    if (!given && required) refuse(class_name + ": " + name + " is missing");
    rest.erase(name);
  });
  if (!rest.empty()) refuse(class_name + ": unknown argument '" + rest.begin().key() + "'");
  if constexpr (std::is_same_v<Schedule, CosineDecay>) {
    // In Keras a target without steps has no effect, and steps without a target neither.
    if (!config.contains("warmup_target") || config["warmup_target"].is_null()) {
      schedule.warmup_steps = 0.0;
    }
  }
  return schedule;
}

LearningRate learning_rate_from(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string() ||
      !json.contains("config") || !json["config"].is_object()) {
    refuse("learning_rate must be a number or a schedule with class_name and config, got " +
           shown(json));
  }
  const std::string name = json["class_name"].get<std::string>();
  const Json& config = json["config"];
  if (name == "ExponentialDecay") return read_schedule<ExponentialDecay>(name, config);
  if (name == "PiecewiseConstantDecay") return read_schedule<PiecewiseConstantDecay>(name, config);
  if (name == "PolynomialDecay") return read_schedule<PolynomialDecay>(name, config);
  if (name == "InverseTimeDecay") return read_schedule<InverseTimeDecay>(name, config);
  if (name == "CosineDecay") return read_schedule<CosineDecay>(name, config);
  if (name == "CosineDecayRestarts") return read_schedule<CosineDecayRestarts>(name, config);
  refuse("learning rate schedule " + name +
         " is not supported, expected ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, "
         "InverseTimeDecay, CosineDecay or CosineDecayRestarts");
}

/// Keras' further arguments that change nothing where they have these values.
bool is_without_effect(const std::string& name, const Json& value) {
  if (name == "name" || name == "jit_compile" || name == "is_legacy_optimizer") return true;
  if (name == "decay") return value == 0.0;
  return name == "loss_scale_factor" && value.is_null();
}

}  // namespace

OrderedJson optimizer_json(const Optimizer& optimizer) {
  OrderedJson config{{"name", optimizer.class_name()}};
  const OptimizerOptions defaults;
  const auto write = [&](const std::string& name, const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, LearningRate>) {
      config[name] =
          value.is_schedule() ? schedule_json(value) : OrderedJson(std::get<double>(value.kind()));
      if (!value.is_schedule()) config["decay"] = 0.0;
    } else if constexpr (IsOptional<Value>::value) {
      if (value) config[name] = *value;
    } else {
      const bool left_alone = (name == "use_ema" && value == defaults.use_ema) ||
                              (name == "ema_momentum" && value == defaults.ema_momentum);
      if (!left_alone) config[name] = value;
    }
  };
  std::visit([&](const auto& kind) { visit_arguments(kind, write); }, optimizer.kind());
  return {{"class_name", optimizer.class_name()}, {"config", config}};
}

Optimizer optimizer_from_json(const Json& json) {
  if (json.is_string()) return Optimizer(json.get<std::string>());
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string()) {
    refuse("an optimizer needs a class_name, got " + shown(json));
  }
  const std::string name = json["class_name"].get<std::string>();
  const Optimizer defaults(name.substr(name.find('>') + 1));  // Keras 2.11 writes `Custom>Adam`.
  if (!json.contains("config") || !json["config"].is_object()) return defaults;
  Json rest = json["config"];
  if (rest.contains("lr")) {  // Keras 2.0 to 2.2.
    rest["learning_rate"] = rest["lr"];
    rest.erase("lr");
  }
  const auto read_kind = [&](auto kind) -> Optimizer {
    visit_arguments(kind, [&](const std::string& name, auto& value) {
      if (!rest.contains(name)) return;
      const Json given = rest[name];
      rest.erase(name);
      using Value = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<Value, LearningRate>) {
        value = learning_rate_from(given);
      } else {
        // Keras 2 writes no decay as 0 or false.
        if constexpr (std::is_same_v<Value, std::optional<double>>) {
          if (given == false || (name == "weight_decay" && given == 0.0)) {
            value.reset();
            return;
          }
        }
        read(defaults.class_name() + ": " + name, given, value);
      }
    });
    if (rest.contains("decay") && rest["decay"].is_number() && rest["decay"] != 0.0) {
      // Keras 2's rate / (1 + decay * iterations).
      if (kind.learning_rate.is_schedule()) refuse("decay together with a schedule");
      kind.learning_rate = InverseTimeDecay{.initial_learning_rate = kind.learning_rate.at(0),
                                            .decay_steps = 1.0,
                                            .decay_rate = rest["decay"].get<double>()};
      rest.erase("decay");
    }
    for (const auto& [name, value] : rest.items()) {
      if (is_without_effect(name, value)) continue;
      refuse(defaults.class_name() + ": argument '" + name + "' with value " + shown(value) +
             " is not supported");
    }
    return kind;
  };
  return std::visit(read_kind, defaults.kind());
}

}  // namespace folio::internal

namespace folio {

std::string to_json(const Optimizer& optimizer) {
  return internal::optimizer_json(optimizer).dump();
}

}  // namespace folio
