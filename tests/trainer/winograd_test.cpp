// Winograd's algorithm against the direct one: nearly the same losses, and bits that no number of
// threads changes.
#include <folio/pipeline/threads.h>
#include <folio/trainer/sequential.h>
#include <gtest/gtest.h>

#include <vector>

#include "onednn/primitives.h"
#include "reference_network.h"

namespace folio {
namespace {

constexpr std::size_t kBatch = 16;  // Shards of 4 images of 16 tiles: the least that pays.
const Shape kImage{16, 16, 3};

struct Trained {
  std::vector<double> losses;
  std::vector<float> weights;
};

Trained train(const Optimizer& optimizer, bool winograd, int steps) {
  Sequential model({Conv2D(16, 3, {.padding = "same", .activation = "relu"}),
                    Conv2D(32, 3, {.padding = "same", .activation = "relu"}), MaxPooling2D(),
                    Flatten(), Dropout(0.2), Dense(4, {.activation = "softmax"})});
  model.set_seed(1);
  model.set_winograd(winograd);
  model.compile({.optimizer = optimizer, .loss = "categorical_crossentropy"});
  model.build(kImage);
  Trained trained;
  for (int step = 0; step < steps; ++step) {
    trained.losses.push_back(model.train_on_batch(
        test::random_batch(kImage, kBatch, 4, static_cast<unsigned>(step % 5))));
  }
  for (const Tensor& one : model.weights()) {
    trained.weights.insert(trained.weights.end(), one.values().begin(), one.values().end());
  }
  return trained;
}

TEST(WinogradTest, FiftyStepsFollowTheDirectAlgorithm) {
  for (const Optimizer& optimizer : {Optimizer(SGD{.learning_rate = 0.01}),
                                     Optimizer(SGD{.learning_rate = 0.005, .momentum = 0.9}),
                                     Optimizer(Adam{.learning_rate = 1e-4})}) {
    const Trained direct = train(optimizer, false, 50);
    const Trained winograd = train(optimizer, true, 50);
    for (std::size_t step = 0; step < direct.losses.size(); ++step) {
      ASSERT_NEAR(winograd.losses[step], direct.losses[step], 1e-4 * direct.losses[step])
          << optimizer.class_name() << ", step " << step;
    }
    // Where the library has it, it must have been at work.
    if (__builtin_cpu_supports("avx512dq") && DNNL_VERSION_MAJOR == 2) {
      EXPECT_NE(winograd.weights, direct.weights);
    }
  }
}

TEST(WinogradTest, WeightsDoNotDependOnTheNumberOfThreads) {
  for (const bool winograd : {false, true}) {
    std::vector<float> expected;
    for (const int count : {1, 2, 4, 8}) {
      set_threads(count);
      const std::vector<float> weights = train(Adam{}, winograd, 4).weights;
      if (expected.empty()) expected = weights;
      EXPECT_EQ(weights, expected) << count << " threads, Winograd " << winograd;
    }
  }
  set_threads(0);
}

TEST(WinogradTest, IsChosenByShapesAlone) {
  const auto shape = [](int kernel, int stride, int channels) {
    internal::onednn::ConvolutionShape made{};
    made.kernel = {kernel, kernel};
    made.strides = {stride, stride};
    made.dilation = made.pad_before = made.pad_after = {1, 1};
    made.in_channels = channels;
    made.filters = 32;
    made.groups = 1;
    made.winograd = true;
    return made;
  };
  const auto pays = internal::onednn::winograd_pays;
  EXPECT_TRUE(pays(shape(3, 1, 32), 8, 16, 16));
  EXPECT_FALSE(pays(shape(3, 1, 32), 8, 8, 8));   // Too few tiles.
  EXPECT_FALSE(pays(shape(3, 1, 32), 64, 5, 5));  // Most cells of the tiles are beyond the edge.
  EXPECT_FALSE(pays(shape(5, 1, 32), 8, 16, 16));
  EXPECT_FALSE(pays(shape(3, 2, 32), 8, 16, 16));
  EXPECT_FALSE(pays(shape(3, 1, 20), 8, 16, 16));  // Blocks that are not full.
  internal::onednn::ConvolutionShape off = shape(3, 1, 32);
  off.winograd = false;
  EXPECT_FALSE(pays(off, 8, 16, 16));
}

}  // namespace
}  // namespace folio
