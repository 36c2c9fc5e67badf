#include "initializer.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <vector>

#include "counter_random.h"
#include "named_choice.h"

namespace folio {
namespace {

using internal::ChoiceName;
using internal::CounterRandom;

constexpr std::array<ChoiceName, std::variant_size_v<Initializer::Kind>> kNames{{
    {"Zeros", "zeros"},
    {"Ones", "ones"},
    {"Constant", "constant"},
    {"Identity", "identity"},
    {"RandomNormal", "random_normal"},
    {"RandomUniform", "random_uniform"},
    {"TruncatedNormal", "truncated_normal"},
    {"VarianceScaling", "variance_scaling"},
    {"GlorotUniform", "glorot_uniform"},
    {"GlorotNormal", "glorot_normal"},
    {"HeUniform", "he_uniform"},
    {"HeNormal", "he_normal"},
    {"LecunUniform", "lecun_uniform"},
    {"LecunNormal", "lecun_normal"},
    {"Orthogonal", "orthogonal"},
}};

/// Standard deviation of a normal distribution cut at two standard deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

/// The arguments of the initializers that are VarianceScaling by another name.
VarianceScaling scaling_of(const GlorotUniform& it) { return {1.0, "fan_avg", "uniform", it.seed}; }
VarianceScaling scaling_of(const GlorotNormal& it) {
  return {1.0, "fan_avg", "truncated_normal", it.seed};
}
VarianceScaling scaling_of(const HeUniform& it) { return {2.0, "fan_in", "uniform", it.seed}; }
VarianceScaling scaling_of(const HeNormal& it) {
  return {2.0, "fan_in", "truncated_normal", it.seed};
}
VarianceScaling scaling_of(const LecunUniform& it) { return {1.0, "fan_in", "uniform", it.seed}; }
VarianceScaling scaling_of(const LecunNormal& it) {
  return {1.0, "fan_in", "truncated_normal", it.seed};
}

double truncated_normal(CounterRandom& random) {
  double value = random.normal();
  while (std::abs(value) > 2.0) value = random.normal();
  return value;
}

double fan_of(const Shape& shape, const std::string& mode) {
  if (shape.empty()) return 1.0;
  double receptive = 1.0;
  for (std::size_t axis = 0; axis + 2 < shape.size(); ++axis) {
    receptive *= static_cast<double>(shape[axis]);
  }
  const auto last = static_cast<double>(shape.back());
  const double in = shape.size() == 1 ? last : receptive * static_cast<double>(shape.end()[-2]);
  const double out = shape.size() == 1 ? last : receptive * last;
  return mode == "fan_in" ? in : mode == "fan_out" ? out : (in + out) / 2.0;
}

/// Makes the columns of a rows x columns matrix (rows >= columns) orthonormal, each column keeping
/// its direction as far as those before it let: the Q of a QR whose R has a positive diagonal.
void orthonormalize(std::vector<double>& matrix, std::size_t rows, std::size_t columns) {
  std::vector<double> along(columns);
  // Gram-Schmidt by rows of the trailing matrix, twice: once is not orthogonal to rounding.
  for (std::size_t column = 0; column < columns; ++column) {
    for (int pass = 0; pass < 2; ++pass) {
      std::fill(along.begin(), along.begin() + static_cast<std::ptrdiff_t>(column), 0.0);
      for (std::size_t row = 0; row < rows; ++row) {
        const double* at = matrix.data() + row * columns;
        for (std::size_t other = 0; other < column; ++other) along[other] += at[other] * at[column];
      }
      for (std::size_t row = 0; row < rows; ++row) {
        double* at = matrix.data() + row * columns;
        double projected = 0.0;
        for (std::size_t other = 0; other < column; ++other) projected += along[other] * at[other];
        at[column] -= projected;
      }
    }
    double squares = 0.0;
    for (std::size_t row = 0; row < rows; ++row) {
      squares += matrix[row * columns + column] * matrix[row * columns + column];
    }
    const double norm = std::sqrt(squares);
    for (std::size_t row = 0; row < rows; ++row) matrix[row * columns + column] /= norm;
  }
}

/// Fills a weight; one call for each kind.
struct Fill {
  Tensor& tensor;
  std::uint64_t seed;
  std::uint32_t index;

  [[nodiscard]] CounterRandom random(const std::optional<std::uint64_t>& own) const {
    return own ? CounterRandom(*own, 0) : CounterRandom(seed, index);
  }
  template <typename Draw>
  void each(Draw draw) const {
    for (float& value : tensor.values()) value = static_cast<float>(draw());
  }
  void uniform(CounterRandom random, double low, double high) const {
    each([&] { return low + (high - low) * random.uniform(); });
  }
  void truncated(CounterRandom random, double mean, double deviation) const {
    each([&] { return mean + deviation * truncated_normal(random); });
  }
  void normal(CounterRandom random, double mean, double deviation) const {
    each([&] { return mean + deviation * random.normal(); });
  }

  void operator()(const Zeros&) const {}
  void operator()(const Ones&) const {
    each([] { return 1.0; });
  }
  void operator()(const Constant& it) const {
    each([&] { return it.value; });
  }
  void operator()(const Identity& it) const {
    const Shape& shape = tensor.shape();
    if (shape.size() != 2) {
      throw Error(ErrorKind::kModel,
                  "initializer identity is for weights of two axes, not " + to_string(shape));
    }
    for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i) {
      tensor[static_cast<std::size_t>(i * shape[1] + i)] = static_cast<float>(it.gain);
    }
  }
  void operator()(const RandomNormal& it) const { normal(random(it.seed), it.mean, it.stddev); }
  void operator()(const RandomUniform& it) const { uniform(random(it.seed), it.minval, it.maxval); }
  void operator()(const TruncatedNormal& it) const {
    truncated(random(it.seed), it.mean, it.stddev);
  }
  void operator()(const VarianceScaling& it) const {
    const double variance = it.scale / std::max(1.0, fan_of(tensor.shape(), it.mode));
    if (it.distribution == "uniform") {
      const double limit = std::sqrt(3.0 * variance);
      uniform(random(it.seed), -limit, limit);
    } else if (it.distribution == "untruncated_normal") {
      normal(random(it.seed), 0.0, std::sqrt(variance));
    } else {
      truncated(random(it.seed), 0.0, std::sqrt(variance) / kTruncatedDeviation);
    }
  }
  template <typename Named>
  requires requires(Named it) { scaling_of(it); }
  void operator()(const Named& it) const { (*this)(scaling_of(it)); }

  /// Source  Saxe et al., Exact solutions to the nonlinear dynamics of learning (ICLR 2014).
  void operator()(const Orthogonal& it) const {
    const Shape& shape = tensor.shape();
    if (shape.size() < 2) {
      throw Error(ErrorKind::kModel,
                  "initializer orthogonal is for weights of two or more axes, "
                  "not " +
                      to_string(shape));
    }
    const auto columns = static_cast<std::size_t>(shape.back());
    const std::size_t rows = tensor.size() / std::max<std::size_t>(1, columns);
    const std::size_t longer = std::max(rows, columns);
    const std::size_t shorter = std::min(rows, columns);
    std::vector<double> matrix(longer * shorter);
    CounterRandom numbers = random(it.seed);
    for (double& value : matrix) value = numbers.normal();
    orthonormalize(matrix, longer, shorter);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const double value =
            rows >= columns ? matrix[row * shorter + column] : matrix[column * shorter + row];
        tensor[row * columns + column] = static_cast<float>(it.gain * value);
      }
    }
  }
};

/// visit(argument name, field) for the arguments of each kind, in Keras' order.
template <typename Choice, typename Visit>
void visit_arguments(Choice& it, Visit visit) {
  if constexpr (requires { it.value; }) visit("value", it.value);
  if constexpr (requires { it.gain; }) visit("gain", it.gain);
  if constexpr (requires { it.mean; }) visit("mean", it.mean);
  if constexpr (requires { it.stddev; }) visit("stddev", it.stddev);
  if constexpr (requires { it.minval; }) visit("minval", it.minval);
  if constexpr (requires { it.maxval; }) visit("maxval", it.maxval);
  if constexpr (requires { it.scale; }) visit("scale", it.scale);
  if constexpr (requires { it.mode; }) visit("mode", it.mode);
  if constexpr (requires { it.distribution; }) visit("distribution", it.distribution);
  if constexpr (requires { it.seed; }) visit("seed", it.seed);
}

}  // namespace

Initializer::Initializer(const std::string& name)
    : kind_(internal::choice_named<Kind>("initializer", name, kNames)) {}

std::string Initializer::class_name() const {
  return std::string(kNames[kind_.index()].class_name);
}

void Initializer::validate() const {
  const auto refuse = [&](const std::string& what, const auto& value, const char* expected) {
    std::ostringstream text;
    text << class_name() << ": " << what << " must be " << expected << ", got " << value;
    throw Error(ErrorKind::kUsage, text.str());
  };
  const auto check = [&](const std::string& name, const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, double>) {
      if (!std::isfinite(value)) refuse(name, value, "a finite number");
      if (name == "stddev" && value < 0.0) refuse(name, value, "at least 0");
      if (name == "scale" && value <= 0.0) refuse(name, value, "greater than 0");
    } else if constexpr (std::is_same_v<Value, std::string>) {
      if (name == "mode" && value != "fan_in" && value != "fan_out" && value != "fan_avg") {
        refuse(name, value, "fan_in, fan_out or fan_avg");
      }
      if (name == "distribution" && value != "truncated_normal" && value != "untruncated_normal" &&
          value != "uniform") {
        refuse(name, value, "truncated_normal, untruncated_normal or uniform");
      }
    }
  };
  std::visit([&](const auto& kind) { visit_arguments(kind, check); }, kind_);
  if (const auto* uniform = std::get_if<RandomUniform>(&kind_)) {
    if (uniform->minval > uniform->maxval) refuse("minval", uniform->minval, "at most maxval");
  }
}

namespace internal {

Tensor initialize(const Initializer& initializer, const Shape& shape, std::uint64_t seed,
                  std::uint32_t index) {
  Tensor tensor(shape);
  std::visit(Fill{tensor, seed, index}, initializer.kind());
  return tensor;
}

nlohmann::ordered_json initializer_config(const Initializer& initializer) {
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  const auto write = [&](const char* name, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::optional<std::uint64_t>>) {
      config[name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
    } else {
      config[name] = value;
    }
  };
  std::visit([&](const auto& kind) { visit_arguments(kind, write); }, initializer.kind());
  return {{"class_name", initializer.class_name()}, {"config", config}};
}

Initializer initializer_from_config(const nlohmann::json& json) {
  // By name, as clang before 16 cannot capture structured bindings.
  auto given = class_and_config("initializer", json);
  auto& name = given.first;
  auto& rest = given.second;
  if (name == "IdentityInitializer") name = "Identity";
  if (name == "OrthogonalInitializer") name = "Orthogonal";
  rest.erase("dtype");  // Keras 2.0 to 2.5.
  if (name == "VarianceScaling" && rest.contains("distribution") &&
      rest["distribution"] == "normal") {
    rest["distribution"] = "truncated_normal";  // What Keras 2.0 called it, and meant.
  }
  try {
    const auto read = [&](auto kind) -> Initializer {
      visit_arguments(kind,
                      [&](const char* key, auto& value) { take_argument(name, rest, key, value); });
      refuse_rest(name, rest);
      return kind;
    };
    return std::visit(read, Initializer(name).kind());
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

}  // namespace internal
}  // namespace folio
