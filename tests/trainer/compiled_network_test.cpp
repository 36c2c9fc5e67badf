// Variants of one computation that must give the same bits, or nearly so.
#include "compiled_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "initializer.h"
#include "message_of.h"

namespace folio::internal {
namespace {

const Extent3D kHalving = over_volumes(Extent2D(2));

struct Computed {
  std::vector<float> outputs;
  std::vector<std::vector<float>> gradients;
};

/// One forward and backward pass of two convolutions with pooling over images whose last rows and
/// columns nothing reads.
Computed compute(int block, bool trim, bool same) {
  constexpr int kImages = 4;
  const Shape image{29, 28, 1};
  Network network(image, block);
  WeightStore weights;
  const auto weight = [&](Shape shape) {
    const int index = weights.add("layer" + std::to_string(weights.size()), "w", shape);
    weights.set_value(index,
                      initialize("random_normal", shape, 5, static_cast<std::uint32_t>(index)));
    return index;
  };
  const auto block_of = [&](Value value, int channels, int filters, int kernel) {
    const int w = weight({kernel, kernel, channels, filters});
    const int b = weight({filters});
    value = network.convolution(value, filters, over_volumes(Extent2D(kernel)), 1, 1, same, w, b);
    return network.pooling(network.activation(value, ActivationKind::kRelu), true, kHalving,
                           kHalving, false);
  };
  Value value = block_of(network.input(), 1, 16, 3);
  value = block_of(value, 16, 32, 3);
  value = block_of(value, 32, 16, 3);
  value = network.flatten(value);
  const int features = network.value(value).channels;
  const int w = weight({features, 10});
  const int b = weight({10});
  network.dense(value, 10, w, b);
  network.prepare(trim);

  CompiledNetwork compiled(network, weights, kImages);
  compiled.reserve(1, 1);
  const Run run = compiled.run(0, 0, true, 1, 0);
  std::mt19937 random(3);
  std::vector<float> images(kImages * element_count(image));
  for (float& pixel : images) pixel = static_cast<float>(random() % 256) / 255.0F;
  compiled.load(run, images.data(), kImages, false);
  compiled.forward(run, false);
  Computed computed;
  const Value result = compiled.result(false);
  const float* outputs = run.workspace.values[result].data();
  computed.outputs.assign(outputs, outputs + kImages * 10);
  for (int i = 0; i < kImages * 10; ++i) {
    run.workspace.gradients[result].data()[i] = static_cast<float>(i % 7) - 3.0F;
  }
  compiled.backward(run, false);
  for (int i = 0; i < static_cast<int>(weights.size()); ++i) {
    // Through the weight's own conversion, so that layouts can differ.
    Tensor gradient(weights[i].shape);
    onednn::reorder(weights[i].layout, weights[i].gradients[0].data(), weights[i].keras,
                    gradient.data());
    computed.gradients.emplace_back(gradient.values().begin(), gradient.values().end());
  }
  return computed;
}

void expect_near(const Computed& a, const Computed& b, double tolerance) {
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    ASSERT_NEAR(a.outputs[i], b.outputs[i], tolerance);
  }
  for (std::size_t w = 0; w < a.gradients.size(); ++w) {
    for (std::size_t i = 0; i < a.gradients[w].size(); ++i) {
      ASSERT_NEAR(a.gradients[w][i], b.gradients[w][i], tolerance) << "weight " << w;
    }
  }
}

TEST(CompiledNetworkTest, LeavingOutWhatNothingReadsChangesNoOutput) {
  for (const bool same : {false, true}) {
    const Computed trimmed = compute(8, true, same);
    const Computed whole = compute(8, false, same);
    EXPECT_EQ(trimmed.outputs, whole.outputs);
    // Sums over cells run in another order where fewer cells are computed.
    expect_near(trimmed, whole, 1e-4);
  }
}

TEST(CompiledNetworkTest, BlocksOfSixteenGiveWhatBlocksOfEightGive) {
  expect_near(compute(16, true, false), compute(8, true, false), 1e-4);
}

TEST(CompiledNetworkTest, MoreMemoryThanThereIsIsRefused) {
  Network network({8192, 8192, 3}, 16);
  network.activation(network.input(), ActivationKind::kRelu);
  network.prepare(true);
  WeightStore weights;
  CompiledNetwork compiled(network, weights, 32);
  EXPECT_THAT(test::message_of([&] { compiled.reserve(64, 64); }),
              testing::StartsWith("a step of this network takes "));
}

TEST(CompiledNetworkTest, TrimsTheChaptersNetwork) {
  Network network({28, 28, 1}, 8);
  Value value = network.input();
  std::vector<Value> values{value};
  int channels = 1;
  for (const int filters : {32, 64, 128}) {
    value = network.convolution(value, filters, over_volumes(Extent2D(3)), 1, 1, false, 0, 1);
    value = network.activation(value, ActivationKind::kRelu);
    value = network.pooling(value, true, kHalving, kHalving, false);
    values.push_back(value);
    channels = filters;
  }
  EXPECT_EQ(network.value(value).channels, channels);
  network.flatten(value);
  network.prepare();
  EXPECT_EQ(network.value(values[0]).used_height, 22);
  EXPECT_EQ(network.value(values[1]).used_height, 10);
  EXPECT_EQ(network.value(values[2]).used_height, 4);
  EXPECT_EQ(network.value(values[3]).used_height, 1);
}

}  // namespace
}  // namespace folio::internal
