// Whole trainings against the same computed in double precision.
#include <folio/trainer/sequential.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reference_network.h"

namespace folio {
namespace {

using test::random_batch;

/// Fifty steps from the same weights on the same batches.
void expect_losses_follow(const Optimizer& optimizer) {
  const Shape image{8, 8, 1};
  Sequential model({Conv2D(3, 3, {.activation = "relu"}), MaxPooling2D(), Flatten(),
                    Dense(4, {.activation = "softmax"})});
  model.set_seed(1);
  model.compile({.optimizer = optimizer, .loss = "categorical_crossentropy"});
  model.build(image);
  test::randomize_weights(model, 2);
  std::vector<Batch> batches;
  for (unsigned step = 0; step < 50; ++step)
    batches.push_back(random_batch(image, 10, 4, step % 5));
  const std::vector<double> expected =
      test::reference_training(model, test::reference_weights(model), batches, optimizer);
  for (std::size_t step = 0; step < batches.size(); ++step) {
    const double loss = model.train_on_batch(batches[step]);
    ASSERT_NEAR(loss, expected[step], 1e-4 * expected[step]) << "step " << step;
  }
  EXPECT_LT(expected.back(), 0.9 * expected.front());  // It does learn something.
}

TEST(TrainingRunTest, SgdFollowsDoublePrecision) {
  expect_losses_follow(SGD{.learning_rate = 0.1});
}

TEST(TrainingRunTest, MomentumFollowsDoublePrecision) {
  expect_losses_follow(SGD{.learning_rate = 0.05, .momentum = 0.9});
}

TEST(TrainingRunTest, AdamFollowsDoublePrecision) {
  expect_losses_follow(Adam{.learning_rate = 0.01});
}

}  // namespace
}  // namespace folio
