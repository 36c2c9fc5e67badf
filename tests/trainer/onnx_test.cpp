// What is exported to ONNX predicts the same in OpenCV's cv::dnn.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/onnx.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cmath>
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
  float spread = 0.5F;  ///< Weights and inputs are between minus this and this.
  /// OpenCV 4.6 takes the slopes of PRelu for those of channels, whatever their shape.
  bool open_cv_can = true;
};

Tensor random_tensor(const Shape& shape, unsigned seed, float spread) {
  Tensor tensor(shape);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-spread, spread);
  for (float& value : tensor.values()) value = draw(random);
  return tensor;
}

Model network_of(std::vector<Layer> layers) { return Sequential(std::move(layers)); }

Model branches() {
  const Input x({8, 8, 3});
  const auto a = Conv2D(4, 3, {.padding = "same", .activation = "relu"})(x);
  const auto b = Conv2D(4, 1)(x);
  return {x, Dense(3)(Flatten()(Concatenate()({Add()({a, b}), a})))};
}

Case one(std::string name, Shape input, const Layer& layer, float spread = 0.5F) {
  return {std::move(name), std::move(input), [layer] { return network_of({layer}); }, spread, true};
}

const std::vector<Case>& layer_cases() {
  static const std::vector<Case> kCases{
      {"Conv2D",
       {9, 8, 3},
       [] {
         return network_of({Conv2D(5, {3, 2}, {.activation = "relu"})});
       }},
      {"Conv2DSame", {9, 8, 3}, [] { return network_of({Conv2D(5, 4, {.padding = "same"})}); }},
      {"Conv2DStrided",
       {9, 8, 3},
       [] { return network_of({Conv2D(5, 3, {.strides = 2, .padding = "same"})}); }},
      {"Conv2DDilated",
       {9, 8, 3},
       [] {
         return network_of(
             {Conv2D(5, 3, {.padding = "same", .dilation_rate = 2, .use_bias = false})});
       }},
      {"MaxPooling2D", {9, 8, 3}, [] { return network_of({MaxPooling2D()}); }},
      {"MaxPooling2DSame",
       {9, 8, 3},
       [] {
         return network_of({MaxPooling2D({.pool_size = 3, .strides = 2, .padding = "same"})});
       }},
      {"AveragePooling2D",
       {9, 8, 3},
       [] {
         return network_of({AveragePooling2D({.pool_size = 3, .strides = 2, .padding = "same"})});
       }},
      {"Flatten",
       {4, 5, 3},
       [] {
         return network_of({Flatten(), Dense(6, {.activation = "tanh"})});
       }},
      {"DenseOnImage", {4, 5, 3}, [] { return network_of({Dense(6, {.activation = "sigmoid"})}); }},
      {"DenseWithoutBias",
       {4, 5, 3},
       [] {
         return network_of({Flatten(), Dense(6, {.use_bias = false})});
       }},
      {"Dropout",
       {4, 5, 3},
       [] {
         return network_of({Dropout(0.5), Flatten(), Dense(2)});
       }},
      {"SoftmaxOfRows",
       {4, 5, 3},
       [] {
         return network_of({Flatten(), Dense(6), Activation("softmax")});
       }},
      {"SoftmaxOfPixels", {4, 5, 3}, [] { return network_of({Activation("softmax")}); }},
      {"AddAndConcatenate", {8, 8, 3}, branches},
      one("DepthwiseConv2D", {9, 8, 3}, DepthwiseConv2D({3, 2}, {.depth_multiplier = 2})),
      one("DepthwiseConv2DSame", {9, 8, 3},
          DepthwiseConv2D(3, {.strides = 2, .padding = "same", .use_bias = false})),
      one("SeparableConv2D", {9, 8, 3},
          SeparableConv2D(5, 3, {.depth_multiplier = 2, .activation = "relu"})),
      one("Conv2DGroups", {9, 8, 4}, Conv2D(6, 3, {.groups = 2})),
      one("Conv1D", {11, 3}, Conv1D(4, 3, {.strides = 2, .padding = "same"})),
      one("Conv1DCausal", {11, 3}, Conv1D(4, 3, {.strides = 2, .padding = "causal"})),
      {"Conv1DStack",
       {12, 3},
       [] {
         return network_of({Conv1D(4, 3, {.dilation_rate = 2, .activation = "relu"}),
                            MaxPooling1D(),
                            AveragePooling1D({.pool_size = 2, .strides = 1, .padding = "same"}),
                            Flatten(), Dense(3)});
       }},
      one("Conv3D", {4, 6, 5, 3}, Conv3D(4, {2, 3, 3}, {.strides = {1, 2, 1}, .padding = "same"})),
      {"Conv3DStack",
       {4, 6, 5, 2},
       [] {
         return network_of({Conv3D(4, 2, {.activation = "relu"}), BatchNormalization(),
                            MaxPooling3D({.pool_size = {1, 2, 2}}),
                            Conv3D(6, {1, 2, 2}, {.groups = 2}), Flatten(), Dense(3)});
       }},
      one("MaxPooling3D", {4, 6, 5, 3}, MaxPooling3D({.pool_size = {2, 3, 2}, .strides = 2})),
      one("AveragePooling3D", {4, 6, 5, 3}, AveragePooling3D({.padding = "same"})),
      one("GlobalMaxPooling3D", {4, 6, 5, 3}, GlobalMaxPooling3D()),
      one("GlobalAveragePooling3D", {4, 6, 5, 3}, GlobalAveragePooling3D({.keepdims = true})),
      one("LayerNormalizationOfVolumes", {3, 4, 2, 3}, LayerNormalization()),
      one("ReshapeToVolumes", {6, 4, 2}, Reshape({2, 3, 4, -1})),
      one("MaxPooling1D", {11, 3}, MaxPooling1D({.pool_size = 3, .strides = 2})),
      one("AveragePooling1D", {11, 3}, AveragePooling1D({.pool_size = 3, .padding = "same"})),
      one("GlobalMaxPooling1D", {11, 3}, GlobalMaxPooling1D()),
      one("GlobalAveragePooling1D", {11, 3}, GlobalAveragePooling1D({.keepdims = true})),
      one("GlobalMaxPooling2D", {5, 4, 3}, GlobalMaxPooling2D()),
      one("GlobalAveragePooling2D", {5, 4, 3}, GlobalAveragePooling2D({.keepdims = true})),
      one("BatchNormalization", {5, 4, 3}, BatchNormalization()),
      one("BatchNormalizationOfRows", {6},
          BatchNormalization({.epsilon = 0.01, .center = false, .scale = false})),
      {"BatchNormalizationOfConv2D",
       {5, 4, 3},
       [] {
         return network_of({Conv2D(4, 3), BatchNormalization({.center = false}), ReLU()});
       }},
      one("LayerNormalization", {5, 4, 3}, LayerNormalization({.epsilon = 0.01})),
      one("LayerNormalizationOfRows", {6}, LayerNormalization({.center = false})),
      one("LayerNormalizationOfSteps", {5, 3}, LayerNormalization({.scale = false})),
      one("Reshape", {4, 6, 2}, Reshape({3, 4, -1})),
      one("ReshapeToSteps", {4, 6, 2}, Reshape({3, -1})),
      {"ReshapeRows",
       {12},
       [] {
         return network_of({Reshape({2, 3, 2}), Conv2D(3, 2), Reshape({-1})});
       }},
      one("ZeroPadding2D", {5, 4, 3}, ZeroPadding2D({1, 2, 3, 0})),
      one("UpSampling2D", {5, 4, 3}, UpSampling2D({2, 3})),
      one("UpSampling2DBilinear", {5, 4, 3}, UpSampling2D({2, 3}, "bilinear")),
      one("Cropping2D", {7, 6, 3}, Cropping2D({1, 2, 0, 3})),
      one("RepeatVector", {4}, RepeatVector(3)),
      one("GaussianNoise", {5, 4, 3}, GaussianNoise(0.4)),
      one("GaussianDropout", {5, 4, 3}, GaussianDropout(0.4)),
      one("AlphaDropout", {5, 4, 3}, AlphaDropout(0.4)),
      one("ActivityRegularization", {5, 4, 3}, ActivityRegularization(L1L2{.l1 = 0.1})),
      one("PReLU", {5, 4, 3}, PReLU({.shared_axes = {1, 2}})),
      one("PReLUOfRows", {6}, PReLU()),
      {"PReLUOfCells", {5, 4, 3}, [] { return network_of({PReLU()}); }, 0.5F, false},
      one("PReLUOfSteps", {5, 3}, PReLU({.shared_axes = {1}})),
      one("Rescaling", {5, 4, 3}, Rescaling(2.0 / 255, -1.0)),
      one("SpatialDropout2D", {5, 4, 3}, SpatialDropout2D(0.4)),
      one("ReLU", {5, 4, 3}, ReLU()),
      one("ReLU6", {5, 4, 3}, ReLU({.max_value = 6.0}), 9.0F),
      one("ReLUSlope", {5, 4, 3}, ReLU({.negative_slope = 0.1})),
      one("ReLUThreshold", {5, 4, 3}, ReLU({.threshold = 1.0}), 3.0F),
      one("ReLUWithAll", {5, 4, 3},
          ReLU({.max_value = 2.0, .negative_slope = 0.3, .threshold = 0.5}), 4.0F),
      one("LeakyReLU", {5, 4, 3}, LeakyReLU(0.2)),
      one("ELU", {5, 4, 3}, ELU(0.7)),
      one("Softmax", {5, 4, 3}, Softmax()),
      {"ChannelsFirst",
       {3, 9, 8},
       [] {
         const std::string first = "channels_first";
         return network_of({Input({3, 9, 8}), Conv2D(4, 3, {.data_format = first}),
                            BatchNormalization({.axis = 1}), Flatten(), Dense(12),
                            Reshape({3, 2, 2}), UpSampling2D(2, "nearest", "", first)});
       }},
      {"ChannelsFirstFlattened",
       {3, 9, 8},
       [] {
         return network_of({Input({3, 9, 8}), MaxPooling2D({.data_format = "channels_first"}),
                            Flatten("", "channels_first"), Dense(3)});
       }},
      {"ChannelsFirstSteps",
       {3, 9},
       [] {
         return network_of(
             {Input({3, 9}), Conv1D(4, 3, {.data_format = "channels_first"}), Flatten(), Dense(3)});
       }},
      {"MnistCnn", {28, 28, 1}, [] { return model_by_name("mnist_cnn", 10); }},
      {"Lenet", {28, 28, 1}, [] { return model_by_name("lenet", 10); }},
      {"VggSmall", {32, 32, 3}, [] { return model_by_name("vgg_small", 10); }, 0.05F},
      {"Resnet18",
       {32, 32, 3},
       [] {
         return model_by_name("resnet18", 10, {32, 32, 3});
       },
       0.05F},
  };
  return kCases;
}

/// All layers' cases, and one of every activation.
const std::vector<Case>& onnx_cases() {
  static const std::vector<Case> kAll = [] {
    std::vector<Case> all = layer_cases();
    for (const char* name : {"linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu",
                             "mish", "sigmoid", "hard_sigmoid", "hard_sigmoid_keras2", "tanh",
                             "softplus", "softsign", "exponential", "softmax"}) {
      all.push_back(one(std::string("Activation_") + name, {3, 4, 3}, Activation(name), 8.0F));
    }
    return all;
  }();
  return kAll;
}

Model with_random_weights(const Case& one) {
  Model model = one.make();
  model.build(one.input);
  unsigned seed = 0;
  std::vector<Tensor> weights;
  for (const NamedWeight& weight : model.named_weights()) {
    weights.push_back(random_tensor(weight.value.shape(), seed++, one.spread));
    if (weight.name != "moving_variance") continue;
    for (float& value : weights.back().values()) value = 1.0F + value;
  }
  model.set_weights(weights);
  return model;
}

/// N x H x W x C to N x C x H x W, also with a depth; what is no image, or has its channels first,
/// stays as it is.
cv::Mat blob_of(const Tensor& x, DataFormat format) {
  std::vector<int> extents(x.shape().begin(), x.shape().end());
  const bool image = extents.size() > 3 && format == DataFormat::kChannelsLast;
  if (image) std::rotate(extents.begin() + 1, extents.end() - 1, extents.end());
  cv::Mat blob(extents, CV_32F);
  auto* to = blob.ptr<float>();
  if (!image) {
    std::copy(x.values().begin(), x.values().end(), to);
    return blob;
  }
  const auto channels = static_cast<std::size_t>(extents[1]);
  const std::size_t cells = x.row(0).size() / channels;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t image = i / (cells * channels);
    const std::size_t cell = i / channels % cells;
    to[(image * channels + i % channels) * cells + cell] = x[i];
  }
  return blob;
}

/// What ONNX' own checker has against a file, types and shapes included.
std::string complaint_of_checker(const std::string& path) {
  try {
    onnx::checker::check_model(path);
    onnx::shape_inference::InferShapes(path, path, onnx::OpSchemaRegistry::Instance(),
                                       {/*check_type=*/true, /*error_mode=*/1, false});
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

class OnnxTest : public testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] std::string file() const { return directory_.path("model.onnx"); }
  test::TemporaryDirectory directory_;
};

TEST_P(OnnxTest, OpenCvPredictsTheSame) {
  const Case& one = onnx_cases()[GetParam()];
  Model model = with_random_weights(one);
  Shape shape = one.input;
  shape.insert(shape.begin(), 2);
  const Tensor x = random_tensor(shape, 99, one.spread);
  const Tensor wanted = model.predict(x);
  for (const int batch_size : {0, 2}) {
    save_onnx(model, file(), {.batch_size = batch_size});
    EXPECT_EQ(complaint_of_checker(file()), "");
    if (!one.open_cv_can) continue;
    cv::dnn::Net net = cv::dnn::readNetFromONNX(file());
    net.setInput(blob_of(x, model.data_format()));
    const cv::Mat outputs = net.forward();
    ASSERT_EQ(outputs.total(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_NEAR(outputs.ptr<float>()[i], wanted[i], 1e-4 * std::max(1.0F, std::abs(wanted[i])))
          << "value " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, OnnxTest, testing::Range(std::size_t{0}, onnx_cases().size()),
                         [](const auto& test) { return onnx_cases()[test.param].name; });

TEST_F(OnnxTest, ClassNamesAreInTheMetadata) {
  Model model = with_random_weights(onnx_cases()[0]);
  model.set_metadata(R"({"class_names":["tabby cat","dog"]})");
  save_onnx(model, file());
  const auto bytes = read_file(file());
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_THAT(text, testing::HasSubstr(R"(["tabby cat","dog"])"));
}

TEST_F(OnnxTest, ModelsWithoutWeightsAreRefused) {
  EXPECT_THAT(test::message_of([&] { save_onnx(network_of({Dense(2)}), file()); }),
              testing::HasSubstr("must be built"));
}

}  // namespace
}  // namespace folio
