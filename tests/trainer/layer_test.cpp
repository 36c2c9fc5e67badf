// Layers on cases small enough to do by hand, and what they refuse.
#include <folio/datasets/error.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>

namespace folio {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor ramp(Shape shape, float first = 1.0F) {
  Tensor tensor(std::move(shape));
  std::iota(tensor.values().begin(), tensor.values().end(), first);
  return tensor;
}

std::vector<float> outputs_of(Layer layer, const Tensor& x, const std::vector<Tensor>& weights) {
  Sequential model({std::move(layer)});
  model.build(Shape(x.shape().begin() + 1, x.shape().end()));
  model.set_weights(weights);
  const Tensor y = model.predict(x);
  return {y.values().begin(), y.values().end()};
}

Tensor ones(Shape shape) {
  Tensor tensor(std::move(shape));
  for (float& value : tensor.values()) value = 1.0F;
  return tensor;
}

template <typename Make>
std::string message_of(Make make) {
  try {
    make();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Conv2DTest, SamePaddingPutsTheExtraCellAtTheEnd) {
  const std::vector<Tensor> weights{ones({3, 3, 1, 1})};
  const Conv2DOptions options{.strides = 2, .padding = "same", .use_bias = false};
  EXPECT_THAT(outputs_of(Conv2D(1, 3, options), ramp({1, 4, 4, 1}), weights),
              ElementsAre(54, 45, 72, 54));
  EXPECT_THAT(outputs_of(Conv2D(1, 3, options), ramp({1, 5, 5, 1}), weights),
              ElementsAre(16, 33, 28, 69, 117, 87, 76, 123, 88));
}

TEST(Conv2DTest, IsTheCrossCorrelationOfTheTextbook) {
  std::vector<float> image{0, 5, 0, 0, 9, 4, 0, 1, 6, 0, 0, 8, 3, 0, 2, 7, 0, 0,
                           7, 2, 0, 3, 8, 0, 0, 6, 1, 0, 4, 9, 0, 0, 5, 0, 0};
  const Tensor kernel({3, 3, 1, 1}, std::vector<float>{1, -2, 3, 4, -5, 6, -7, 8, -9});
  EXPECT_THAT(outputs_of(Conv2D(1, 3, {.padding = "same", .use_bias = false}),
                         Tensor({1, 5, 7, 1}, image), {kernel}),
              ElementsAre(-16, 16, -22, -18, 16, -16, -5, -1, 6, -20, 12, 10, -15, 2, 0, 5, -22, 12,
                          9, -14, 4, 1, 4, -24, 12, 8, -13, 6, 52, -42, 44, 48, -34, 24, 1));

  // The same numbers that cv::filter2D gives with its default border.
  cv::Mat mirrored;
  cv::copyMakeBorder(cv::Mat(5, 7, CV_32F, image.data()), mirrored, 1, 1, 1, 1,
                     cv::BORDER_REFLECT_101);
  EXPECT_THAT(outputs_of(Conv2D(1, 3, {.use_bias = false}),
                         Tensor({1, 7, 9, 1},
                                std::vector<float>(mirrored.begin<float>(), mirrored.end<float>())),
                         {kernel}),
              ElementsAre(-16, 5, -16, 6, 9, -14, 4, -21, 6, -20, 12, 10, -15, 14, -22, 5, -22, 12,
                          9, -14, 16, -23, 4, -24, 12, 8, -13, 18, -8, 1, -12, -6, 5, -10, -12));
}

TEST(AveragePooling2DTest, DividesByTheCellsInsideTheImage) {
  EXPECT_THAT(outputs_of(AveragePooling2D({.padding = "same"}), ramp({1, 5, 5, 1}), {}),
              ElementsAre(4, 6, 7.5, 14, 16, 17.5, 21.5, 23.5, 25));
}

TEST(MaxPooling2DTest, NeverPicksPadding) {
  Tensor x = ramp({1, 3, 3, 1}, -9.0F);
  EXPECT_THAT(outputs_of(MaxPooling2D({.padding = "same"}), x, {}), ElementsAre(-5, -4, -2, -1));
}

TEST(GlobalPooling2DTest, ReducesAllCells) {
  EXPECT_THAT(outputs_of(GlobalAveragePooling2D(), ramp({1, 2, 2, 2}), {}), ElementsAre(4, 5));
  EXPECT_THAT(outputs_of(GlobalMaxPooling2D(), ramp({1, 2, 2, 2}), {}), ElementsAre(7, 8));
}

TEST(DepthwiseConv2DTest, ConvolvesEachChannelByItself) {
  const Tensor kernel({1, 1, 2, 2}, std::vector<float>{1, 10, 100, 1000});
  EXPECT_THAT(outputs_of(DepthwiseConv2D(1, {.depth_multiplier = 2, .use_bias = false}),
                         ramp({1, 1, 1, 2}), {kernel}),
              ElementsAre(1, 10, 200, 2000));
}

TEST(ZeroPadding2DTest, PutsZerosWhereTheyBelong) {
  EXPECT_THAT(outputs_of(ZeroPadding2D({1, 0, 0, 2}), ramp({1, 1, 2, 1}), {}),
              ElementsAre(0, 0, 0, 0, 1, 2, 0, 0));
}

TEST(UpSampling2DTest, RepeatsCells) {
  EXPECT_THAT(outputs_of(UpSampling2D({2, 1}), ramp({1, 2, 2, 1}), {}),
              ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
}

TEST(ReshapeTest, KeepsKerasOrder) {
  const Tensor x = ramp({1, 2, 3, 2});
  const std::vector<float> expected(x.values().begin(), x.values().end());
  EXPECT_EQ(outputs_of(Reshape({3, 2, -1}), x, {}), expected);
  EXPECT_EQ(Reshape({4, -1}).output_shape(Shape{2, 3, 2}), (Shape{4, 3}));
}

TEST(ReLUTest, HasKerasOptions) {
  const Tensor x({1, 5}, std::vector<float>{-2, 0, 0.5, 1, 9});
  EXPECT_THAT(outputs_of(ReLU({.max_value = 6, .negative_slope = 0.5, .threshold = 1}), x, {}),
              ElementsAre(-1.5, -0.5, -0.25, 1, 6));
  EXPECT_THAT(outputs_of(LeakyReLU(0.5), x, {}), ElementsAre(-1, 0, 0.5, 1, 9));
}

TEST(Conv1DTest, CausalPaddingLooksBackAlone) {
  const Tensor x({1, 4, 1}, std::vector<float>{1, 2, 3, 4});
  const std::vector<Tensor> weights{Tensor({3, 1, 1}, std::vector<float>{100, 10, 1}), Tensor({1})};
  EXPECT_THAT(outputs_of(Conv1D(1, 3, {.padding = "causal"}), x, weights),
              ElementsAre(1, 12, 123, 234));
  EXPECT_THAT(outputs_of(Conv1D(1, 3, {.strides = 2, .padding = "causal"}), x, weights),
              ElementsAre(1, 123));
  EXPECT_THAT(outputs_of(Conv1D(1, 3, {.padding = "causal", .dilation_rate = 2}), x, weights),
              ElementsAre(1, 2, 13, 24));
}

TEST(BatchNormalizationTest, UsesItsMovingStatisticsInPredictions) {
  const Tensor x({1, 2}, std::vector<float>{3, 8});
  const auto vector = [](float a, float b) { return Tensor({2}, std::vector<float>{a, b}); };
  const std::vector<float> y =
      outputs_of(BatchNormalization({.epsilon = 1.0}), x,
                 {vector(2, 3), vector(10, 20), vector(1, 2), vector(3, 8)});
  EXPECT_THAT(y, ElementsAre(testing::FloatEq(12), testing::FloatEq(26)));
}

TEST(BatchNormalizationTest, MovesItsStatisticsOverTheWholeBatch) {
  Sequential model({BatchNormalization({.momentum = 0.75}), Dense(2, {.activation = "softmax"})});
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 0.5}, .loss = "categorical_crossentropy"});
  Batch batch;
  // Two shards of 8 and a rest; mean 9 and variance 32, the squares of 1 to 17 about their mean.
  batch.x = ramp({17, 1});
  for (float& value : batch.x.values()) value = value * std::sqrt(32.0F / 24.0F);
  batch.y = Tensor({17, 2});
  for (std::size_t i = 0; i < 17; ++i) batch.y.row(i)[i % 2] = 1.0F;
  batch.indices.resize(17);
  model.train_on_batch(batch);
  const auto named = model.named_weights();
  ASSERT_EQ(named[2].name, "moving_mean");
  EXPECT_NEAR(named[2].value[0], 0.25 * 9 * std::sqrt(32.0 / 24.0), 1e-5);
  EXPECT_NEAR(named[3].value[0], 0.75 + 0.25 * 32, 1e-4);
  EXPECT_FALSE(named[2].trainable);
  EXPECT_EQ(model.optimizer_slots().size(), 0U);
  EXPECT_THAT(model.summary(), HasSubstr("Non-trainable params: 2 "));
  // Predictions do not move them.
  model.predict(batch.x);
  EXPECT_EQ(model.named_weights()[2].value[0], named[2].value[0]);
}

TEST(BatchNormalizationTest, LargeMeansDoNotSpoilTheVariance) {
  Sequential model({BatchNormalization({.momentum = 0.0}), Dense(2, {.activation = "softmax"})});
  model.compile({.loss = "categorical_crossentropy"});
  Batch batch;
  batch.x = ramp({32, 1}, 1e5F);
  batch.y = Tensor({32, 2});
  for (std::size_t i = 0; i < 32; ++i) batch.y.row(i)[i % 2] = 1.0F;
  batch.indices.resize(32);
  model.train_on_batch(batch);
  EXPECT_NEAR(model.named_weights()[3].value[0], (32.0 * 32.0 - 1.0) / 12.0, 0.01);
}

TEST(FlattenTest, KeepsHeightWidthChannelOrder) {
  const Tensor x = ramp({2, 2, 3, 5});
  const std::vector<float> expected(x.values().begin(), x.values().end());
  EXPECT_EQ(outputs_of(Flatten(), x, {}), expected);
}

TEST(LayerTest, WrongArgumentsNameTheArgumentAndItsValue) {
  EXPECT_THAT(message_of([] { Conv2D(0, 3); }), HasSubstr("filters must be positive, got 0"));
  EXPECT_THAT(message_of([] { Conv2D(1, {3, 0}); }), HasSubstr("kernel_size"));
  EXPECT_THAT(message_of([] { Conv2D(1, 3, {.padding = "full"}); }), HasSubstr("got 'full'"));
  EXPECT_THAT(message_of([] { Conv2D(1, 3, {.strides = 2, .dilation_rate = 2}); }),
              HasSubstr("strides and dilation_rate"));
  EXPECT_THAT(message_of([] { Conv2D(1, 3, {.activation = "rleu"}); }),
              HasSubstr("unknown activation 'rleu'"));
  EXPECT_THAT(message_of([] { Dense(3, {.kernel_initializer = "xavier"}); }),
              HasSubstr("unknown initializer 'xavier'"));
  EXPECT_THAT(message_of([] { Dropout(1.0); }), HasSubstr("rate must be in [0, 1)"));
  EXPECT_THAT(message_of([] { MaxPooling2D({.pool_size = -1}); }), HasSubstr("pool_size"));
  EXPECT_THAT(message_of([] { Conv2D(6, 3, {.groups = 4}); }), HasSubstr("4 groups and 6 filters"));
  EXPECT_THAT(message_of([] { DepthwiseConv2D(3, {.depth_multiplier = 0}); }),
              HasSubstr("depth_multiplier must be positive, got 0"));
  EXPECT_THAT(message_of([] { SeparableConv2D(0, 3); }), HasSubstr("filters"));
  EXPECT_THAT(message_of([] { Conv2D(2, 3, {.padding = "causal"}); }), HasSubstr("got 'causal'"));
  EXPECT_THAT(message_of([] { MaxPooling1D({.pool_size = 0}); }), HasSubstr("pool_size"));
  EXPECT_THAT(message_of([] { BatchNormalization({.momentum = 1.5}); }), HasSubstr("momentum"));
  EXPECT_THAT(message_of([] { LayerNormalization({.epsilon = 0.0}); }), HasSubstr("epsilon"));
  EXPECT_THAT(message_of([] { ZeroPadding2D(-1); }), HasSubstr("got -1"));
  EXPECT_THAT(message_of([] { UpSampling2D(0); }), HasSubstr("size"));
  EXPECT_THAT(message_of([] { Reshape({-1, -1}); }), HasSubstr("target_shape"));
  EXPECT_THAT(message_of([] { SpatialDropout2D(1.0); }), HasSubstr("SpatialDropout2D: rate"));
  EXPECT_THAT(message_of([] { ReLU({.max_value = -1.0}); }), HasSubstr("max_value"));
  EXPECT_THAT(message_of([] { LeakyReLU(-0.1); }), HasSubstr("negative_slope"));
  EXPECT_THAT(message_of([] {
                (void)Reshape({5}).output_shape(Shape{2, 3, 2});
              }),
              HasSubstr("(2, 3, 2)"));
  EXPECT_THAT(message_of([] {
                (void)Conv2D(4, 1, {.groups = 2}).output_shape(Shape{2, 2, 3});
              }),
              HasSubstr("groups"));
}

TEST(LayerTest, ShapesThatDoNotFitNameTheLayer) {
  Sequential model({Conv2D(4, 3), MaxPooling2D(), Conv2D(4, 5, {.name = "too_large"})});
  EXPECT_THAT(message_of([&] {
                model.build({10, 10, 1});
              }),
              testing::AllOf(HasSubstr("'too_large'"), HasSubstr("(4, 4, 4)")));
  EXPECT_FALSE(model.built());
}

}  // namespace
}  // namespace folio
