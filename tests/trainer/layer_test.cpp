// Layers on cases small enough to do by hand, and what they refuse.
#include <folio/datasets/error.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
