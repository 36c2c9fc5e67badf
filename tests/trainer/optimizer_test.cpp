#include <folio/datasets/error.h>
#include <folio/trainer/optimizer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "kernels/optimizer_kernels.h"
#include "message_of.h"
#include "optimizer_json.h"
#include "optimizer_step.h"

namespace folio {
namespace {

using internal::WeightStore;
using test::message_of;
using testing::HasSubstr;

/// A weight of two values with the gradients of two shards.
class OptimizerTest : public testing::Test {
 protected:
  void start(const Optimizer& optimizer) {
    weights_ = WeightStore();
    weights_.add("layer", "bias", {2});
    weights_.set_value(0, Tensor({2}, std::vector<float>{1.0F, -2.0F}));
    internal::reset_slots(optimizer, weights_);
    weights_.reserve_gradients(2);
    iterations_ = 0;
  }

  void step(const Optimizer& optimizer, double first, double second) {
    const double gradient[2] = {first, second};
    for (int i = 0; i < 2; ++i) {
      weights_[0].gradients[0].data()[i] = static_cast<float>(0.25 * gradient[i]);
      weights_[0].gradients[1].data()[i] = static_cast<float>(0.75 * gradient[i]);
    }
    internal::OptimizerStep(optimizer, internal::kernels(8), weights_).apply(iterations_++, 2);
  }

  [[nodiscard]] float weight(std::size_t i) const { return weights_.value(0)[i]; }
  [[nodiscard]] float slot(int which, std::size_t i) const { return weights_.slot(0, which)[i]; }

  /// Weights (1, -2) after Keras' golden gradients.
  void expect_golden(const Optimizer& optimizer, double first, double second,
                     double tolerance = kSixDigits) {
    start(optimizer);
    step(optimizer, 0.5, -1.0);
    step(optimizer, 0.1, 0.2);
    step(optimizer, -0.3, 0.4);
    EXPECT_NEAR(weight(0), first, tolerance) << optimizer.class_name();
    EXPECT_NEAR(weight(1), second, tolerance) << optimizer.class_name();
  }

  /// Half a unit of the last digit that is given, and what single precision adds.
  static constexpr double kSixDigits = 6e-7;

  WeightStore weights_;
  std::uint64_t iterations_ = 0;
};

TEST_F(OptimizerTest, SgdMatchesKeras) {
  expect_golden(SGD{.learning_rate = 0.1}, 0.97, -1.96);
  expect_golden(SGD{.learning_rate = 0.1, .momentum = 0.9}, 0.8755, -1.807);
  expect_golden(SGD{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, 0.85795, -1.7863);
}

TEST_F(OptimizerTest, AdamAndItsRelativesMatchKeras) {
  // Keras' numbers carry the rounding of its coefficient, see below.
  expect_golden(Adam{.learning_rate = 0.1}, 0.798627, -1.835475, 2e-6);
  expect_golden(AdamW{.learning_rate = 0.1}, 0.79754, -1.833176, 2e-6);
  expect_golden(Adamax{.learning_rate = 0.1}, 0.827627, -1.854617);
  expect_golden(Nadam{.learning_rate = 0.1}, 0.912853, -1.940265);
}

/// Keras computes Adam's bias correction in single precision, where 1 - 0.999^t loses five digits;
/// with that coefficient the steps are Keras' in all six digits.
TEST_F(OptimizerTest, AdamsStepMatchesKerasWithTheCoefficientsOfKeras) {
  for (const float decay : {0.0F, 0.004F}) {
    float weights[2] = {1.0F, -2.0F};
    float m[2] = {};
    float v[2] = {};
    float t = 0.0F;
    for (const auto& [first, second] :
         {std::pair{0.5F, -1.0F}, std::pair{0.1F, 0.2F}, std::pair{-0.3F, 0.4F}}) {
      const float gradient[2] = {first, second};
      const float* shard = gradient;
      ++t;
      const internal::AdamStep step{
          .rate = 0.1F * std::sqrt(1.0F - std::pow(0.999F, t)) / (1.0F - std::pow(0.9F, t)),
          .one_minus_beta_1 = 0.1F,
          .one_minus_beta_2 = 0.001F,
          .epsilon = 1e-7F};
      internal::optimizer_kernels().adam({.weight = weights,
                                          .gradients = &shard,
                                          .shards = 1,
                                          .slots = {m, v, nullptr},
                                          .begin = 0,
                                          .end = 2,
                                          .decay = 0.1F * decay},
                                         step);
    }
    EXPECT_NEAR(weights[0], decay == 0.0F ? 0.798627 : 0.79754, kSixDigits);
    EXPECT_NEAR(weights[1], decay == 0.0F ? -1.835475 : -1.833176, kSixDigits);
  }
}

TEST_F(OptimizerTest, AdaptiveRatesMatchKeras) {
  expect_golden(RMSprop{.learning_rate = 0.1}, 0.791314, -1.875118);
  expect_golden(RMSprop{.learning_rate = 0.1, .momentum = 0.9, .centered = true}, 0.13776,
                -1.350418);
  expect_golden(Adagrad{.learning_rate = 0.1}, 0.943539, -1.958468);
  expect_golden(Adadelta{.learning_rate = 0.1}, 0.999924, -1.999976);
  expect_golden(Ftrl{.learning_rate = 0.1}, 0.409017, -1.355445);
}

TEST_F(OptimizerTest, LionStepsBySigns) {
  const Optimizer lion = Lion{.learning_rate = 0.1, .beta_1 = 0.5, .beta_2 = 0.75};
  start(lion);
  step(lion, 0.5, -1.0);  // m is 0.125 and -0.25 then.
  EXPECT_FLOAT_EQ(weight(0), 0.9F);
  EXPECT_FLOAT_EQ(weight(1), -1.9F);
  step(lion, -0.1, 0.25);  // 0.0625 - 0.05 is above 0, -0.125 + 0.125 is 0.
  EXPECT_FLOAT_EQ(weight(0), 0.8F);
  EXPECT_FLOAT_EQ(weight(1), -1.9F);
}

TEST_F(OptimizerTest, AmsgradKeepsTheLargestVelocity) {
  const Optimizer adam = Adam{.beta_2 = 0.5, .amsgrad = true};
  start(adam);
  step(adam, 2.0, 0.5);
  step(adam, 0.0, 1.0);
  EXPECT_FLOAT_EQ(slot(2, 0), 2.0F);  // max(0.5 * 4, 0.5 * 2)
  EXPECT_FLOAT_EQ(slot(1, 0), 1.0F);
  EXPECT_FLOAT_EQ(slot(2, 1), 0.5625F);  // Still rising.
}

TEST_F(OptimizerTest, FtrlWithL1SetsSmallWeightsToZero) {
  const Optimizer ftrl = Ftrl{.learning_rate = 0.1, .l1_regularization_strength = 100.0};
  start(ftrl);
  step(ftrl, 0.5, -1.0);
  EXPECT_EQ(weight(0), 0.0F);
  EXPECT_EQ(weight(1), 0.0F);
}

TEST_F(OptimizerTest, ClipnormMatchesKeras) {
  expect_golden(SGD{.learning_rate = 0.1, .clipnorm = 1.0}, 0.975279, -1.970557);
}

TEST_F(OptimizerTest, ClipvalueClipsEachValue) {
  const Optimizer sgd = SGD{.learning_rate = 1.0, .clipvalue = 0.25};
  start(sgd);
  step(sgd, 0.5, -0.125);
  EXPECT_FLOAT_EQ(weight(0), 0.75F);
  EXPECT_FLOAT_EQ(weight(1), -1.875F);
  step(sgd, std::nan(""), -8.0);
  EXPECT_TRUE(std::isnan(weight(0)));  // Clipping does not hide it.
  EXPECT_FLOAT_EQ(weight(1), -1.625F);
}

TEST_F(OptimizerTest, GlobalClipnormLooksAtAllWeights) {
  const auto change = [](const Optimizer& optimizer) {
    WeightStore weights;
    weights.add("a", "bias", {1});
    weights.add("b", "bias", {1});
    weights.set_values({Tensor({1}), Tensor({1})});
    internal::reset_slots(optimizer, weights);
    weights.reserve_gradients(1);
    weights[0].gradients[0].data()[0] = 3.0F;
    weights[1].gradients[0].data()[0] = 4.0F;
    internal::OptimizerStep(optimizer, internal::kernels(8), weights).apply(0, 1);
    return std::pair(weights.value(0)[0], weights.value(1)[0]);
  };
  EXPECT_EQ(change(SGD{.learning_rate = 1.0, .global_clipnorm = 2.5}), std::pair(-1.5F, -2.0F));
  EXPECT_EQ(change(SGD{.learning_rate = 1.0, .global_clipnorm = 10.0}), std::pair(-3.0F, -4.0F));
  EXPECT_EQ(change(SGD{.learning_rate = 1.0, .clipnorm = 2.5}), std::pair(-2.5F, -2.5F));
}

TEST_F(OptimizerTest, WeightDecayComesBeforeTheStep) {
  const Optimizer sgd = SGD{.learning_rate = 0.5, .weight_decay = 0.25};
  start(sgd);
  step(sgd, 1.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), 1.0F * 0.875F - 0.5F);
  EXPECT_FLOAT_EQ(weight(1), -1.75F);
}

TEST_F(OptimizerTest, AverageStartsAtTheFirstWeightsAndFollows) {
  const Optimizer sgd = SGD{.learning_rate = 1.0, .use_ema = true, .ema_momentum = 0.75};
  start(sgd);
  step(sgd, 1.0, 0.0);  // 0
  EXPECT_FLOAT_EQ(slot(0, 0), 0.0F);
  step(sgd, -4.0, 0.0);  // 4
  EXPECT_FLOAT_EQ(slot(0, 0), 1.0F);
  EXPECT_FLOAT_EQ(weight(0), 4.0F);
  internal::take_averages(sgd, iterations_, weights_);
  EXPECT_FLOAT_EQ(weight(0), 1.0F);
}

TEST_F(OptimizerTest, AverageOverwritesTheWeightsAtItsFrequency) {
  const Optimizer sgd = SGD{
      .learning_rate = 1.0, .use_ema = true, .ema_momentum = 0.75, .ema_overwrite_frequency = 2};
  start(sgd);
  step(sgd, 1.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), 0.0F);
  step(sgd, -4.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), 1.0F);
  step(sgd, -3.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), 4.0F);
  internal::take_averages(sgd, iterations_, weights_);  // Has nothing to do.
  EXPECT_FLOAT_EQ(weight(0), 4.0F);
}

TEST_F(OptimizerTest, AccumulationStepsWithTheMeanGradient) {
  const Optimizer accumulating = Adam{.learning_rate = 0.1, .gradient_accumulation_steps = 2};
  start(accumulating);
  for (const auto& [first, second] : {std::pair(0.75, -1.5), std::pair(0.25, -0.5)}) {
    EXPECT_EQ(weight(0), 1.0F);
    step(accumulating, first, second);
  }
  const float after_two = weight(0);
  step(accumulating, 0.0, 1.0);
  EXPECT_EQ(weight(0), after_two);
  step(accumulating, 0.25, -0.5);

  const Optimizer plain = Adam{.learning_rate = 0.1};
  WeightStore accumulated = std::move(weights_);
  start(plain);
  step(plain, 0.5, -1.0);
  EXPECT_EQ(weight(0), after_two);
  step(plain, 0.125, 0.25);
  EXPECT_EQ(weight(0), accumulated.value(0)[0]);
  EXPECT_EQ(weight(1), accumulated.value(0)[1]);
  EXPECT_EQ(internal::updates_after(accumulating, 5), 2U);
}

TEST_F(OptimizerTest, AccumulatedGradientIsClippedAsAWhole) {
  const Optimizer sgd =
      SGD{.learning_rate = 1.0, .clipnorm = 1.0, .gradient_accumulation_steps = 2};
  start(sgd);
  step(sgd, 30.0, 0.0);
  step(sgd, -28.0, 0.0);  // Mean 1: short enough.
  EXPECT_FLOAT_EQ(weight(0), 0.0F);
  step(sgd, 3.0, 0.0);
  step(sgd, 3.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), -1.0F);
}

TEST_F(OptimizerTest, ScheduleCountsUpdates) {
  const Optimizer sgd = SGD{.learning_rate = PiecewiseConstantDecay{{0.0}, {1.0, 0.5}}};
  start(sgd);
  step(sgd, 1.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), 0.0F);
  step(sgd, 1.0, 0.0);
  EXPECT_FLOAT_EQ(weight(0), -0.5F);
}

TEST_F(OptimizerTest, SlotsHaveKerasNames) {
  const auto names = [](const Optimizer& optimizer) {
    std::string all;
    for (const auto& slot : internal::optimizer_slots(optimizer)) all += slot.name + " ";
    return all;
  };
  EXPECT_EQ(names("sgd"), "");
  EXPECT_EQ(names(SGD{.momentum = 0.5}), "momentum ");
  EXPECT_EQ(names(Adam{.amsgrad = true}), "m v vhat ");
  EXPECT_EQ(names(RMSprop{.centered = true}), "rms mg ");
  EXPECT_EQ(names(RMSprop{.momentum = 0.5, .centered = true}), "rms momentum mg ");
  EXPECT_EQ(names("adagrad"), "accumulator ");
  EXPECT_EQ(names("adadelta"), "accum_grad accum_var ");
  EXPECT_EQ(names("ftrl"), "accumulator linear ");
  EXPECT_EQ(names(Lion{.use_ema = true, .gradient_accumulation_steps = 4}),
            "m average gradient_accumulator ");
}

TEST_F(OptimizerTest, LargeWeightsGetTheSameStepEverywhere) {
  // More than one stretch and a piece that is not full; every kernel against one value alone.
  constexpr std::int64_t kSize = 8192 * 2 + 700;
  for (const std::string& name : optimizer_names()) {
    const Optimizer optimizer(name);
    const auto run = [&](std::int64_t size) {
      WeightStore weights;
      Tensor initial({size});
      for (float& value : initial.values()) value = 0.5F;
      weights.set_value(weights.add("layer", "bias", {size}), initial);
      internal::reset_slots(optimizer, weights);
      weights.reserve_gradients(3);
      for (std::uint64_t step = 0; step < 3; ++step) {
        for (int shard = 0; shard < 3; ++shard) {
          std::fill_n(weights[0].gradients[shard].data(), size,
                      0.1F * static_cast<float>(shard + 1) - 0.15F * static_cast<float>(step));
        }
        internal::OptimizerStep(optimizer, internal::kernels(8), weights).apply(step, 3);
      }
      return weights.value(0);
    };
    const Tensor one = run(1);
    const Tensor many = run(kSize);
    EXPECT_NE(one[0], 0.5F) << name;
    for (std::size_t i = 0; i < kSize; ++i) ASSERT_NEAR(many[i], one[0], 1e-7) << name << " " << i;
  }
}

TEST_F(OptimizerTest, RefusalsNameTheArgument) {
  const auto refused = [](auto optimizer) { return message_of([&] { Optimizer{optimizer}; }); };
  EXPECT_THAT(message_of([] { Optimizer{SGD{.learning_rate = -1.0}}; }),
              HasSubstr("learning_rate must be at least 0, got -1"));
  EXPECT_THAT(refused(SGD{.momentum = 2.0}), HasSubstr("SGD: momentum must be in [0, 1], got 2"));
  EXPECT_THAT(refused(Adam{.beta_2 = 1.0}), HasSubstr("Adam: beta_2"));
  EXPECT_THAT(refused(RMSprop{.rho = -0.1}), HasSubstr("RMSprop: rho"));
  EXPECT_THAT(refused(Adam{.epsilon = 0.0}), HasSubstr("epsilon must be greater than 0"));
  EXPECT_THAT(refused(Ftrl{.learning_rate = 0.0}), HasSubstr("Ftrl: learning_rate"));
  EXPECT_THAT(refused(Ftrl{.learning_rate_power = 0.5}), HasSubstr("learning_rate_power"));
  EXPECT_THAT(refused(SGD{.weight_decay = -1.0}), HasSubstr("weight_decay"));
  EXPECT_THAT(refused(SGD{.clipnorm = 0.0}), HasSubstr("clipnorm"));
  EXPECT_THAT(refused(SGD{.clipnorm = 1.0, .clipvalue = 1.0}),
              HasSubstr("at most one of clipnorm, clipvalue and global_clipnorm"));
  EXPECT_THAT(refused(SGD{.ema_momentum = 1.5}), HasSubstr("ema_momentum"));
  EXPECT_THAT(refused(SGD{.ema_overwrite_frequency = 3}), HasSubstr("needs use_ema"));
  EXPECT_THAT(refused(SGD{.gradient_accumulation_steps = 1}),
              HasSubstr("gradient_accumulation_steps must be at least 2, got 1"));
  EXPECT_THAT(refused(std::string("adma")), HasSubstr("unknown optimizer 'adma', expected one of "
                                                      "sgd, adam, adamw, rmsprop, adagrad"));
  EXPECT_EQ(refused("RMSprop"), "no error");
}

TEST_F(OptimizerTest, ARateThatIsAScheduleCannotBeSet) {
  Optimizer optimizer = SGD{.learning_rate = CosineDecay{0.1, 100.0}};
  EXPECT_THAT(message_of([&] { optimizer.set_learning_rate(0.2); }),
              HasSubstr("is a schedule (CosineDecay)"));
  optimizer = "adagrad";
  optimizer.set_learning_rate(0.25);
  EXPECT_EQ(optimizer.learning_rate().at(7), 0.25);
  EXPECT_THAT(message_of([&] { optimizer.set_learning_rate(-1.0); }), HasSubstr("learning_rate"));
  EXPECT_EQ(optimizer.learning_rate().at(7), 0.25);
}

std::string through_json(const Optimizer& optimizer) {
  return to_json(internal::optimizer_from_json(nlohmann::json::parse(to_json(optimizer))));
}

TEST_F(OptimizerTest, JsonHoldsEveryArgument) {
  EXPECT_EQ(to_json(Optimizer("adam")),
            R"({"class_name":"Adam","config":{"name":"Adam","learning_rate":0.001,"decay":0.0,)"
            R"("beta_1":0.9,"beta_2":0.999,"epsilon":1e-07,"amsgrad":false}})");
  for (const std::string& name : optimizer_names()) {
    EXPECT_EQ(through_json(name), to_json(Optimizer(name)));
  }
  const Optimizer all = Nadam{.learning_rate = CosineDecay{.initial_learning_rate = 0.0,
                                                           .decay_steps = 100.0,
                                                           .alpha = 0.1,
                                                           .warmup_target = 0.5,
                                                           .warmup_steps = 10.0},
                              .weight_decay = 0.1,
                              .global_clipnorm = 2.0,
                              .use_ema = true,
                              .ema_momentum = 0.5,
                              .ema_overwrite_frequency = 3,
                              .gradient_accumulation_steps = 4};
  EXPECT_EQ(through_json(all), to_json(all));
  const Optimizer pieces = SGD{.learning_rate = PiecewiseConstantDecay{{1.0, 2.0}, {3, 2, 1}}};
  EXPECT_EQ(through_json(pieces), to_json(pieces));
}

TEST_F(OptimizerTest, JsonOfKerasIsRead) {
  const auto read = [](const char* text) {
    return to_json(internal::optimizer_from_json(nlohmann::json::parse(text)));
  };
  // Keras 3.
  EXPECT_EQ(read(R"({"module": "keras.optimizers", "class_name": "RMSprop", "config": {
      "name": "rmsprop", "learning_rate": 0.002, "weight_decay": null, "clipnorm": null,
      "global_clipnorm": null, "clipvalue": null, "use_ema": false, "ema_momentum": 0.99,
      "ema_overwrite_frequency": null, "loss_scale_factor": null,
      "gradient_accumulation_steps": null, "rho": 0.8, "momentum": 0.0, "epsilon": 1e-07,
      "centered": true}, "registered_name": null})"),
            to_json(Optimizer(RMSprop{.learning_rate = 0.002, .rho = 0.8, .centered = true})));
  // Keras 2's decay.
  EXPECT_EQ(read(R"({"class_name": "SGD", "config": {"learning_rate": 0.1, "decay": 0.01}})"),
            to_json(Optimizer(SGD{.learning_rate = InverseTimeDecay{0.1, 1.0, 0.01}})));
  EXPECT_EQ(read(R"({"class_name": "Custom>Adam", "config": {"lr": 0.25}})"),
            to_json(Optimizer(Adam{.learning_rate = 0.25})));
  EXPECT_THAT(message_of([&] { read(R"({"class_name": "SGD", "config": {"warmth": 1}})"); }),
              HasSubstr("SGD: argument 'warmth' with value 1"));
  EXPECT_THAT(message_of([&] { read(R"({"class_name": "SGD", "config": {"momentum": "much"}})"); }),
              HasSubstr("SGD: momentum must be a number, got \"much\""));
  EXPECT_THAT(message_of([&] {
                read(R"({"class_name": "SGD", "config": {"learning_rate":
                    {"class_name": "CosineDecay", "config": {"decay_steps": 3}}}})");
              }),
              HasSubstr("CosineDecay: initial_learning_rate is missing"));
}

}  // namespace
}  // namespace folio
