#include "constraint.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include "named_choice.h"

namespace folio {
namespace {

constexpr std::array<internal::ChoiceName, std::variant_size_v<Constraint::Kind>> kNames{{
    {"", ""},
    {"MaxNorm", "max_norm"},
    {"NonNeg", "non_neg"},
    {"UnitNorm", "unit_norm"},
    {"MinMaxNorm", "min_max_norm"},
}};

void check(bool holds, const char* what, double value, const char* expected) {
  if (holds) return;
  std::ostringstream text;
  text << what << " must be " << expected << ", got " << value;
  throw Error(ErrorKind::kUsage, text.str());
}

/// For each value of a weight which norm it belongs to, and how many norms there are.
class NormGroups {
 public:
  NormGroups(const Shape& shape, const std::vector<int>& axes) : shape_(shape) {
    std::vector<bool> reduced(shape.size(), false);
    const int rank = static_cast<int>(shape.size());
    for (const int axis : axes) {
      if (axis < -rank || axis >= rank) {
        throw Error(ErrorKind::kModel, "a constraint's axis " + std::to_string(axis) +
                                           " does not exist in a weight of shape " +
                                           to_string(shape));
      }
      reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
    }
    steps_.assign(shape.size(), 0);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (reduced[axis]) continue;
      steps_[axis] = count_;
      count_ *= static_cast<std::size_t>(shape[axis]);
    }
  }

  [[nodiscard]] std::size_t count() const { return count_; }

  [[nodiscard]] std::size_t group(std::size_t index) const {
    std::size_t group = 0;
    for (std::size_t axis = shape_.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(shape_[axis]);
      group += index % extent * steps_[axis];
      index /= extent;
    }
    return group;
  }

 private:
  const Shape& shape_;
  std::vector<std::size_t> steps_;  ///< Between the groups along each axis; 0 where it is reduced.
  std::size_t count_ = 1;
};

/// Scales a weight so that each norm n becomes wanted(n), but for Keras' epsilon.
template <typename Wanted>
void rescale(Tensor& weight, const std::vector<int>& axes, Wanted wanted) {
  constexpr double kEpsilon = 1e-7;
  const NormGroups groups(weight.shape(), axes);
  std::vector<double> factors(groups.count(), 0.0);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    factors[groups.group(i)] += static_cast<double>(weight[i]) * weight[i];
  }
  for (double& factor : factors) {
    const double norm = std::sqrt(factor);
    factor = wanted(norm) / (kEpsilon + norm);
  }
  for (std::size_t i = 0; i < weight.size(); ++i) {
    weight[i] = static_cast<float>(weight[i] * factors[groups.group(i)]);
  }
}

struct Apply {
  Tensor& weight;
  void operator()(const std::monostate&) const {}
  void operator()(const NonNeg&) const {
    for (float& value : weight.values()) value = value < 0.0F ? 0.0F : value;
  }
  void operator()(const MaxNorm& it) const {
    rescale(weight, it.axis, [&](double norm) { return std::min(norm, it.max_value); });
  }
  void operator()(const UnitNorm& it) const {
    rescale(weight, it.axis, [](double) { return 1.0; });
  }
  void operator()(const MinMaxNorm& it) const {
    rescale(weight, it.axis, [&](double norm) {
      return it.rate * std::clamp(norm, it.min_value, it.max_value) + (1.0 - it.rate) * norm;
    });
  }
};

template <typename Choice, typename Visit>
void visit_arguments(Choice& it, Visit visit) {
  if constexpr (requires { it.min_value; }) visit("min_value", it.min_value);
  if constexpr (requires { it.max_value; }) visit("max_value", it.max_value);
  if constexpr (requires { it.rate; }) visit("rate", it.rate);
  if constexpr (requires { it.axis; }) visit("axis", it.axis);
}

}  // namespace

Constraint::Constraint(MaxNorm choice) : kind_(std::move(choice)) {
  const double limit = std::get<MaxNorm>(kind_).max_value;
  check(limit > 0.0, "MaxNorm: max_value", limit, "greater than 0");
}
Constraint::Constraint(NonNeg choice) : kind_(choice) {}
Constraint::Constraint(UnitNorm choice) : kind_(std::move(choice)) {}
Constraint::Constraint(MinMaxNorm choice) : kind_(std::move(choice)) {
  const auto& it = std::get<MinMaxNorm>(kind_);
  check(it.min_value >= 0.0, "MinMaxNorm: min_value", it.min_value, "at least 0");
  check(it.max_value >= it.min_value, "MinMaxNorm: max_value", it.max_value, "at least min_value");
  check(it.rate >= 0.0 && it.rate <= 1.0, "MinMaxNorm: rate", it.rate, "in [0, 1]");
}
Constraint::Constraint(const char* name) : Constraint(std::string(name)) {}
Constraint::Constraint(const std::string& name)
    : kind_(internal::choice_named<Kind>("constraint", name, kNames)) {}

std::string Constraint::class_name() const { return std::string(kNames[kind_.index()].class_name); }

void Constraint::apply(Tensor& weight) const { std::visit(Apply{weight}, kind_); }

namespace internal {

nlohmann::ordered_json constraint_config(const Constraint& constraint) {
  if (constraint.is_none()) return nullptr;
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  const auto write = [&](const char* name, const auto& value) {
    config[name] = value;
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<int>>) {
      if (value.size() == 1) config[name] = value.front();
    }
  };
  std::visit([&](const auto& kind) { visit_arguments(kind, write); }, constraint.kind());
  return {{"class_name", constraint.class_name()}, {"config", config}};
}

Constraint constraint_from_config(const nlohmann::json& json) {
  if (json.is_null()) return {};
  auto [name, rest] = class_and_config("constraint", json);
  try {
    const auto read = [&, &name = name, &rest = rest](auto kind) -> Constraint {
      if constexpr (std::is_same_v<decltype(kind), std::monostate>) {
        return {};
      } else {
        visit_arguments(
            kind, [&](const char* key, auto& value) { take_argument(name, rest, key, value); });
        refuse_rest(name, rest);
        return kind;
      }
    };
    return std::visit(read, Constraint(name).kind());
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

}  // namespace internal
}  // namespace folio
