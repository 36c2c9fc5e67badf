// What is exported to ONNX predicts the same in OpenCV's cv::dnn.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/onnx.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <opencv2/dnn.hpp>
#include <random>
#include <string>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

struct Case {
  std::string name;
  Shape input;
  std::function<Model()> make;
};

Tensor random_tensor(const Shape& shape, unsigned seed) {
  Tensor tensor(shape);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-0.5F, 0.5F);
  for (float& value : tensor.values()) value = draw(random);
  return tensor;
}

Model stack(std::vector<Layer> layers) { return Sequential(std::move(layers)); }

Model branches() {
  const Input x({8, 8, 3});
  const auto a = Conv2D(4, 3, {.padding = "same", .activation = "relu"})(x);
  const auto b = Conv2D(4, 1)(x);
  return {x, Dense(3)(Flatten()(Concatenate()({Add()({a, b}), a})))};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases{
      {"Conv2D",
       {9, 8, 3},
       [] {
         return stack({Conv2D(5, {3, 2}, {.activation = "relu"})});
       }},
      {"Conv2DSame", {9, 8, 3}, [] { return stack({Conv2D(5, 4, {.padding = "same"})}); }},
      {"Conv2DStrided",
       {9, 8, 3},
       [] { return stack({Conv2D(5, 3, {.strides = 2, .padding = "same"})}); }},
      {"Conv2DDilated",
       {9, 8, 3},
       [] {
         return stack({Conv2D(5, 3, {.padding = "same", .dilation_rate = 2, .use_bias = false})});
       }},
      {"MaxPooling2D", {9, 8, 3}, [] { return stack({MaxPooling2D()}); }},
      {"MaxPooling2DSame",
       {9, 8, 3},
       [] { return stack({MaxPooling2D({.pool_size = 3, .strides = 2, .padding = "same"})}); }},
      {"AveragePooling2D",
       {9, 8, 3},
       [] { return stack({AveragePooling2D({.pool_size = 3, .strides = 2, .padding = "same"})}); }},
      {"Flatten",
       {4, 5, 3},
       [] {
         return stack({Flatten(), Dense(6, {.activation = "tanh"})});
       }},
      {"DenseOnImage", {4, 5, 3}, [] { return stack({Dense(6, {.activation = "sigmoid"})}); }},
      {"DenseWithoutBias",
       {4, 5, 3},
       [] {
         return stack({Flatten(), Dense(6, {.use_bias = false})});
       }},
      {"Dropout",
       {4, 5, 3},
       [] {
         return stack({Dropout(0.5), Flatten(), Dense(2)});
       }},
      {"SoftmaxOfRows",
       {4, 5, 3},
       [] {
         return stack({Flatten(), Dense(6), Activation("softmax")});
       }},
      {"SoftmaxOfPixels", {4, 5, 3}, [] { return stack({Activation("softmax")}); }},
      {"AddAndConcatenate", {8, 8, 3}, branches},
      {"MnistCnn", {28, 28, 1}, [] { return model_by_name("mnist_cnn", 10); }},
      {"Lenet", {28, 28, 1}, [] { return model_by_name("lenet", 10); }},
  };
  return kCases;
}

Model with_random_weights(const Case& one) {
  Model model = one.make();
  model.build(one.input);
  std::vector<Tensor> weights = model.weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = random_tensor(weights[i].shape(), static_cast<unsigned>(i));
  }
  model.set_weights(weights);
  return model;
}

/// N x H x W x C to OpenCV's N x C x H x W.
cv::Mat blob_of(const Tensor& x) {
  std::vector<cv::Mat> images;
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.shape()[0]); ++i) {
    images.push_back(x.image(i).clone());
  }
  return cv::dnn::blobFromImages(images);
}

class OnnxTest : public testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] std::string file() const { return directory_.path("model.onnx"); }
  test::TemporaryDirectory directory_;
};

TEST_P(OnnxTest, OpenCvPredictsTheSame) {
  const Case& one = cases()[GetParam()];
  Model model = with_random_weights(one);
  Shape shape = one.input;
  shape.insert(shape.begin(), 2);
  const Tensor x = random_tensor(shape, 99);
  const Tensor wanted = model.predict(x);
  for (const int batch_size : {0, 2}) {
    save_onnx(model, file(), {.batch_size = batch_size});
    cv::dnn::Net net = cv::dnn::readNetFromONNX(file());
    net.setInput(blob_of(x));
    const cv::Mat outputs = net.forward();
    ASSERT_EQ(outputs.total(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_NEAR(outputs.ptr<float>()[i], wanted[i], 1e-4) << "value " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, OnnxTest, testing::Range(std::size_t{0}, cases().size()),
                         [](const auto& test) { return cases()[test.param].name; });

TEST_F(OnnxTest, ClassNamesAreInTheMetadata) {
  Model model = with_random_weights(cases()[0]);
  model.set_metadata(R"({"class_names":["tabby cat","dog"]})");
  save_onnx(model, file());
  const auto bytes = read_file(file());
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_THAT(text, testing::HasSubstr(R"(["tabby cat","dog"])"));
}

TEST_F(OnnxTest, ModelsWithoutWeightsAreRefused) {
  EXPECT_THAT(test::message_of([&] { save_onnx(stack({Dense(2)}), file()); }),
              testing::HasSubstr("must be built"));
}

}  // namespace
}  // namespace folio
