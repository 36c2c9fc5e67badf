// Outputs and gradients of every layer against plain loops in double precision.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "layer_definition.h"
#include "reference_network.h"

namespace folio {
namespace {

using test::expect_gradients_match;

/// Layers between an image and three classes.
std::vector<Layer> classifier(std::vector<Layer> layers) {
  layers.push_back(Flatten());
  layers.push_back(Dense(3, {.activation = "softmax"}));
  return layers;
}

struct ConvolutionCase {
  Shape image;
  int filters;
  Extent2D kernel;
  Conv2DOptions options;
};

class ConvolutionGradientTest : public testing::TestWithParam<ConvolutionCase> {};

TEST_P(ConvolutionGradientTest, MatchesPlainLoops) {
  const ConvolutionCase& c = GetParam();
  expect_gradients_match(classifier({Conv2D(c.filters, c.kernel, c.options)}), c.image, 3);
}

TEST_P(ConvolutionGradientTest, MatchesPlainLoopsBehindAnotherLayer) {
  const ConvolutionCase& c = GetParam();
  expect_gradients_match(
      classifier({Conv2D(5, 1, {.activation = "tanh"}), Conv2D(c.filters, c.kernel, c.options)}),
      c.image, 3);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ConvolutionGradientTest,
    testing::Values(
        ConvolutionCase{{6, 6, 1}, 8, 3, {.activation = "relu"}},
        ConvolutionCase{{5, 7, 1}, 3, {3, 2}, {.strides = {2, 1}, .padding = "same"}},
        ConvolutionCase{{4, 4, 2}, 4, 3, {.strides = 2, .padding = "same", .activation = "relu"}},
        ConvolutionCase{{5, 5, 3}, 9, 3, {.strides = 2, .activation = "sigmoid"}},
        ConvolutionCase{{7, 6, 9}, 2, 1, {.use_bias = false}},
        ConvolutionCase{{9, 8, 2}, 3, 3, {.dilation_rate = 2, .activation = "tanh"}},
        ConvolutionCase{{8, 8, 2}, 3, 3, {.padding = "same", .dilation_rate = 2}},
        ConvolutionCase{{6, 5, 8}, 8, {2, 4}, {.padding = "same", .activation = "relu"}},
        ConvolutionCase{{1, 1, 3}, 2, 1, {}}, ConvolutionCase{{3, 3, 17}, 6, 3, {}}));

struct PoolingCase {
  Shape image;
  Pooling2DOptions options;
};

class PoolingGradientTest : public testing::TestWithParam<PoolingCase> {};

TEST_P(PoolingGradientTest, MaxMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(5, 1), MaxPooling2D(GetParam().options)}),
                         GetParam().image, 3);
}

TEST_P(PoolingGradientTest, MaxBehindReluMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(8, 2, {.padding = "same", .activation = "relu"}),
                                     MaxPooling2D(GetParam().options)}),
                         GetParam().image, 3);
}

TEST_P(PoolingGradientTest, AverageMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(5, 1), AveragePooling2D(GetParam().options)}),
                         GetParam().image, 3);
}

TEST_P(PoolingGradientTest, WorksAsTheFirstLayer) {
  expect_gradients_match(classifier({AveragePooling2D(GetParam().options)}), GetParam().image, 3);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, PoolingGradientTest,
    testing::Values(PoolingCase{{6, 6, 2}, {}}, PoolingCase{{5, 7, 1}, {}},
                    PoolingCase{{5, 5, 2}, {.padding = "same"}},
                    PoolingCase{{7, 6, 3}, {.pool_size = 3, .strides = 2}},
                    PoolingCase{{6, 7, 1},
                                {.pool_size = {3, 2}, .strides = {1, 3}, .padding = "same"}},
                    PoolingCase{{4, 4, 1}, {.pool_size = 1, .strides = 2}}));

TEST(LayerGradientTest, FirstConvolutionWithPoolingMatchesPlainLoops) {
  // The fused kernel: unit stride, no padding, ReLU, 2 x 2 pooling; with and without unread cells.
  for (const int size : {8, 9}) {
    for (const int kernel : {3, 5}) {
      for (const int channels : {1, 3}) {
        expect_gradients_match(
            classifier({Conv2D(8, kernel, {.activation = "relu"}), MaxPooling2D()}),
            {size, size + 1, channels}, 3);
      }
    }
  }
}

TEST(LayerGradientTest, DeepNetworkMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(8, 3, {.activation = "relu"}), MaxPooling2D(),
                                     Conv2D(8, 3, {.padding = "same", .activation = "relu"}),
                                     AveragePooling2D({.pool_size = 2, .strides = 1}), Conv2D(6, 2),
                                     Activation("tanh")}),
                         {11, 12, 1}, 6);
}

TEST(LayerGradientTest, OddBatchesMatchPlainLoops) {
  // The last shard is filled up with samples that must not count.
  for (const std::size_t batch_size : {5U, 7U, 9U}) {
    expect_gradients_match(
        classifier({Conv2D(8, 3, {.activation = "relu"}), MaxPooling2D(),
                    Conv2D(8, 2, {.activation = "relu"}), MaxPooling2D(), Dropout(0.0)}),
        {10, 10, 1}, batch_size);
  }
}

TEST(LayerGradientTest, DenseLayersMatchPlainLoops) {
  expect_gradients_match({Dense(7, {.activation = "relu"}), Dense(5, {.activation = "sigmoid"}),
                          Dense(4, {.use_bias = false}), Activation("softmax")},
                         {6}, 5);
}

TEST(LayerGradientTest, DenseOnImagesActsOnTheChannels) {
  expect_gradients_match(classifier({Dense(4, {.activation = "tanh"})}), {3, 4, 5}, 2);
}

TEST(LayerGradientTest, SoftmaxBetweenLayersMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(4, 1, {.activation = "softmax"})}), {3, 2, 2}, 2);
  expect_gradients_match({Dense(5), Activation("softmax"), Dense(3, {.activation = "softmax"})},
                         {4}, 3);
}

TEST(LayerGradientTest, ReluAloneMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(4, 1, {.activation = "sigmoid"}), MaxPooling2D(),
                                     Dense(3), Activation("relu")}),
                         {4, 4, 2}, 2);
}

TEST(LayerGradientTest, ProbabilitiesWithoutSoftmaxMatchPlainLoops) {
  expect_gradients_match({Dense(4, {.activation = "sigmoid"})}, {5}, 4);
}

TEST(LayerGradientTest, GroupedConvolutionsMatchPlainLoops) {
  for (const int groups : {2, 4}) {
    expect_gradients_match(
        classifier({Conv2D(8, 1), Conv2D(12, 3, {.padding = "same", .groups = groups})}), {5, 4, 2},
        3);
    expect_gradients_match(
        classifier({Conv2D(32, 1), Conv2D(64, 2, {.groups = groups, .activation = "relu"})}),
        {4, 3, 2}, 3);
  }
}

TEST(LayerGradientTest, DepthwiseConvolutionsMatchPlainLoops) {
  for (const int channels : {3, 16}) {
    for (const int multiplier : {1, 2}) {
      expect_gradients_match(
          classifier({Conv2D(channels, 1), DepthwiseConv2D(3, {.strides = 2,
                                                               .padding = "same",
                                                               .depth_multiplier = multiplier,
                                                               .activation = "tanh"})}),
          {6, 5, 2}, 3);
      expect_gradients_match(
          classifier(
              {Conv2D(channels, 1),
               SeparableConv2D(5, 3, {.depth_multiplier = multiplier, .activation = "relu"})}),
          {5, 5, 2}, 3);
    }
  }
}

TEST(LayerGradientTest, LayersOfOneDimensionMatchPlainLoops) {
  expect_gradients_match(
      classifier({Reshape({12, 3}), Conv1D(6, 3, {.padding = "same", .activation = "relu"}),
                  MaxPooling1D(), Conv1D(4, 2, {.strides = 2, .groups = 2}),
                  AveragePooling1D({.pool_size = 2, .strides = 1, .padding = "same"})}),
      {6, 6, 1}, 3);
  expect_gradients_match(
      {Conv1D(5, 2, {.dilation_rate = 2}), GlobalMaxPooling1D(), Dense(3), Activation("softmax")},
      {8, 2}, 3);
  expect_gradients_match({Conv1D(5, 2), GlobalAveragePooling1D({.keepdims = true}), Flatten(),
                          Dense(3), Activation("softmax")},
                         {8, 2}, 3);
}

TEST(LayerGradientTest, GlobalPoolingMatchesPlainLoops) {
  for (const int channels : {5, 16}) {
    for (const bool keepdims : {false, true}) {
      expect_gradients_match(
          classifier({Conv2D(channels, 2), GlobalAveragePooling2D({.keepdims = keepdims})}),
          {5, 6, 2}, 3);
      expect_gradients_match(
          classifier({Conv2D(channels, 2), GlobalMaxPooling2D({.keepdims = keepdims})}), {5, 6, 2},
          3);
    }
  }
}

TEST(LayerGradientTest, PaddingAndUpSamplingMatchPlainLoops) {
  expect_gradients_match(
      classifier({Conv2D(5, 1, {.activation = "tanh"}), ZeroPadding2D({1, 2, 0, 3}), Conv2D(4, 3)}),
      {4, 5, 2}, 3);
  expect_gradients_match(classifier({ZeroPadding2D({2, 1}), Conv2D(4, 3)}), {4, 5, 1}, 3);
  expect_gradients_match(
      classifier({Conv2D(5, 1), UpSampling2D({2, 3}), Conv2D(4, 2), MaxPooling2D()}), {3, 4, 2}, 3);
  // The pooling leaves rows and columns of both unread.
  expect_gradients_match(
      classifier({Conv2D(5, 1), ZeroPadding2D(1), MaxPooling2D({.pool_size = 3})}), {5, 6, 2}, 3);
}

TEST(LayerGradientTest, ReshapingMatchesPlainLoops) {
  expect_gradients_match(classifier({Dense(24, {.activation = "tanh"}), Reshape({2, 4, -1}),
                                     Conv2D(5, 2), Reshape({5, 3})}),
                         {7}, 3);
  expect_gradients_match(classifier({Conv2D(6, 1), Rescaling(0.5, -1.5), Conv2D(3, 3)}), {4, 4, 2},
                         3);
}

TEST(LayerGradientTest, LayerNormalizationMatchesPlainLoops) {
  expect_gradients_match(classifier({Conv2D(5, 2), LayerNormalization()}), {4, 4, 2}, 3);
  expect_gradients_match({Dense(7), LayerNormalization({.center = false}), Dense(3),
                          LayerNormalization({.scale = false}), Activation("softmax")},
                         {5}, 3);
}

TEST(LayerGradientTest, BatchNormalizationMatchesPlainLoops) {
  for (const int channels : {5, 16}) {
    expect_gradients_match(
        classifier({Conv2D(channels, 2), BatchNormalization(), Activation("relu"), MaxPooling2D()}),
        {6, 7, 2}, 6);
    // As the first layer, behind each other, without gamma or beta; the last shard is not full.
    expect_gradients_match(classifier({BatchNormalization({.scale = false}), Conv2D(channels, 3),
                                       BatchNormalization({.center = false}),
                                       BatchNormalization({.epsilon = 0.1}), Conv2D(3, 2)}),
                           {6, 5, 2}, 7);
  }
  expect_gradients_match({Dense(9), BatchNormalization(), Activation("relu"), Dense(3),
                          BatchNormalization(), Activation("softmax")},
                         {5}, 7);
}

TEST(LayerGradientTest, BatchNormalizationInBranchesMatchesPlainLoops) {
  const Input x({6, 6, 2});
  const auto y = Activation("relu")(BatchNormalization()(Conv2D(6, 3)(x)));
  const auto a = BatchNormalization()(Conv2D(8, 3, {.strides = 2, .padding = "same"})(y));
  const auto b = BatchNormalization()(Conv2D(8, 1, {.strides = 2})(y));
  const auto z = GlobalAveragePooling2D()(Activation("relu")(Add()({a, b})));
  expect_gradients_match(Model(x, Dense(3, {.activation = "softmax"})(z)), {6, 6, 2}, 7);
}

TEST(LayerGradientTest, ActivationsMatchPlainLoops) {
  for (const char* name : {"relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish",
                           "hard_sigmoid", "softplus", "softsign", "exponential", "mish"}) {
    SCOPED_TRACE(name);
    expect_gradients_match(classifier({Conv2D(5, 2), Activation(name), Conv2D(4, 1)}), {4, 3, 2},
                           3);
  }
  for (const Layer& layer :
       std::vector<Layer>{ReLU({.max_value = 0.4}), ReLU({.negative_slope = 0.1, .threshold = 0.2}),
                          ReLU({.negative_slope = 0.2}), LeakyReLU(), ELU(0.7), Softmax()}) {
    SCOPED_TRACE(layer.definition().config().dump());
    expect_gradients_match(classifier({Conv2D(5, 2), layer, Conv2D(4, 1)}), {4, 3, 2}, 3);
  }
}

}  // namespace
}  // namespace folio
