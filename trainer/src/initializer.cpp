#include "initializer.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "counter_random.h"

namespace folio::internal {
namespace {

enum class Distribution { kTruncatedNormal, kUniform };
enum class Fan { kIn, kOut, kAverage };

/// The family of VarianceScaling, which most initialisers belong to.
struct Scaled {
  std::string_view name;
  std::string_view class_name;
  double scale;
  Fan fan;
  Distribution distribution;
};

constexpr std::array<Scaled, 6> kScaled{{
    {"glorot_uniform", "GlorotUniform", 1.0, Fan::kAverage, Distribution::kUniform},
    {"glorot_normal", "GlorotNormal", 1.0, Fan::kAverage, Distribution::kTruncatedNormal},
    {"he_uniform", "HeUniform", 2.0, Fan::kIn, Distribution::kUniform},
    {"he_normal", "HeNormal", 2.0, Fan::kIn, Distribution::kTruncatedNormal},
    {"lecun_uniform", "LecunUniform", 1.0, Fan::kIn, Distribution::kUniform},
    {"lecun_normal", "LecunNormal", 1.0, Fan::kIn, Distribution::kTruncatedNormal},
}};

struct Fixed {
  std::string_view name;
  std::string_view class_name;
};

constexpr std::array<Fixed, 5> kFixed{{
    {"random_normal", "RandomNormal"},
    {"random_uniform", "RandomUniform"},
    {"truncated_normal", "TruncatedNormal"},
    {"zeros", "Zeros"},
    {"ones", "Ones"},
}};

constexpr double kDefaultSpread = 0.05;  // Keras' stddev and limit of the random_... initialisers.
/// Standard deviation of a normal distribution cut at two standard deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

double truncated_normal(CounterRandom& random) {
  double value = random.normal();
  while (std::abs(value) > 2.0) value = random.normal();
  return value;
}

double fan_of(const Shape& shape, Fan fan) {
  if (shape.empty()) return 1.0;
  double receptive = 1.0;
  for (std::size_t axis = 0; axis + 2 < shape.size(); ++axis) {
    receptive *= static_cast<double>(shape[axis]);
  }
  const auto last = static_cast<double>(shape.back());
  const double in = shape.size() == 1 ? last : receptive * static_cast<double>(shape.end()[-2]);
  const double out = shape.size() == 1 ? last : receptive * last;
  return fan == Fan::kIn ? in : fan == Fan::kOut ? out : (in + out) / 2.0;
}

}  // namespace

void check_initializer(const std::string& name) {
  std::string known;
  for (const Scaled& one : kScaled) {
    if (one.name == name) return;
    known += std::string(one.name) + ", ";
  }
  for (const Fixed& one : kFixed) {
    if (one.name == name) return;
    known += std::string(one.name) + ", ";
  }
  throw Error(ErrorKind::kUsage, "unknown initializer '" + name + "', expected one of " +
                                     known.substr(0, known.size() - 2));
}

Tensor initialize(const std::string& name, const Shape& shape, std::uint64_t seed,
                  std::uint32_t index) {
  check_initializer(name);
  Tensor tensor(shape);
  CounterRandom random(seed, index);
  const auto fill = [&](auto draw) {
    for (float& value : tensor.values()) value = static_cast<float>(draw());
  };
  for (const Scaled& one : kScaled) {
    if (one.name != name) continue;
    const double variance = one.scale / std::max(1.0, fan_of(shape, one.fan));
    if (one.distribution == Distribution::kUniform) {
      const double limit = std::sqrt(3.0 * variance);
      fill([&] { return (2.0 * random.uniform() - 1.0) * limit; });
    } else {
      const double deviation = std::sqrt(variance) / kTruncatedDeviation;
      fill([&] { return truncated_normal(random) * deviation; });
    }
  }
  if (name == "ones") fill([] { return 1.0; });
  if (name == "random_normal") fill([&] { return random.normal() * kDefaultSpread; });
  if (name == "random_uniform") {
    fill([&] { return (2.0 * random.uniform() - 1.0) * kDefaultSpread; });
  }
  if (name == "truncated_normal") fill([&] { return truncated_normal(random) * kDefaultSpread; });
  return tensor;
}

nlohmann::ordered_json initializer_config(const std::string& name) {
  for (const Scaled& one : kScaled) {
    if (one.name == name) {
      return {{"class_name", one.class_name}, {"config", {{"seed", nullptr}}}};
    }
  }
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  if (name == "random_normal" || name == "truncated_normal") {
    config = {{"mean", 0.0}, {"stddev", kDefaultSpread}, {"seed", nullptr}};
  } else if (name == "random_uniform") {
    config = {{"minval", -kDefaultSpread}, {"maxval", kDefaultSpread}, {"seed", nullptr}};
  }
  for (const Fixed& one : kFixed) {
    if (one.name == name) return {{"class_name", one.class_name}, {"config", config}};
  }
  check_initializer(name);  // Throws: the name is none of them.
  return nullptr;
}

std::string initializer_from_config(const nlohmann::json& config) {
  const std::string name =
      config.is_string() ? config.get<std::string>() : config.value("class_name", std::string());
  for (const Scaled& one : kScaled) {
    if (name == one.name || name == one.class_name) return std::string(one.name);
  }
  for (const Fixed& one : kFixed) {
    if (name == one.name || name == one.class_name) return std::string(one.name);
  }
  if (name == "VarianceScaling" && config.contains("config")) {
    const nlohmann::json& arguments = config["config"];
    const double scale = arguments.value("scale", 1.0);
    const std::string mode = arguments.value("mode", "fan_in");
    const std::string distribution = arguments.value("distribution", "truncated_normal");
    for (const Scaled& one : kScaled) {
      const std::string_view one_mode = one.fan == Fan::kAverage ? "fan_avg" : "fan_in";
      const bool same_distribution =
          one.distribution == Distribution::kUniform
              ? distribution == "uniform"
              : distribution == "truncated_normal" || distribution == "normal";
      if (scale == one.scale && mode == one_mode && same_distribution) return std::string(one.name);
    }
  }
  throw Error(ErrorKind::kModel,
              "initializer " +
                  config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                  " is not supported");
}

}  // namespace folio::internal
