#include <folio/trainer/optimizer.h>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <sstream>
#include <string_view>

#include "optimizer_arguments.h"

namespace folio {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Optimizer::Kind>> kClassNames{
    "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion"};

std::string lower_case(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

template <std::size_t... kIndex>
Optimizer::Kind kind_at(std::size_t wanted, std::index_sequence<kIndex...>) {
  Optimizer::Kind kind;
  ((kIndex == wanted ? void(kind.emplace<kIndex>()) : void()), ...);
  return kind;
}

Optimizer::Kind kind_named(const std::string& name) {
  for (std::size_t i = 0; i < kClassNames.size(); ++i) {
    if (lower_case(kClassNames[i]) == lower_case(name)) {
      return kind_at(i, std::make_index_sequence<kClassNames.size()>());
    }
  }
  std::string known;
  for (const std::string& one : optimizer_names()) known += (known.empty() ? "" : ", ") + one;
  throw Error(ErrorKind::kUsage, "unknown optimizer '" + name + "', expected one of " + known +
                                     did_you_mean(name, optimizer_names()));
}

/// Refuses arguments by name, with the class before it.
class Checks {
 public:
  explicit Checks(std::string class_name) : class_name_(std::move(class_name)) {}

  void check(bool holds, std::string_view what, double value, std::string_view expected) const {
    if (holds) return;
    std::ostringstream text;
    text << class_name_ << ": " << what << " must be " << expected << ", got " << value;
    throw Error(ErrorKind::kUsage, text.str());
  }
  void at_least_0(std::string_view what, double value) const {
    check(std::isfinite(value) && value >= 0.0, what, value, "at least 0");
  }
  void positive(std::string_view what, double value) const {
    check(std::isfinite(value) && value > 0.0, what, value, "greater than 0");
  }
  void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kUsage, class_name_ + ": " + reason);
  }

 private:
  std::string class_name_;
};

void check_common(const Checks& checks, const OptimizerOptions& common) {
  if (common.weight_decay) checks.at_least_0("weight_decay", *common.weight_decay);
  if (common.clipnorm) checks.positive("clipnorm", *common.clipnorm);
  if (common.clipvalue) checks.positive("clipvalue", *common.clipvalue);
  if (common.global_clipnorm) checks.positive("global_clipnorm", *common.global_clipnorm);
  if (common.clipnorm.has_value() + common.clipvalue.has_value() +
          common.global_clipnorm.has_value() >
      1) {
    checks.refuse("at most one of clipnorm, clipvalue and global_clipnorm can be set");
  }
  checks.check(common.ema_momentum >= 0.0 && common.ema_momentum <= 1.0, "ema_momentum",
               common.ema_momentum, "in [0, 1]");
  if (common.ema_overwrite_frequency) {
    checks.check(*common.ema_overwrite_frequency > 0, "ema_overwrite_frequency",
                 *common.ema_overwrite_frequency, "at least 1");
    if (!common.use_ema) checks.refuse("ema_overwrite_frequency needs use_ema");
  }
  if (common.gradient_accumulation_steps) {
    checks.check(*common.gradient_accumulation_steps >= 2, "gradient_accumulation_steps",
                 *common.gradient_accumulation_steps, "at least 2");
  }
}

}  // namespace

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const std::string_view name : kClassNames) names.push_back(lower_case(name));
  return names;
}

Optimizer::Optimizer(const std::string& name) : kind_(kind_named(name)) {}

std::string Optimizer::class_name() const { return std::string(kClassNames[kind_.index()]); }

OptimizerOptions Optimizer::options() const {
  return std::visit(
      [](const auto& kind) {
        return OptimizerOptions{.weight_decay = kind.weight_decay,
                                .clipnorm = kind.clipnorm,
                                .clipvalue = kind.clipvalue,
                                .global_clipnorm = kind.global_clipnorm,
                                .use_ema = kind.use_ema,
                                .ema_momentum = kind.ema_momentum,
                                .ema_overwrite_frequency = kind.ema_overwrite_frequency,
                                .gradient_accumulation_steps = kind.gradient_accumulation_steps};
      },
      kind_);
}

const LearningRate& Optimizer::learning_rate() const {
  return std::visit([](const auto& kind) -> const LearningRate& { return kind.learning_rate; },
                    kind_);
}

void Optimizer::set_learning_rate(double rate) {
  if (learning_rate().is_schedule()) {
    throw Error(ErrorKind::kUsage, "the learning rate is a schedule (" +
                                       learning_rate().class_name() + ") and cannot be set");
  }
  Optimizer changed = *this;
  std::visit([&](auto& kind) { kind.learning_rate = rate; }, changed.kind_);
  changed.validate();
  *this = std::move(changed);
}

void Optimizer::validate() const {
  const Checks checks(class_name());
  check_common(checks, options());
  const auto check_kind = [&](const auto& kind) {
    using Choice = std::decay_t<decltype(kind)>;
    internal::visit_arguments(kind, [&](const std::string& name, const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
        if (name == "momentum") {
          checks.check(value >= 0.0 && value <= 1.0, name, value, "in [0, 1]");
        } else if (name == "beta_1" || name == "beta_2" || name == "rho") {
          checks.check(value >= 0.0 && value < 1.0, name, value, "in [0, 1)");
        } else if (name == "epsilon") {
          // At 0 a gradient that is exactly 0, as behind a closed ReLU, would give 0 / 0.
          checks.positive(name, value);
        } else if (name == "learning_rate_power") {
          checks.check(std::isfinite(value) && value <= 0.0, name, value, "at most 0");
        } else if (name != "ema_momentum") {
          checks.at_least_0(name, value);
        }
      }
    });
    if constexpr (std::is_same_v<Choice, Ftrl>) {
      if (!kind.learning_rate.is_schedule()) {
        checks.positive("learning_rate", kind.learning_rate.at(0));
      }
    }
  };
  std::visit(check_kind, kind_);
}

}  // namespace folio
