// Winograd's algorithm against plain loops and the direct one: nearly the same losses, and bits
// that no number of threads changes.
#include <folio/pipeline/threads.h>
#include <folio/trainer/sequential.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/winograd_kernels.h"
#include "reference_network.h"

namespace folio {
namespace internal::portable {
extern const WinogradKernels kWinogradKernels8;
}
namespace {

using internal::WinogradShape;

constexpr std::size_t kBatch = 16;  // Shards of 4 images of 16 tiles.
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
    EXPECT_NE(winograd.weights, direct.weights);  // It has been at work.
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

TEST(WinogradTest, PaysForEnoughTilesThatAreHalfFull) {
  const auto pays = [](int images, int height, int width) {
    return WinogradShape{images, 16, 32, height, width, height, width, 1, 1}.pays();
  };
  EXPECT_TRUE(pays(4, 8, 8));
  EXPECT_TRUE(pays(8, 10, 10));
  EXPECT_FALSE(pays(3, 8, 8));   // Too few tiles.
  EXPECT_FALSE(pays(64, 5, 5));  // Most cells of the tiles are beyond the edge.
}

/// A convolution's tensors in the layouts of the kernels.
struct Tensors {
  std::vector<float> src, dst, weight, bias;
};

/// Of random values; in double, the results of plain loops take their place.
class PlainConvolution {
 public:
  PlainConvolution(const WinogradShape& shape, int block) : s_(shape), block_(block) {
    std::mt19937 random(1);
    const auto values = [&](int count) {
      std::vector<float> made(static_cast<std::size_t>(count));
      for (float& value : made) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
      return made;
    };
    given = {.src = values(s_.images * s_.in_channels * s_.in_height * s_.in_width),
             .dst = values(s_.images * s_.out_channels * s_.out_height * s_.out_width),
             .weight = values(s_.out_channels * s_.in_channels * 9),
             .bias = values(s_.out_channels)};
    src.resize(given.src.size());
    dst.resize(given.dst.size());
    weight.resize(given.weight.size());
    bias.resize(given.bias.size());
    for (int image = 0; image < s_.images; ++image) {
      for (int filter = 0; filter < s_.out_channels; ++filter) add_filter(image, filter);
    }
  }

  /// Each tile of the weights transposed, as the backward pass reads it.
  [[nodiscard]] std::vector<float> turned_weight() const {
    std::vector<float> turned(given.weight.size());
    internal::kernels(block_).transpose_tiles(given.weight.data(), turned.data(), 0, turned.size());
    return turned;
  }

  Tensors given;                               ///< `dst` is the gradient of the result.
  std::vector<double> dst, src, weight, bias;  ///< The result, and the gradients of the others.

 private:
  [[nodiscard]] std::size_t cell(int channels, int height, int width, int image, int channel, int y,
                                 int x) const {
    const int plane = image * (channels / block_) + channel / block_;
    return static_cast<std::size_t>(((plane * height + y) * width + x) * block_ + channel % block_);
  }

  void add_filter(int image, int filter) {
    for (int y = 0; y < s_.out_height; ++y) {
      for (int x = 0; x < s_.out_width; ++x) {
        const std::size_t to =
            cell(s_.out_channels, s_.out_height, s_.out_width, image, filter, y, x);
        dst[to] = given.bias[filter];
        bias[filter] += given.dst[to];
        for (int tap = 0; tap < 9 * s_.in_channels; ++tap) add_tap(image, filter, y, x, to, tap);
      }
    }
  }

  void add_tap(int image, int filter, int y, int x, std::size_t to, int tap) {
    const int channel = tap / 9;
    const int from_y = y + tap % 9 / 3 - s_.pad_top;
    const int from_x = x + tap % 3 - s_.pad_left;
    if (from_y < 0 || from_x < 0 || from_y >= s_.in_height || from_x >= s_.in_width) return;
    const std::size_t from =
        cell(s_.in_channels, s_.in_height, s_.in_width, image, channel, from_y, from_x);
    const int tile = filter / block_ * (s_.in_channels / block_) + channel / block_;
    const auto factor = static_cast<std::size_t>(
        ((tile * 9 + tap % 9) * block_ + channel % block_) * block_ + filter % block_);
    dst[to] += static_cast<double>(given.src[from]) * given.weight[factor];
    src[from] += static_cast<double>(given.dst[to]) * given.weight[factor];
    weight[factor] += static_cast<double>(given.dst[to]) * given.src[from];
  }

  WinogradShape s_;
  int block_;
};

void expect_near(const std::vector<float>& values, const std::vector<double>& expected,
                 const char* what) {
  double largest = 0.0;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(values[i], expected[i], 5e-6 * largest) << what << ", value " << i;
  }
}

class WinogradKernelTest : public testing::TestWithParam<WinogradShape> {};

TEST_P(WinogradKernelTest, MatchesPlainLoops) {
  const WinogradShape& shape = GetParam();
  const std::pair<int, const internal::WinogradKernels*> sets[] = {
      {8, &internal::winograd_kernels(8)},
      {16, &internal::winograd_kernels(16)},
      {8, &internal::portable::kWinogradKernels8}};
  for (const auto& [block, kernels] : sets) {
    const PlainConvolution plain(shape, block);
    // What was in the memory before must not matter.
    std::vector<float> scratch(
        std::max({kernels->forward_scratch(shape), kernels->forward_scratch(shape.backward()),
                  kernels->backward_weights_scratch(shape)}),
        std::nanf(""));
    const Tensors& given = plain.given;
    Tensors made{std::vector<float>(given.src.size()), std::vector<float>(given.dst.size()),
                 std::vector<float>(given.weight.size()), std::vector<float>(given.bias.size())};
    kernels->forward(shape, given.src.data(), given.weight.data(), given.bias.data(),
                     made.dst.data(), false, scratch.data());
    expect_near(made.dst, plain.dst, "result");
    kernels->backward_data(shape, given.dst.data(), plain.turned_weight().data(), made.src.data(),
                           scratch.data());
    expect_near(made.src, plain.src, "gradient of the input");
    kernels->backward_weights(shape, given.src.data(), given.dst.data(), made.weight.data(),
                              made.bias.data(), scratch.data());
    expect_near(made.weight, plain.weight, "gradient of the weights");
    expect_near(made.bias, plain.bias, "gradient of the bias");
  }
}

// Rounding would leave values of either sign there, and let gradients through ReLUs that are shut.
TEST_P(WinogradKernelTest, IsExactWhereAllCellsAreZero) {
  const WinogradShape& shape = GetParam();
  for (const int block : {8, 16}) {
    const PlainConvolution plain(shape, block);
    const internal::WinogradKernels& kernels = internal::winograd_kernels(block);
    Tensors given = plain.given;
    // One cell of the last block of channels is lit, in the first image.
    std::fill(given.src.begin(), given.src.end(), 0.0F);
    const int lit_y = shape.in_height / 2;
    const int lit_x = shape.in_width / 2;
    const int plane = (shape.in_channels / block - 1) * shape.in_height;
    given.src[static_cast<std::size_t>(((plane + lit_y) * shape.in_width + lit_x) * block)] = 1.0F;
    std::vector<float> scratch(kernels.forward_scratch(shape), std::nanf(""));
    std::vector<float> dst(given.dst.size());
    kernels.forward(shape, given.src.data(), given.weight.data(), given.bias.data(), dst.data(),
                    false, scratch.data());
    int lit = 0;
    for (int cell = 0; cell < static_cast<int>(dst.size()) / block; ++cell) {
      const int x = cell % shape.out_width - shape.pad_left;
      const int y = cell / shape.out_width % shape.out_height - shape.pad_top;
      const int group = cell / shape.out_width / shape.out_height;
      const bool is_lit = group < shape.out_channels / block && lit_y >= y && lit_y < y + 3 &&
                          lit_x >= x && lit_x < x + 3;
      for (int lane = 0; lane < block; ++lane) {
        const int filter = group % (shape.out_channels / block) * block + lane;
        const bool is_bias = dst[cell * block + lane] == given.bias[filter];
        lit += is_lit && !is_bias;
        EXPECT_TRUE(is_lit || is_bias) << "cell " << cell << ", lane " << lane;
      }
    }
    EXPECT_GT(lit, 0);
  }
}

// What an image's background makes is the same everywhere, however near a tile's other cells are.
TEST_P(WinogradKernelTest, IsEqualToTheBitWhereAllCellsAreAlike) {
  const WinogradShape& shape = GetParam();
  for (const int block : {8, 16}) {
    const PlainConvolution plain(shape, block);
    const internal::WinogradKernels& kernels = internal::winograd_kernels(block);
    const Tensors& given = plain.given;
    const int cells = shape.in_height * shape.in_width;
    std::vector<float> background(given.src.size());
    for (std::size_t i = 0; i < background.size(); ++i) {
      const std::size_t channel = i / block / cells % (shape.in_channels / block);
      background[i] = given.src[channel * block + i % block];
    }
    std::vector<float> lit = background;
    const int lit_y = shape.in_height / 2;
    const int lit_x = shape.in_width / 2;
    lit[static_cast<std::size_t>((lit_y * shape.in_width + lit_x) * block)] += 1.0F;
    std::vector<float> scratch(kernels.forward_scratch(shape), std::nanf(""));
    std::vector<float> expected(given.dst.size());
    std::vector<float> made(given.dst.size());
    const auto convolve = [&](const std::vector<float>& src, std::vector<float>& dst) {
      kernels.forward(shape, src.data(), given.weight.data(), given.bias.data(), dst.data(), true,
                      scratch.data());
    };
    convolve(background, expected);
    convolve(lit, made);
    int different = 0;
    for (int cell = 0; cell < static_cast<int>(made.size()) / block; ++cell) {
      const int x = cell % shape.out_width - shape.pad_left;
      const int y = cell / shape.out_width % shape.out_height - shape.pad_top;
      const bool is_lit = cell / shape.out_width / shape.out_height < shape.out_channels / block &&
                          lit_y >= y && lit_y < y + 3 && lit_x >= x && lit_x < x + 3;
      for (int lane = 0; lane < block; ++lane) {
        const std::size_t at = static_cast<std::size_t>(cell * block + lane);
        different += made[at] != expected[at];
        EXPECT_TRUE(is_lit || made[at] == expected[at]) << "cell " << cell << ", lane " << lane;
        EXPECT_GE(made[at], 0.0F);
      }
    }
    EXPECT_GT(different, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, WinogradKernelTest,
    testing::Values(WinogradShape{3, 32, 48, 10, 12, 10, 12, 1, 1},    // same, odd blocks
                    WinogradShape{2, 48, 16, 9, 7, 7, 5, 0, 0},        // valid
                    WinogradShape{1, 16, 32, 8, 8, 6, 5, 0, 0},        // dead outputs left out
                    WinogradShape{1, 16, 16, 3, 3, 4, 4, 1, 2},        // more padding than needed
                    WinogradShape{2, 16, 16, 1, 1, 1, 1, 1, 1},        // a single cell
                    WinogradShape{9, 32, 32, 32, 30, 32, 30, 1, 1}));  // several stretches of tiles

}  // namespace
}  // namespace folio
