// Whole trainings against the same computed in double precision.
#include <folio/trainer/sequential.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "reference_data.h"
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

/// The generator of tests/data/trainer/fifty_steps/make.py.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : state_(seed) {}
  std::uint32_t one() { return state_ = 1664525U * state_ + 1013904223U; }
  Tensor tensor(const Shape& shape, float scale) {
    Tensor made(shape);
    for (float& value : made.values()) {
      value = (static_cast<float>(one() >> 8) / 8388608.0F - 1.0F) * scale;
    }
    return made;
  }

 private:
  std::uint32_t state_;
};

// ReLUs and maxima would fall on either side where rounding decides; this network has none, so that
// what is measured is the arithmetic.
TEST(TrainingRunTest, FollowsPyTorchInDoublePrecision) {
  const nlohmann::json record = test::read_json("trainer/fifty_steps/losses.json");
  const std::pair<const char*, Optimizer> optimizers[] = {
      {"sgd", SGD{.learning_rate = 0.05}},
      {"momentum", SGD{.learning_rate = 0.02, .momentum = 0.9}},
      {"adam", Adam{.learning_rate = 1e-3}}};
  for (const auto& [name, optimizer] : optimizers) {
    for (const bool winograd : {true, false}) {
      Sequential model({Conv2D(16, 3, {.padding = "same", .activation = "elu"}),
                        Conv2D(16, 3, {.padding = "same", .activation = "elu"}), AveragePooling2D(),
                        Conv2D(16, 3, {.activation = "elu"}), Flatten(),
                        Dense(4, {.activation = "softmax"})});
      model.set_winograd(winograd);
      model.compile({.optimizer = optimizer, .loss = "categorical_crossentropy"});
      model.build({14, 14, 1});
      Numbers numbers(1);
      std::vector<Tensor> weights;
      for (const Tensor& weight : model.weights()) {
        weights.push_back(numbers.tensor(weight.shape(), weight.size() == 1600 ? 0.0625F : 0.25F));
      }
      model.set_weights(weights);
      for (std::size_t step = 0; step < 50; ++step) {
        Numbers values(static_cast<std::uint32_t>(100 + step % 5));
        Batch batch;
        batch.x = values.tensor({16, 14, 14, 1}, 1.0F);
        batch.y = Tensor({16, 4});
        for (std::size_t i = 0; i < 16; ++i) batch.y.data()[4 * i + (values.one() >> 8) % 4] = 1.0F;
        const double expected = record[name][step];
        ASSERT_NEAR(model.train_on_batch(batch), expected, 2e-6 * expected)
            << name << ", Winograd " << winograd << ", step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace folio
