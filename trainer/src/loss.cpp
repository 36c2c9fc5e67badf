#include <folio/trainer/loss.h>

#include <folio/datasets/error.h>

#include <array>
#include <cmath>
#include <sstream>

#include "loss_function.h"
#include "loss_json.h"
#include "named_choice.h"

namespace folio {
namespace {

constexpr std::array<internal::ChoiceName, std::variant_size_v<Loss::Kind>> kNames{{
    {"CategoricalCrossentropy", "categorical_crossentropy"},
    {"SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"},
    {"BinaryCrossentropy", "binary_crossentropy"},
    {"BinaryFocalCrossentropy", "binary_focal_crossentropy"},
    {"CategoricalFocalCrossentropy", "categorical_focal_crossentropy"},
    {"MeanSquaredError", "mean_squared_error"},
    {"MeanAbsoluteError", "mean_absolute_error"},
    {"MeanAbsolutePercentageError", "mean_absolute_percentage_error"},
    {"MeanSquaredLogarithmicError", "mean_squared_logarithmic_error"},
    {"Huber", "huber"},
    {"LogCosh", "log_cosh"},
    {"Hinge", "hinge"},
    {"SquaredHinge", "squared_hinge"},
    {"CategoricalHinge", "categorical_hinge"},
    {"KLDivergence", "kl_divergence"},
    {"Poisson", "poisson"},
    {"CosineSimilarity", "cosine_similarity"},
    {"Crossentropy", "crossentropy"},
}};

/// Keras' other names.
constexpr std::array<internal::ChoiceName, 17> kAliases{{
    {"mean_squared_error", "mse"},
    {"mean_squared_error", "MSE"},
    {"mean_absolute_error", "mae"},
    {"mean_absolute_error", "MAE"},
    {"mean_absolute_percentage_error", "mape"},
    {"mean_absolute_percentage_error", "MAPE"},
    {"mean_squared_logarithmic_error", "msle"},
    {"mean_squared_logarithmic_error", "MSLE"},
    {"binary_crossentropy", "bce"},
    {"binary_crossentropy", "BCE"},
    {"kl_divergence", "kld"},
    {"kl_divergence", "KLD"},
    {"kl_divergence", "kullback_leibler_divergence"},
    {"huber", "huber_loss"},
    {"log_cosh", "logcosh"},
    {"log_cosh", "LogCosh"},
    {"crossentropy", "ce"},
}};

std::string without_alias(const std::string& name) {
  for (const internal::ChoiceName& alias : kAliases) {
    if (alias.name == name) return std::string(alias.class_name);
  }
  return name;
}

constexpr std::array<std::string_view, 4> kReductions{"sum_over_batch_size", "mean", "sum",
                                                      "mean_with_sample_weight"};

/// visit(name, field) for the arguments of each kind but the reduction.
template <typename Choice, typename Visit>
void visit_arguments(Choice& it, Visit visit) {
  if constexpr (requires { it.apply_class_balancing; }) {
    visit("apply_class_balancing", it.apply_class_balancing);
  }
  if constexpr (requires { it.alpha; }) visit("alpha", it.alpha);
  if constexpr (requires { it.gamma; }) visit("gamma", it.gamma);
  if constexpr (requires { it.delta; }) visit("delta", it.delta);
  if constexpr (requires { it.from_logits; }) visit("from_logits", it.from_logits);
  if constexpr (requires { it.label_smoothing; }) visit("label_smoothing", it.label_smoothing);
  if constexpr (requires { it.ignore_class; }) visit("ignore_class", it.ignore_class);
}

}  // namespace

Loss::Loss(const std::string& name)
    : kind_(internal::choice_named<Kind>("loss", without_alias(name), kNames)) {}

std::string Loss::name() const { return std::string(kNames[kind_.index()].name); }

std::string Loss::class_name() const { return std::string(kNames[kind_.index()].class_name); }

Reduction Loss::reduction() const {
  return std::visit([](const auto& kind) { return kind.reduction; }, kind_);
}

void Loss::validate() const {
  const auto check = [&](const std::string& name, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
      const bool fraction = name == "label_smoothing" || name == "alpha";
      const bool holds =
          fraction ? value >= 0.0 && value <= 1.0
                   : std::isfinite(value) && (name == "delta" ? value > 0.0 : value >= 0.0);
      if (holds) return;
      std::ostringstream text;
      text << class_name() << ": " << name << " must be "
           << (fraction          ? "in [0, 1]"
               : name == "delta" ? "greater than 0"
                                 : "at least 0")
           << ", got " << value;
      throw Error(ErrorKind::kUsage, text.str());
    }
  };
  std::visit([&](const auto& kind) { visit_arguments(kind, check); }, kind_);
}

namespace {

/// The loss as it is computed for these labels and outputs, and the rows it is computed over.
std::pair<internal::LossFunction, internal::LabelledRows> prepared(const Loss& loss,
                                                                   const Tensor& y_true,
                                                                   const Tensor& y_pred,
                                                                   const Tensor& sample_weight) {
  const Shape& shape = y_pred.shape();
  if (shape.empty() || y_pred.size() == 0) {
    throw Error(ErrorKind::kData, loss.name() + " expects outputs, got shape " + to_string(shape));
  }
  internal::LossFunction function(internal::resolved(loss, y_true.shape(), shape),
                                  internal::ActivationKind::kLinear);
  function.check_targets(y_true.shape(), shape);
  const auto samples = static_cast<std::size_t>(shape.front());
  if (!sample_weight.empty() && sample_weight.size() != samples) {
    throw Error(ErrorKind::kData, "sample_weight has " + std::to_string(sample_weight.size()) +
                                      " values for " + std::to_string(samples) + " samples");
  }
  const auto width = static_cast<std::size_t>(shape.back());
  const internal::LabelledRows rows{
      .outputs = y_pred.data(),
      .targets = y_true.data(),
      .sample_weight = sample_weight.empty() ? nullptr : sample_weight.data(),
      .count = y_pred.size() / width,
      .width = width,
      .rows_per_sample = y_pred.size() / width / samples};
  return {std::move(function), rows};
}

}  // namespace

double Loss::operator()(const Tensor& y_true, const Tensor& y_pred,
                        const Tensor& sample_weight) const {
  const auto [function, rows] = prepared(*this, y_true, y_pred, sample_weight);
  return function.compute(rows, function.scale(rows), nullptr);
}

Tensor Loss::unreduced(const Tensor& y_true, const Tensor& y_pred,
                       const Tensor& sample_weight) const {
  const auto [function, rows] = prepared(*this, y_true, y_pred, sample_weight);
  Tensor losses(Shape(y_pred.shape().begin(), y_pred.shape().end() - 1));
  const std::size_t target = y_true.size() / rows.count;
  for (std::size_t row = 0; row < rows.count; ++row) {
    internal::LabelledRows one = rows;
    one.outputs += row * rows.width;
    one.targets += row * target;
    one.count = 1;
    one.sample_weight = nullptr;
    losses[row] = static_cast<float>(rows.weight(row) * function.compute(one, 1.0, nullptr));
  }
  return losses;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const internal::ChoiceName& one : kNames) names.emplace_back(one.name);
  return names;
}

namespace internal {

nlohmann::ordered_json loss_json(const Loss& loss) {
  const auto config_of = [](const Loss& one) {
    nlohmann::ordered_json config{{"reduction", kReductions[std::size_t(one.reduction())]},
                                  {"name", one.name()}};
    if (one.reduction() == Reduction::kSumOverBatchSize) config["reduction"] = "auto";
    std::visit(
        [&](const auto& kind) {
          visit_arguments(kind, [&](const char* name, const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::optional<int>>) {
              if (value) config[name] = *value;
            } else {
              config[name] = value;
            }
          });
        },
        one.kind());
    return config;
  };
  const nlohmann::ordered_json config = config_of(loss);
  if (config == config_of(Loss(loss.name()))) return loss.name();
  return {{"class_name", loss.class_name()}, {"config", config}};
}

Loss loss_from_json(const nlohmann::json& json) {
  auto [name, rest] = class_and_config("loss", json);
  name = name.substr(name.find('>') + 1);
  rest.erase("name");
  rest.erase("fn");
  rest.erase("dtype");
  if (rest.contains("axis") && rest["axis"] == -1) rest.erase("axis");
  std::string reduction = "auto";
  const std::string class_name = name;
  if (rest.contains("reduction") && rest["reduction"].is_null()) rest["reduction"] = "none";
  take_argument(class_name, rest, "reduction", reduction);
  if (reduction == "auto") reduction = "sum_over_batch_size";
  const auto found = std::find(kReductions.begin(), kReductions.end(), reduction);
  if (found == kReductions.end()) {
    throw Error(ErrorKind::kModel, class_name + ": reduction '" + reduction +
                                       "' is not supported, as training needs one number; expected "
                                       "sum_over_batch_size, mean, sum or mean_with_sample_weight");
  }
  try {
    const auto read = [&, &rest = rest](auto kind) -> Loss {
      if constexpr (!std::is_same_v<decltype(kind), Crossentropy>) {
        kind.reduction = static_cast<Reduction>(found - kReductions.begin());
      }
      visit_arguments(
          kind, [&](const char* key, auto& value) { take_argument(class_name, rest, key, value); });
      refuse_rest(class_name, rest);
      return kind;
    };
    return std::visit(read, Loss(name).kind());
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

}  // namespace internal

std::string to_json(const Loss& loss) { return internal::loss_json(loss).dump(); }

}  // namespace folio
