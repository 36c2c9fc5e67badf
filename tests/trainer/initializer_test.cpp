#include "initializer.h"
#include "message_of.h"

#include <folio/datasets/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace folio {
namespace {

using internal::initialize;
using test::message_of;
using testing::HasSubstr;

const Shape kKernel{3, 3, 64, 128};  // 576 inputs, 1152 outputs.

struct Statistics {
  double mean = 0.0;
  double deviation = 0.0;
  double largest = 0.0;  ///< Distance from 0.
};

Statistics statistics(const Initializer& initializer, const Shape& shape = kKernel) {
  const Tensor tensor = initialize(initializer, shape, 5, 2);
  Statistics found;
  double squares = 0.0;
  for (const float value : tensor.values()) {
    found.mean += value;
    squares += double{value} * value;
    found.largest = std::max(found.largest, std::abs(double{value}));
  }
  const auto count = static_cast<double>(tensor.size());
  found.mean /= count;
  found.deviation = std::sqrt(squares / count - found.mean * found.mean);
  return found;
}

/// The 73,728 values tell a deviation to about 0.3 %.
void expect_distribution(const Initializer& initializer, double deviation, double limit) {
  const Statistics found = statistics(initializer);
  EXPECT_NEAR(found.mean, 0.0, 4.0 * deviation / std::sqrt(73728.0)) << initializer.class_name();
  EXPECT_NEAR(found.deviation, deviation, 0.012 * deviation) << initializer.class_name();
  EXPECT_LE(found.largest, limit) << initializer.class_name();
  EXPECT_GT(found.largest, 0.99 * limit) << initializer.class_name();
}

TEST(InitializerTest, UniformOnesFillTheirLimits) {
  const auto expect_uniform = [](const Initializer& initializer, double limit) {
    expect_distribution(initializer, limit / std::sqrt(3.0), limit);
  };
  expect_uniform("glorot_uniform", std::sqrt(6.0 / (576 + 1152)));  // .0589
  expect_uniform("he_uniform", std::sqrt(6.0 / 576));
  expect_uniform("lecun_uniform", std::sqrt(3.0 / 576));
  expect_uniform("random_uniform", 0.05);
  expect_uniform(RandomUniform{.minval = -2.0, .maxval = 2.0}, 2.0);
  expect_uniform(VarianceScaling{.scale = 3.0, .mode = "fan_out", .distribution = "uniform"},
                 std::sqrt(9.0 / 1152));
}

TEST(InitializerTest, TruncatedOnesHaveTheirDeviationAndLimit) {
  const auto expect_cut = [](const Initializer& initializer, double deviation) {
    expect_distribution(initializer, deviation, 2.0 * deviation / 0.87962566103423978);
  };
  expect_cut("glorot_normal", std::sqrt(2.0 / (576 + 1152)));
  expect_cut("he_normal", std::sqrt(2.0 / 576));  // .0590 and .1340
  expect_cut("lecun_normal", std::sqrt(1.0 / 576));
  expect_cut("variance_scaling", std::sqrt(1.0 / 576));
  // This one is not corrected for what is cut off.
  expect_cut("truncated_normal", 0.0440);
  EXPECT_NEAR(statistics("truncated_normal").largest, 0.1, 1e-3);
}

TEST(InitializerTest, NormalOnesAreNotCut) {
  EXPECT_NEAR(statistics("random_normal").deviation, 0.05, 6e-4);
  EXPECT_GT(statistics("random_normal").largest, 0.18);
  const Statistics moved = statistics(RandomNormal{.mean = 3.0, .stddev = 0.5});
  EXPECT_NEAR(moved.mean, 3.0, 0.01);
  EXPECT_NEAR(moved.deviation, 0.5, 6e-3);
  const Statistics scaled = statistics(VarianceScaling{.distribution = "untruncated_normal"});
  EXPECT_NEAR(scaled.deviation, 1.0 / 24.0, 5e-4);
  EXPECT_GT(scaled.largest, 3.5 / 24.0);
}

TEST(InitializerTest, ConstantsAreConstant) {
  EXPECT_EQ(initialize("zeros", {2}, 1, 0)[1], 0.0F);
  EXPECT_EQ(initialize("ones", {2}, 1, 0)[1], 1.0F);
  EXPECT_EQ(initialize("constant", {2}, 1, 0)[1], 0.0F);
  EXPECT_EQ(initialize(Constant{.value = 2.5}, {2}, 1, 0)[1], 2.5F);
  const Tensor identity = initialize(Identity{.gain = 3.0}, {2, 3}, 1, 0);
  EXPECT_THAT(std::vector<float>(identity.values().begin(), identity.values().end()),
              testing::ElementsAre(3, 0, 0, 0, 3, 0));
}

void expect_orthogonal(const Shape& shape, double gain) {
  const Tensor tensor = initialize(Orthogonal{.gain = gain}, shape, 3, 1);
  const auto columns = static_cast<std::size_t>(shape.back());
  const std::size_t rows = tensor.size() / columns;
  const bool tall = rows >= columns;
  // Columns of a tall matrix, rows of a wide one.
  const auto at = [&](std::size_t vector, std::size_t i) -> double {
    return tall ? tensor[i * columns + vector] : tensor[vector * columns + i];
  };
  for (std::size_t a = 0; a < std::min(rows, columns); ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double product = 0.0;
      for (std::size_t i = 0; i < std::max(rows, columns); ++i) product += at(a, i) * at(b, i);
      ASSERT_NEAR(product, a == b ? gain * gain : 0.0, 1e-5) << a << " " << b;
    }
  }
}

TEST(InitializerTest, OrthogonalIsOrthogonal) {
  expect_orthogonal({3, 3, 8, 16}, 1.0);
  expect_orthogonal({16, 16}, 1.0);
  expect_orthogonal({5, 40}, 2.0);
  expect_orthogonal({1, 1}, 1.0);
  EXPECT_NEAR(statistics("orthogonal").deviation, 0.0417, 1e-4);
}

TEST(InitializerTest, OwnSeedDecidesAlone) {
  const auto first = [](const Initializer& initializer, std::uint64_t seed, std::uint32_t index) {
    return initialize(initializer, {4}, seed, index)[0];
  };
  EXPECT_EQ(first(HeNormal{.seed = 3}, 1, 0), first(HeNormal{.seed = 3}, 2, 5));
  EXPECT_NE(first(HeNormal{.seed = 3}, 1, 0), first(HeNormal{.seed = 4}, 1, 0));
  EXPECT_NE(first("he_normal", 1, 0), first("he_normal", 2, 0));
  EXPECT_NE(first("he_normal", 1, 0), first("he_normal", 1, 1));
  EXPECT_EQ(first("he_normal", 1, 1), first("he_normal", 1, 1));
}

TEST(InitializerTest, JsonHoldsTheArguments) {
  for (const Initializer& initializer :
       {Initializer("glorot_uniform"), Initializer("zeros"), Initializer(Constant{2.0}),
        Initializer(Identity{}), Initializer(RandomNormal{1.0, 2.0, 3}),
        Initializer(RandomUniform{-1.0, 2.0}), Initializer(TruncatedNormal{}),
        Initializer(VarianceScaling{2.0, "fan_out", "uniform", 7}), Initializer(Orthogonal{2.0})}) {
    const auto config = internal::initializer_config(initializer);
    EXPECT_EQ(internal::initializer_config(
                  internal::initializer_from_config(nlohmann::json::parse(config.dump()))),
              config);
  }
  EXPECT_EQ(internal::initializer_config("he_normal").dump(),
            R"({"class_name":"HeNormal","config":{"seed":null}})");
  // Keras 2.0 wrote Glorot so.
  EXPECT_EQ(internal::initializer_config(internal::initializer_from_config(nlohmann::json::parse(
                R"({"class_name": "VarianceScaling", "config": {"scale": 1.0,
                        "mode": "fan_avg", "distribution": "normal", "seed": null}})")))
                ["config"]["distribution"],
            "truncated_normal");
}

TEST(InitializerTest, RefusalsNameTheArgument) {
  EXPECT_THAT(message_of([] { Initializer("he_narmal"); }),
              HasSubstr("unknown initializer 'he_narmal', expected one of zeros, ones"));
  EXPECT_THAT(message_of([] { Initializer(RandomNormal{.stddev = -1.0}); }),
              HasSubstr("RandomNormal: stddev must be at least 0, got -1"));
  EXPECT_THAT(message_of([] { Initializer(RandomUniform{.minval = 1.0}); }), HasSubstr("minval"));
  EXPECT_THAT(message_of([] { Initializer(VarianceScaling{.scale = 0.0}); }), HasSubstr("scale"));
  EXPECT_THAT(message_of([] { Initializer(VarianceScaling{.mode = "fan"}); }),
              HasSubstr("mode must be fan_in, fan_out or fan_avg, got fan"));
  EXPECT_THAT(message_of([] { Initializer(VarianceScaling{.distribution = "x"}); }),
              HasSubstr("distribution"));
  EXPECT_THAT(message_of([] { initialize("orthogonal", {3}, 1, 0); }), HasSubstr("not (3,)"));
  EXPECT_THAT(message_of([] {
                initialize("identity", {3, 3, 1, 1}, 1, 0);
              }),
              HasSubstr("two axes"));
  const auto read = [](const char* json) {
    return message_of([&] { internal::initializer_from_config(nlohmann::json::parse(json)); });
  };
  EXPECT_THAT(read(R"({"class_name": "HeNormal", "config": {"warmth": 2}})"),
              HasSubstr("HeNormal: argument 'warmth' with value 2"));
  EXPECT_THAT(read(R"({"class_name": "Constant", "config": {"value": [1]}})"),
              HasSubstr("value must be a number, got [1]"));
  EXPECT_THAT(read("3"), HasSubstr("has no class_name"));
}

}  // namespace
}  // namespace folio
