#include <folio/trainer/metric.h>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <array>

#include "loss_json.h"
#include "metric_json.h"
#include "named_choice.h"

namespace folio {
namespace {

using internal::ChoiceName;

constexpr std::array<ChoiceName, std::variant_size_v<Metric::Kind>> kNames{{
    {"Accuracy", "accuracy"},
    {"BinaryAccuracy", "binary_accuracy"},
    {"CategoricalAccuracy", "categorical_accuracy"},
    {"SparseCategoricalAccuracy", "sparse_categorical_accuracy"},
    {"TopKCategoricalAccuracy", "top_k_categorical_accuracy"},
    {"SparseTopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy"},
    {"Precision", "precision"},
    {"Recall", "recall"},
    {"AUC", "auc"},
    {"F1Score", "f1_score"},
    {"RootMeanSquaredError", "root_mean_squared_error"},
    {"", ""},  // Losses, which have names of their own.
}};

Metric::Kind kind_named(const std::string& name) {
  if (name == "acc") return Accuracy{};
  for (std::size_t i = 0; i + 1 < kNames.size(); ++i) {
    if (kNames[i].name != name && kNames[i].class_name != name) continue;
    // choice_named() cannot make a Loss, which has no default; none is asked for here.
    switch (i) {
      case 0:
        return Accuracy{};
      case 1:
        return BinaryAccuracy{};
      case 2:
        return CategoricalAccuracy{};
      case 3:
        return SparseCategoricalAccuracy{};
      case 4:
        return TopKCategoricalAccuracy{};
      case 5:
        return SparseTopKCategoricalAccuracy{};
      case 6:
        return Precision{};
      case 7:
        return Recall{};
      case 8:
        return AUC{};
      case 9:
        return F1Score{};
      default:
        return RootMeanSquaredError{};
    }
  }
  try {
    return Loss(name);
  } catch (const Error&) {
    throw Error(ErrorKind::kUsage, "unknown metric '" + name + "', expected one of acc, " +
                                       internal::list_names(kNames) +
                                       ", or the name of a loss (mse, ...)" +
                                       internal::suggested_name(name, kNames));
  }
}

template <typename Choice, typename Visit>
void visit_arguments(Choice& it, Visit visit) {
  if constexpr (requires { it.threshold; }) visit("threshold", it.threshold);
  if constexpr (requires { it.k; }) visit("k", it.k);
  if constexpr (requires { it.top_k; }) {
    visit("thresholds", it.thresholds);
    visit("top_k", it.top_k);
    visit("class_id", it.class_id);
  }
  if constexpr (requires { it.curve; }) {
    visit("num_thresholds", it.num_thresholds);
    visit("curve", it.curve);
    visit("summation_method", it.summation_method);
  }
  if constexpr (requires { it.average; }) visit("average", it.average);
}

}  // namespace

Metric::Metric(const std::string& name) : kind_(kind_named(name)), name_(name) {}

std::string Metric::default_name() const {
  if (const auto* loss = std::get_if<Loss>(&kind_)) return loss->name();
  return std::string(kNames[kind_.index()].name);
}

void Metric::validate() const {
  const auto refuse = [&](const std::string& what, const std::string& expected) {
    throw Error(ErrorKind::kUsage, default_name() + ": " + what + " must be " + expected);
  };
  const auto check_positive = [&](const char* name, const std::optional<int>& value) {
    if (value && *value < 1) refuse(name, "at least 1, got " + std::to_string(*value));
  };
  const auto check = [&](const auto& kind) {
    if constexpr (requires { kind.k; }) check_positive("k", kind.k);
    if constexpr (requires { kind.top_k; }) {
      check_positive("top_k", kind.top_k);
      if (kind.class_id && *kind.class_id < 0) {
        refuse("class_id", "at least 0, got " + std::to_string(*kind.class_id));
      }
      for (const double threshold : kind.thresholds.values()) {
        if (threshold >= 0.0 && threshold <= 1.0) continue;
        refuse("thresholds", "in [0, 1], got " + number_text(threshold));
      }
    }
    if constexpr (requires { kind.curve; }) {
      if (kind.num_thresholds < 2) {
        refuse("num_thresholds", "at least 2, got " + std::to_string(kind.num_thresholds));
      }
      if (kind.curve != "ROC" && kind.curve != "PR")
        refuse("curve", "ROC or PR, got " + kind.curve);
      if (kind.summation_method != "interpolation" && kind.summation_method != "minoring" &&
          kind.summation_method != "majoring") {
        refuse("summation_method",
               "interpolation, minoring or majoring, got " + kind.summation_method);
      }
    }
    if constexpr (requires { kind.average; }) {
      if (kind.average != "macro" && kind.average != "micro" && kind.average != "weighted") {
        refuse("average", "macro, micro or weighted, got " + kind.average);
      }
      if (kind.threshold && !(*kind.threshold >= 0.0 && *kind.threshold <= 1.0)) {
        refuse("threshold", "in [0, 1], got " + std::to_string(*kind.threshold));
      }
    }
  };
  std::visit(check, kind_);
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const ChoiceName& one : kNames) {
    if (!one.name.empty()) names.emplace_back(one.name);
  }
  return names;
}

namespace internal {
namespace {

template <typename Value>
void write_argument(nlohmann::ordered_json& config, const char* name, const Value& value) {
  if constexpr (requires { value.has_value(); }) {
    config[name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  } else if constexpr (std::is_same_v<Value, Thresholds>) {
    const std::vector<double>& values = value.values();
    config[name] = values.size() > 1 ? nlohmann::ordered_json(values) : nlohmann::ordered_json();
    if (values.size() == 1) config[name] = values.front();
  } else {
    config[name] = value;
  }
}

}  // namespace

nlohmann::ordered_json metric_json(const Metric& metric) {
  // A name alone says all of it where it is the name of that kind with its defaults.
  const auto full = [](const Metric& one) -> nlohmann::ordered_json {
    nlohmann::ordered_json config{{"name", one.name()}};
    std::string class_name(kNames[one.kind().index()].class_name);
    const auto write = [&](const auto& kind) {
      visit_arguments(
          kind, [&](const char* name, const auto& value) { write_argument(config, name, value); });
    };
    std::visit(write, one.kind());
    if (const auto* loss = std::get_if<Loss>(&one.kind())) {
      class_name = loss->class_name();
      const nlohmann::ordered_json own = loss_json(*loss);
      if (own.is_object()) config.update(own["config"]);
      config.erase("reduction");
      config["name"] = one.name();
    }
    return {{"class_name", class_name}, {"config", config}};
  };
  try {
    if (full(Metric(metric.name())) == full(metric)) return metric.name();
  } catch (const Error&) {
    // A name of the user's own.
  }
  return full(metric);
}

Metric metric_from_json(const nlohmann::json& json) {
  auto [name, rest] = class_and_config("metric", json);
  if (json.is_string()) return Metric(name);
  if (name == "MeanMetricWrapper" || name == "function") {
    // How Keras 2 writes a metric that was given by name.
    std::string of;
    take_argument(name, rest, name == "function" ? "fn" : "name", of);
    return Metric(of);
  }
  rest.erase("dtype");
  std::string key;
  take_argument(name, rest, "name", key);
  try {
    const auto read = [&, &rest = rest, &name = name](auto kind) -> Metric {
      if constexpr (std::is_same_v<decltype(kind), Loss>) {
        return Metric(loss_from_json({{"class_name", name}, {"config", rest}}), key);
      } else {
        visit_arguments(kind, [&](const char* argument, auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, int>) {
            std::optional<int> given;
            take_argument(name, rest, argument, given);
            value = given.value_or(value);
          } else if constexpr (std::is_same_v<std::decay_t<decltype(value)>,
                                              std::optional<double>>) {
            double given = -1.0;
            take_argument(name, rest, argument, given);
            if (given != -1.0) value = given;
          } else if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Thresholds>) {
            std::vector<double> given;
            take_argument(name, rest, argument, given);
            value = Thresholds(std::move(given));
          } else {
            take_argument(name, rest, argument, value);
          }
        });
        // What Keras writes for what folio always does.
        static const nlohmann::json kAlways{{"multi_label", false},     {"num_labels", nullptr},
                                            {"label_weights", nullptr}, {"from_logits", false},
                                            {"thresholds", nullptr},    {"axis", -1}};
        for (const auto& [argument, value] : kAlways.items()) {
          if (rest.contains(argument) && rest[argument] == value) rest.erase(argument);
        }
        refuse_rest(name, rest);
        return Metric(kind, key);
      }
    };
    return std::visit(read, Metric(name).kind());
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

}  // namespace internal
}  // namespace folio
