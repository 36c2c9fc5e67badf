#include <folio/datasets/error.h>
#include <folio/trainer/optimizer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/task_arena.h>

#include "optimizer_step.h"

namespace folio {
namespace {

using internal::WeightStore;

/// Weights (1, -2) after Keras' golden gradients, each cut into two shards.
std::vector<float> after_golden_steps(const Optimizer& optimizer) {
  WeightStore weights;
  weights.add("layer", "bias", Tensor({2}, std::vector<float>{1.0F, -2.0F}));
  weights.reset_slots(internal::slot_count(optimizer));
  weights.reserve_gradients(2);
  const float gradients[3][2] = {{0.5F, -1.0F}, {0.1F, 0.2F}, {-0.3F, 0.4F}};
  for (std::uint64_t step = 0; step < 3; ++step) {
    for (int i = 0; i < 2; ++i) {
      weights[0].gradients[0].data()[i] = 0.25F * gradients[step][i];
      weights[0].gradients[1].data()[i] = 0.75F * gradients[step][i];
    }
    internal::optimizer_step(optimizer, step, 2, internal::kernels(8), weights);
  }
  const Tensor value = weights.value(0);
  return {value[0], value[1]};
}

void expect_golden(const Optimizer& optimizer, double first, double second) {
  const std::vector<float> weights = after_golden_steps(optimizer);
  EXPECT_NEAR(weights[0], first, 2e-6);
  EXPECT_NEAR(weights[1], second, 2e-6);
}

TEST(OptimizerTest, SgdMatchesKeras) { expect_golden(SGD{.learning_rate = 0.1}, 0.97, -1.96); }

TEST(OptimizerTest, MomentumMatchesKeras) {
  expect_golden(SGD{.learning_rate = 0.1, .momentum = 0.9}, 0.8755, -1.807);
}

TEST(OptimizerTest, NesterovMatchesKeras) {
  expect_golden(SGD{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, 0.85795, -1.7863);
}

TEST(OptimizerTest, AdamMatchesKeras) {
  expect_golden(Adam{.learning_rate = 0.1}, 0.798627, -1.835475);
}

TEST(OptimizerTest, RefusalsNameTheArgument) {
  const auto refusal = [](const Optimizer& optimizer) -> std::string {
    try {
      optimizer.validate();
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal(SGD{.learning_rate = -1.0}), testing::HasSubstr("learning_rate"));
  EXPECT_THAT(refusal(SGD{.momentum = 2.0}), testing::HasSubstr("momentum must be in [0, 1]"));
  EXPECT_THAT(refusal(Adam{.beta_2 = 1.0}), testing::HasSubstr("beta_2"));
  EXPECT_EQ(refusal("adam"), "accepted");
}

}  // namespace
}  // namespace folio
