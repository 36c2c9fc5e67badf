#include <folio/datasets/error.h>
#include <folio/trainer/learning_rate.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "message_of.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

TEST(LearningRateTest, ANumberStays) {
  const LearningRate rate = 0.25;
  EXPECT_FALSE(rate.is_schedule());
  EXPECT_EQ(rate.at(0), 0.25);
  EXPECT_EQ(rate.at(1000), 0.25);
}

TEST(LearningRateTest, ExponentialDecay) {
  const LearningRate smooth = folio::ExponentialDecay{0.1, 10.0, 0.5};
  EXPECT_DOUBLE_EQ(smooth.at(0), 0.1);
  EXPECT_DOUBLE_EQ(smooth.at(5), 0.1 * std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(smooth.at(20), 0.025);
  const LearningRate stairs = folio::ExponentialDecay{0.1, 10.0, 0.5, true};
  EXPECT_DOUBLE_EQ(stairs.at(9), 0.1);
  EXPECT_DOUBLE_EQ(stairs.at(10), 0.05);
}

TEST(LearningRateTest, PiecewiseConstantDecayIncludesItsBoundaries) {
  const LearningRate rate = folio::PiecewiseConstantDecay{{10.0, 20.0}, {1.0, 0.5, 0.1}};
  EXPECT_EQ(rate.at(0), 1.0);
  EXPECT_EQ(rate.at(10), 1.0);
  EXPECT_EQ(rate.at(11), 0.5);
  EXPECT_EQ(rate.at(20), 0.5);
  EXPECT_EQ(rate.at(21), 0.1);
}

TEST(LearningRateTest, PolynomialDecay) {
  const LearningRate line = folio::PolynomialDecay{0.1, 10.0, 0.02};
  EXPECT_DOUBLE_EQ(line.at(5), 0.06);
  EXPECT_DOUBLE_EQ(line.at(99), 0.02);
  const LearningRate square = folio::PolynomialDecay{1.0, 10.0, 0.0, 2.0};
  EXPECT_DOUBLE_EQ(square.at(5), 0.25);
  // The second time it takes 20 steps, and is half way at 10.
  const LearningRate again = folio::PolynomialDecay{1.0, 10.0, 0.0, 1.0, true};
  EXPECT_DOUBLE_EQ(again.at(0), 1.0);
  EXPECT_DOUBLE_EQ(again.at(10), 0.0);
  EXPECT_DOUBLE_EQ(again.at(15), 0.25);
}

TEST(LearningRateTest, InverseTimeDecay) {
  const LearningRate smooth = folio::InverseTimeDecay{1.0, 10.0, 0.5};
  EXPECT_DOUBLE_EQ(smooth.at(20), 0.5);
  EXPECT_DOUBLE_EQ(smooth.at(5), 0.8);
  const LearningRate stairs = folio::InverseTimeDecay{1.0, 10.0, 0.5, true};
  EXPECT_DOUBLE_EQ(stairs.at(9), 1.0);
}

TEST(LearningRateTest, CosineDecay) {
  const LearningRate plain = folio::CosineDecay{0.1, 100.0, 0.1};
  EXPECT_DOUBLE_EQ(plain.at(0), 0.1);
  EXPECT_DOUBLE_EQ(plain.at(50), 0.1 * (0.9 * 0.5 + 0.1));
  EXPECT_DOUBLE_EQ(plain.at(100), 0.01);
  EXPECT_DOUBLE_EQ(plain.at(500), 0.01);
  const LearningRate warm = folio::CosineDecay{.initial_learning_rate = 0.0,
                                               .decay_steps = 100.0,
                                               .warmup_target = 0.2,
                                               .warmup_steps = 10.0};
  EXPECT_DOUBLE_EQ(warm.at(0), 0.0);
  EXPECT_DOUBLE_EQ(warm.at(5), 0.1);
  EXPECT_DOUBLE_EQ(warm.at(10), 0.2);
  EXPECT_DOUBLE_EQ(warm.at(60), 0.1);
  EXPECT_NEAR(warm.at(110), 0.0, 1e-15);
}

TEST(LearningRateTest, CosineDecayRestarts) {
  const LearningRate rate = folio::CosineDecayRestarts{1.0, 10.0, 2.0, 0.5};
  EXPECT_DOUBLE_EQ(rate.at(0), 1.0);
  EXPECT_DOUBLE_EQ(rate.at(5), 0.5);
  EXPECT_DOUBLE_EQ(rate.at(10), 0.5);  // The second period has 20 steps.
  EXPECT_DOUBLE_EQ(rate.at(20), 0.25);
  EXPECT_DOUBLE_EQ(rate.at(30), 0.25);  // The third starts at 30, half as high again.
  const LearningRate even = folio::CosineDecayRestarts{1.0, 10.0, 1.0, 1.0};
  for (const std::uint64_t start : {0U, 10U, 70U}) {
    EXPECT_DOUBLE_EQ(even.at(start), 1.0);
    EXPECT_DOUBLE_EQ(even.at(start + 5), 0.5);
  }
  // A start is never taken for the end of the period before, whatever logarithms round to.
  const LearningRate threes = folio::CosineDecayRestarts{1.0, 7.0, 3.0, 1.0};
  std::uint64_t start = 0;
  for (std::uint64_t length = 7; length < 100000; length *= 3) {
    EXPECT_DOUBLE_EQ(threes.at(start), 1.0) << start;
    start += length;
  }
}

TEST(LearningRateTest, RefusalsNameTheArgument) {
  EXPECT_THAT(message_of([] { LearningRate{std::nan("")}; }), HasSubstr("learning_rate"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::ExponentialDecay{0.1, 0.0, 0.5}};
              }),
              HasSubstr("ExponentialDecay: decay_steps must be greater than 0, got 0"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::PiecewiseConstantDecay{{1.0}, {1.0}}};
              }),
              HasSubstr("one more than boundaries, got 1 and 1"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::PiecewiseConstantDecay{{2.0, 1.0}, {1.0, 1.0, 1.0}}};
              }),
              HasSubstr("in rising order, got 1"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::PolynomialDecay{-1.0, 1.0}};
              }),
              HasSubstr("PolynomialDecay: initial_learning_rate"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::InverseTimeDecay{1.0, 1.0, -1.0}};
              }),
              HasSubstr("InverseTimeDecay: decay_rate"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::CosineDecay{1.0, 1.0, 2.0}};
              }),
              HasSubstr("CosineDecay: alpha"));
  EXPECT_THAT(message_of([] {
                LearningRate{folio::CosineDecayRestarts{1.0, 1.0, 0.5}};
              }),
              HasSubstr("CosineDecayRestarts: t_mul"));
}

}  // namespace
}  // namespace folio
