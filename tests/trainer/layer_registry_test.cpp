// Every layer there is: a case by hand, gradients, its JSON, files, and the same bits on any number
// of threads. A layer that is registered and not in the table fails.
#include <folio/pipeline/threads.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <numeric>

#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>

#include "layer_definition.h"
#include "message_of.h"
#include "reference_network.h"
#include "temporary_directory.h"

namespace folio {
namespace {

/// A network with the layer in it, for images of this shape.
struct InNetwork {
  std::function<Model()> model;
  Shape image;
};

struct LayerCase {
  // By hand: outputs of the layer for one input, with these weights.
  std::function<Model()> alone;
  Tensor x;
  std::vector<Tensor> weights;
  std::vector<float> expected;

  std::vector<InNetwork> networks{};
  bool random = false;  ///< Plain loops cannot follow it in training.
};

Tensor tensor(Shape shape, const std::vector<float>& values) {
  return Tensor(std::move(shape), values);
}

std::function<Model()> stack(std::vector<Layer> layers) {
  return [layers = std::move(layers)]() -> Model { return Sequential(layers); };
}

/// Layers between an image and three classes.
InNetwork network(std::vector<Layer> layers, Shape image) {
  layers.push_back(Flatten());
  layers.push_back(Dense(3, {.activation = "softmax"}));
  return {stack(std::move(layers)), std::move(image)};
}

/// Two inputs of one merging layer: what comes in and its double.
std::function<Model()> merged(const Layer& layer) {
  return [layer] {
    const Input x({2});
    const auto twice = Rescaling(2.0)(x);
    return Model(x, layer({x, twice}));
  };
}

InNetwork branches(const Layer& merge) {
  return {[merge] {
            const Input x({4, 4, 2});
            const auto a = Conv2D(5, 1, {.activation = "tanh"})(x);
            const auto b = Conv2D(5, 3, {.padding = "same"})(x);
            const auto y = Flatten()(merge({a, b}));
            return Model(x, Dense(3, {.activation = "softmax"})(y));
          },
          {4, 4, 2}};
}

const std::map<std::string, LayerCase>& cases() {
  const Tensor row = tensor({1, 4}, {-2, -1, 0, 3});
  const Tensor image = tensor({1, 2, 2, 1}, {1, 2, 3, 4});
  const Tensor steps = tensor({1, 3, 1}, {1, 2, 4});
  const Tensor volume = tensor({1, 2, 2, 2, 1}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Regularizer both = L1L2{.l1 = 0.02, .l2 = 0.03};
  static const std::map<std::string, LayerCase> kCases{
      {"InputLayer",
       {stack({Input({4}), Activation("linear")}),
        row,
        {},
        {-2, -1, 0, 3},
        {network({Input({3, 4, 2}), Conv2D(4, 2)}, {3, 4, 2})}}},
      {"Conv2D",
       {stack({Conv2D(1, 2)}),
        image,
        {tensor({2, 2, 1, 1}, {1, 10, 100, 1000}), tensor({1}, {0.5F})},
        {4321.5F},
        {network({Conv2D(5, 3, {.strides = 2, .padding = "same", .activation = "relu"})},
                 {5, 6, 2}),
         network({Conv2D(6, 2,
                         {.groups = 2,
                          .kernel_regularizer = both,
                          .bias_regularizer = L1{0.05},
                          .activity_regularizer = both})},
                 {4, 5, 2}),
         network({Conv2D(4, 3), Conv2D(5, {2, 15}, {.padding = "same", .activation = "relu"})},
                 {4, 17, 2})}}},
      {"DepthwiseConv2D",
       {stack({DepthwiseConv2D(1, {.depth_multiplier = 2, .use_bias = false})}),
        tensor({1, 1, 1, 2}, {1, 2}),
        {tensor({1, 1, 2, 2}, {1, 10, 100, 1000})},
        {1, 10, 200, 2000},
        {network({Conv2D(3, 1), DepthwiseConv2D(2, {.depth_multiplier = 2,
                                                    .depthwise_regularizer = both,
                                                    .bias_regularizer = both,
                                                    .activity_regularizer = L1{0.04}})},
                 {4, 5, 2})}}},
      {"SeparableConv2D",
       {stack({SeparableConv2D(1, 1)}),
        tensor({1, 1, 1, 2}, {1, 2}),
        {tensor({1, 1, 2, 1}, {3, 5}), tensor({1, 1, 2, 1}, {1, 100}), tensor({1}, {7})},
        {1010},
        {network({SeparableConv2D(4, 3,
                                  {.depthwise_regularizer = both,
                                   .pointwise_regularizer = L2{0.1},
                                   .bias_regularizer = both,
                                   .activity_regularizer = L2{0.03}})},
                 {5, 5, 2})}}},
      {"Conv1D",
       {stack({Conv1D(1, 2)}),
        steps,
        {tensor({2, 1, 1}, {1, 10}), tensor({1}, {0.5F})},
        {21.5F, 42.5F},
        {network({Conv1D(5, 3,
                         {.padding = "same",
                          .kernel_regularizer = both,
                          .bias_regularizer = both,
                          .activity_regularizer = both})},
                 {7, 2}),
         network({Conv1D(4, 3, {.strides = 2, .padding = "causal"}),
                  Conv1D(3, 2, {.padding = "causal", .dilation_rate = 2})},
                 {7, 2})}}},
      {"Conv3D",
       {stack({Conv3D(1, {2, 1, 2})}),
        volume,
        {tensor({2, 1, 2, 1, 1}, {1, 10, 100, 1000}), tensor({1}, {0.5F})},
        {6521.5F, 8743.5F},
        {network({Conv3D(5, 3, {.strides = {1, 2, 2}, .padding = "same", .activation = "relu"})},
                 {3, 5, 6, 2}),
         network(
             {Conv3D(6, {2, 1, 3}, {.activation = "tanh"}), Conv3D(4, 2,
                                                                   {.groups = 2,
                                                                    .kernel_regularizer = both,
                                                                    .bias_regularizer = L1{0.05},
                                                                    .activity_regularizer = both})},
             {4, 3, 5, 1}),
         network({Conv3D(17, 1), Conv3D(3, 2, {.dilation_rate = {2, 1, 2}, .use_bias = false})},
                 {4, 3, 4, 2}),
         // What acts on cells and what has an axis more, around it.
         network(
             {Reshape({2, 4, 3, 2}), BatchNormalization(), Dense(5), PReLU(), LayerNormalization(),
              Conv3D(4, 2, {.padding = "same"}), PReLU({.shared_axes = {2, 3}})},
             {4, 4, 3})}}},
      {"MaxPooling3D",
       {stack({MaxPooling3D()}),
        volume,
        {},
        {8},
        {network({Conv3D(5, 1), MaxPooling3D()}, {5, 4, 3, 2}),
         network({Conv3D(8, 2, {.padding = "same", .activation = "relu"}),
                  MaxPooling3D({.pool_size = {1, 2, 2}})},
                 {3, 4, 5, 2}),
         network({Conv3D(5, 1),
                  MaxPooling3D({.pool_size = {2, 3, 2}, .strides = {2, 1, 3}, .padding = "same"})},
                 {3, 4, 5, 1})}}},
      {"AveragePooling3D",
       {stack({AveragePooling3D({.pool_size = {2, 2, 3}, .padding = "same"})}),
        volume,
        {},
        {4.5F},
        {network({Conv3D(5, 1), AveragePooling3D({.padding = "same"})}, {5, 4, 3, 2}),
         network({AveragePooling3D({.pool_size = {2, 3, 1}, .strides = 1})}, {3, 4, 2, 2})}}},
      {"GlobalMaxPooling3D",
       {stack({GlobalMaxPooling3D()}),
        volume,
        {},
        {8},
        {network({Conv3D(5, 2), GlobalMaxPooling3D({.keepdims = true})}, {3, 4, 3, 2})}}},
      {"GlobalAveragePooling3D",
       {stack({GlobalAveragePooling3D()}),
        volume,
        {},
        {4.5F},
        {network({Conv3D(5, 2), GlobalAveragePooling3D()}, {3, 4, 3, 2})}}},
      {"MaxPooling2D",
       {stack({MaxPooling2D()}),
        image,
        {},
        {4},
        {network({Conv2D(5, 1), MaxPooling2D()}, {5, 4, 2})}}},
      {"AveragePooling2D",
       {stack({AveragePooling2D()}),
        image,
        {},
        {2.5F},
        {network({Conv2D(5, 1), AveragePooling2D({.padding = "same"})}, {5, 4, 2})}}},
      {"MaxPooling1D",
       {stack({MaxPooling1D()}),
        steps,
        {},
        {2},
        {network({Conv1D(5, 1), MaxPooling1D()}, {5, 2})}}},
      {"AveragePooling1D",
       {stack({AveragePooling1D({.padding = "same"})}),
        steps,
        {},
        {1.5F, 4},
        {network({Conv1D(5, 1), AveragePooling1D({.strides = 1})}, {5, 2})}}},
      {"GlobalMaxPooling2D",
       {stack({GlobalMaxPooling2D()}),
        image,
        {},
        {4},
        {network({Conv2D(5, 2), GlobalMaxPooling2D()}, {5, 4, 2})}}},
      {"GlobalAveragePooling2D",
       {stack({GlobalAveragePooling2D()}),
        image,
        {},
        {2.5F},
        {network({Conv2D(5, 2), GlobalAveragePooling2D({.keepdims = true})}, {5, 4, 2})}}},
      {"GlobalMaxPooling1D",
       {stack({GlobalMaxPooling1D()}),
        steps,
        {},
        {4},
        {network({Conv1D(5, 2), GlobalMaxPooling1D({.keepdims = true})}, {5, 2})}}},
      {"GlobalAveragePooling1D",
       {stack({GlobalAveragePooling1D()}),
        steps,
        {},
        {7.0F / 3},
        {network({Conv1D(5, 2), GlobalAveragePooling1D()}, {5, 2})}}},
      {"BatchNormalization",
       {stack({BatchNormalization({.epsilon = 1.0})}),
        tensor({1, 1}, {3}),
        {tensor({1}, {2}), tensor({1}, {10}), tensor({1}, {1}), tensor({1}, {3})},
        {12},
        {network({Conv2D(5, 2),
                  BatchNormalization({.beta_regularizer = both, .gamma_regularizer = L2{0.1}})},
                 {4, 4, 2})}}},
      {"LayerNormalization",
       {stack({LayerNormalization({.epsilon = 1.0})}),
        tensor({1, 2}, {1, 5}),
        {tensor({2}, {1, 10}), tensor({2}, {0, 100})},
        {-2 / std::sqrt(5.0F), 100 + 20 / std::sqrt(5.0F)},
        {network({Conv2D(5, 2),
                  LayerNormalization({.beta_regularizer = L1{0.03}, .gamma_regularizer = both})},
                 {4, 4, 2})}}},
      {"Flatten",
       {stack({Flatten()}), image, {}, {1, 2, 3, 4}, {network({Conv2D(5, 2)}, {4, 3, 2})}}},
      {"Reshape",
       {stack({Reshape({4, -1})}),
        image,
        {},
        {1, 2, 3, 4},
        {network({Dense(12), Reshape({2, 3, 2}), Conv2D(4, 2)}, {5})}}},
      {"RepeatVector",
       {stack({RepeatVector(2)}),
        tensor({1, 2}, {3, 5}),
        {},
        {3, 5, 3, 5},
        {network({Dense(5), RepeatVector(3), Conv1D(4, 2)}, {4})}}},
      {"ZeroPadding2D",
       {stack({ZeroPadding2D({0, 1, 1, 0})}),
        image,
        {},
        {0, 1, 2, 0, 3, 4, 0, 0, 0},
        {network({Conv2D(3, 1), ZeroPadding2D({1, 2}), Conv2D(2, 3)}, {3, 2, 2})}}},
      {"Cropping2D",
       {stack({Cropping2D({1, 0, 0, 1})}),
        image,
        {},
        {3},
        {network({Conv2D(5, 1), Cropping2D({1, 2, 0, 1}), Conv2D(4, 2), MaxPooling2D()}, {8, 6, 2}),
         network({Cropping2D(1), Conv2D(4, 2)}, {5, 6, 1})}}},
      {"UpSampling2D",
       {stack({UpSampling2D({1, 2}, "bilinear")}),
        image,
        {},
        {1, 1.25F, 1.75F, 2, 3, 3.25F, 3.75F, 4},
        {network({Conv2D(3, 1), UpSampling2D({2, 3}), Conv2D(2, 2)}, {2, 2, 2}),
         network({Conv2D(3, 1), UpSampling2D({2, 3}, "bilinear"), Conv2D(2, 1)}, {2, 3, 1}),
         // The fourth row and column are read by none.
         network({Conv2D(3, 1), UpSampling2D(2, "bilinear"), MaxPooling2D({.pool_size = 5})},
                 {4, 4, 1})}}},
      {"Dense",
       {stack({Dense(2)}),
        tensor({1, 2}, {1, 2}),
        {tensor({2, 2}, {1, 10, 100, 1000}), tensor({2}, {0.5F, 0.25F})},
        {201.5F, 2010.25F},
        {network({Dense(6, {.activation = "tanh",
                            .kernel_regularizer = both,
                            .bias_regularizer = both,
                            .activity_regularizer = both})},
                 {5})}}},
      {"Rescaling",
       {stack({Rescaling(0.5, 1)}),
        row,
        {},
        {0, 0.5F, 1, 2.5F},
        {network({Conv2D(5, 1), Rescaling(0.5, -1.5), Conv2D(4, 2)}, {3, 4, 2})}}},
      {"Activation",
       {stack({Activation("hard_sigmoid_keras2")}),
        row,
        {},
        {0.1F, 0.3F, 0.5F, 1},
        {network({Conv2D(5, 1), Activation("hard_sigmoid_keras2")}, {3, 4, 2})}}},
      {"ReLU",
       {stack({ReLU({.max_value = 2, .negative_slope = 0.5})}),
        row,
        {},
        {-1, -0.5F, 0, 2},
        {network({Conv2D(5, 2), ReLU({.negative_slope = 0.1, .threshold = 0.2})}, {4, 3, 2})}}},
      {"LeakyReLU",
       {stack({LeakyReLU()}),
        row,
        {},
        {-0.6F, -0.3F, 0, 3},
        {network({Conv2D(5, 2), LeakyReLU(0.2)}, {4, 3, 2})}}},
      {"PReLU",
       {stack({PReLU()}),
        row,
        {tensor({4}, {0.5F, 0.25F, 1, 1})},
        {-1, -0.25F, 0, 3},
        {network({Conv2D(5, 2), PReLU({.alpha_regularizer = both})}, {4, 3, 2}),
         network({Conv2D(5, 2), PReLU({.shared_axes = {1, 2}}), MaxPooling2D()}, {6, 4, 2}),
         network({Conv1D(9, 2), PReLU({.shared_axes = {1}})}, {5, 2}),
         network({PReLU({.shared_axes = {3}}), Dense(4), PReLU()}, {2, 3, 2})}}},
      {"ELU",
       {stack({ELU(0.5)}),
        row,
        {},
        {0.5F * std::expm1(-2.0F), 0.5F * std::expm1(-1.0F), 0, 3},
        {network({Conv2D(5, 2), ELU(0.7)}, {4, 3, 2})}}},
      {"Softmax",
       {stack({Softmax()}),
        tensor({1, 2}, {0, std::log(3.0F)}),
        {},
        {0.25F, 0.75F},
        {network({Conv2D(5, 2), Softmax(), Conv2D(4, 1)}, {4, 3, 2})}}},
      {"ActivityRegularization",
       {stack({ActivityRegularization({.l1 = 1, .l2 = 2})}),
        row,
        {},
        {-2, -1, 0, 3},
        {network({Conv2D(5, 2), ActivityRegularization({.l1 = 0.1, .l2 = 0.2}),
                  MaxPooling2D({.pool_size = 3})},
                 {6, 7, 2}),
         network({Dense(4), BatchNormalization(), ActivityRegularization({.l2 = 0.2})}, {6})}}},
      {"Dropout",
       {stack({Dropout(0.5)}),
        row,
        {},
        {-2, -1, 0, 3},
        {network({Conv2D(5, 2), Dropout(0.3)}, {4, 3, 2})},
        true}},
      {"SpatialDropout2D",
       {stack({SpatialDropout2D(0.5)}),
        image,
        {},
        {1, 2, 3, 4},
        {network({Conv2D(5, 2), SpatialDropout2D(0.4)}, {4, 3, 2})},
        true}},
      {"GaussianNoise",
       {stack({GaussianNoise(0.5)}),
        row,
        {},
        {-2, -1, 0, 3},
        {network({Conv2D(5, 2), GaussianNoise(0.4)}, {4, 3, 2})},
        true}},
      {"GaussianDropout",
       {stack({GaussianDropout(0.5)}),
        row,
        {},
        {-2, -1, 0, 3},
        {network({Conv2D(5, 2), GaussianDropout(0.4)}, {4, 3, 2})},
        true}},
      {"AlphaDropout",
       {stack({AlphaDropout(0.5)}),
        row,
        {},
        {-2, -1, 0, 3},
        {network({Conv2D(5, 2), AlphaDropout(0.4)}, {4, 3, 2})},
        true}},
      {"Add", {merged(Add()), tensor({1, 2}, {1, 5}), {}, {3, 15}, {branches(Add())}}},
      {"Concatenate",
       {merged(Concatenate()),
        tensor({1, 2}, {1, 5}),
        {},
        {1, 5, 2, 10},
        {branches(Concatenate())}}},
  };
  return kCases;
}

/// Keras' other names.
const std::map<std::string, std::string>& aliases() {
  static const std::map<std::string, std::string> kAliases{
      {"AvgPool1D", "AveragePooling1D"},
      {"AvgPool2D", "AveragePooling2D"},
      {"Convolution1D", "Conv1D"},
      {"AvgPool3D", "AveragePooling3D"},
      {"Convolution2D", "Conv2D"},
      {"Convolution3D", "Conv3D"},
      {"GlobalAvgPool3D", "GlobalAveragePooling3D"},
      {"GlobalMaxPool3D", "GlobalMaxPooling3D"},
      {"MaxPool3D", "MaxPooling3D"},
      {"GlobalAvgPool1D", "GlobalAveragePooling1D"},
      {"GlobalAvgPool2D", "GlobalAveragePooling2D"},
      {"GlobalMaxPool1D", "GlobalMaxPooling1D"},
      {"GlobalMaxPool2D", "GlobalMaxPooling2D"},
      {"MaxPool1D", "MaxPooling1D"},
      {"MaxPool2D", "MaxPooling2D"},
      {"SeparableConvolution2D", "SeparableConv2D"},
  };
  return kAliases;
}

/// The layer of this class in a model.
const Layer& layer_in(const Model& model, const std::string& class_name) {
  for (const Layer& layer : model.layers()) {
    if (layer.class_name() == class_name) return layer;
  }
  throw std::logic_error("no " + class_name + " in its own case");
}

nlohmann::json config_of(const Layer& layer) {
  return nlohmann::json::parse(layer.definition().config().dump());
}

class LayerRegistryTest : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] const LayerCase& layer_case() const { return cases().at(GetParam()); }
};

TEST(LayerTableTest, EveryLayerHasACase) {
  for (const std::string& name : internal::layer_class_names()) {
    const auto alias = aliases().find(name);
    const std::string own = alias == aliases().end() ? name : alias->second;
    ASSERT_EQ(cases().count(own), 1U) << name << " is registered and not in this table";
    EXPECT_FALSE(cases().at(own).networks.empty()) << name;
    if (own == "InputLayer") continue;
    const Model model = cases().at(own).alone();
    EXPECT_EQ(internal::make_layer(name, config_of(layer_in(model, own))).class_name(), own);
  }
}

TEST_P(LayerRegistryTest, ACaseByHand) {
  const LayerCase& c = layer_case();
  Model model = c.alone();
  model.build(Shape(c.x.shape().begin() + 1, c.x.shape().end()));
  model.set_weights(c.weights);
  const Tensor y = model.predict(c.x);
  EXPECT_THAT(std::vector<float>(y.values().begin(), y.values().end()),
              testing::Pointwise(testing::FloatNear(1e-5F), c.expected));
}

TEST_P(LayerRegistryTest, GradientsMatchPlainLoops) {
  for (const InNetwork& one : layer_case().networks) {
    if (layer_case().random) {
      test::expect_gradients_match_differences(one.model(), one.image, 5);
    } else {
      test::expect_gradients_match(one.model(), one.image, 5);
    }
  }
}

TEST_P(LayerRegistryTest, JsonGoesBothWays) {
  for (const InNetwork& one : layer_case().networks) {
    const Model model = one.model();
    for (const Layer& layer : model.layers()) {
      if (layer.class_name() == "InputLayer") continue;
      const nlohmann::json config = config_of(layer);
      EXPECT_EQ(config_of(internal::make_layer(layer.class_name(), config)), config);
    }
  }
}

TEST_P(LayerRegistryTest, FilesKeepWeightsAndPredictions) {
  const test::TemporaryDirectory directory;
  for (const InNetwork& one : layer_case().networks) {
    Model model = one.model();
    model.set_seed(3);
    model.build(one.image);
    const Tensor x = test::random_batch(one.image, 3, 3, 1).x;
    const auto numbers = [&x](Model& of) {
      std::vector<Tensor> tensors = of.weights();
      tensors.push_back(of.predict(x));
      std::vector<std::vector<float>> all;
      for (const Tensor& tensor : tensors) {
        all.emplace_back(tensor.values().begin(), tensor.values().end());
      }
      return all;
    };
    const auto expected = numbers(model);
    for (const char* name : {"model.h5", "model.keras"}) {
      const std::string path = directory.path(name);
      model.save(path);
      Model loaded = load_model(path);
      EXPECT_EQ(numbers(loaded), expected) << name;
    }
  }
}

TEST(LayerArgumentsTest, WhatNobodyKnowsIsRefused) {
  const auto message_for = [](const char* class_name, const char* config) {
    return test::message_of(
        [&] { internal::make_layer(class_name, nlohmann::json::parse(config)); });
  };
  EXPECT_EQ(message_for("Dense", R"({"name": "scores", "unitz": 3})"),
            "layer 'scores' of class Dense units must be an integer of at most 9 digits, got "
            "nothing, but \"unitz\"");
  EXPECT_EQ(message_for("Conv2D", R"({"filters": 3, "kernel_size": 3, "paddding": "same"})"),
            "layer of class Conv2D has an unknown argument \"paddding\"; did you mean "
            "\"padding\"?");
  EXPECT_EQ(message_for("Dropout", R"({"rate": 0.5, "rat": 0.4})"),
            "layer of class Dropout has an unknown argument \"rat\"");
  EXPECT_EQ(message_for("MaxPool2D", R"({"size": 3})"),
            "layer of class MaxPool2D has an unknown argument \"size\"");
  EXPECT_EQ(message_for("Dense", R"({"units": 3, "lora_rank": 2})"),
            "layer of class Dense has an unknown argument \"lora_rank\"");
  // Keras 3 writes such.
  EXPECT_EQ(message_for("Dense", R"({"units": 3, "quantization_config": null,
                                     "kernel_initializer": {"class_name": "GlorotUniform",
                                     "config": {"seed": null, "input_axes": null}}})"),
            "no error");
  // Keras 2 writes it, always null.
  EXPECT_EQ(message_for("SeparableConv2D",
                        R"({"filters": 3, "kernel_size": 3, "kernel_regularizer": "l2"})"),
            "layer of class SeparableConv2D has kernel_regularizer \"l2\", which is not supported");
}

TEST(LayerArgumentsTest, TheLastAxisOfSoftmaxHasSeveralNames) {
  for (const char* axis : {"-1", "[-1]", "3"}) {
    const Layer layer =
        internal::make_layer("Softmax", {{"axis", nlohmann::json::parse(axis)}, {"name", "s"}});
    EXPECT_EQ(layer.output_shape({4, 4, 2}), (Shape{4, 4, 2})) << axis;
  }
  const Layer layer = internal::make_layer("Softmax", {{"axis", 2}, {"name", "s"}});
  EXPECT_EQ(
      test::message_of([&] {
        static_cast<void>(layer.output_shape({4, 4, 2}));
      }),
      "layer 's' (Softmax) works along the channels' axis only, -1 or 1 (where they come first), "
      "got 2 for an input of shape (4, 4, 2)");
}

TEST(LayerArgumentsTest, OnlyFloat32IsComputedIn) {
  const auto message_for = [](const char* dtype) {
    return test::message_of([&] {
      internal::make_layer("Dense", {{"units", 3}, {"dtype", nlohmann::json::parse(dtype)}});
    });
  };
  EXPECT_EQ(message_for(R"("float32")"), "no error");
  EXPECT_EQ(message_for(R"({"module": "keras", "class_name": "DTypePolicy",
                            "config": {"name": "float32"}, "registered_name": null})"),
            "no error");
  EXPECT_EQ(message_for(R"("mixed_float16")"),
            "layer of class Dense has dtype \"mixed_float16\", only \"float32\" is supported");
  EXPECT_EQ(message_for(R"({"class_name": "Policy", "config": {"name": "mixed_float16"}})"),
            "layer of class Dense has dtype {\"class_name\":\"Policy\",\"config\":{\"name\":"
            "\"mixed_float16\"}}, only \"float32\" is supported");
}

TEST_P(LayerRegistryTest, FixedWeightsStayAndTheOthersLearnAsBefore) {
  for (const InNetwork& one : layer_case().networks) {
    if (layer_case().random) continue;  // They have no weights.
    Model model = one.model();
    for (const Layer& layer : std::vector<Layer>(model.layers())) {
      if (layer.class_name() == GetParam()) model.set_trainable(layer.name(), false);
    }
    test::expect_gradients_match(std::move(model), one.image, 5);
  }
}

TEST_P(LayerRegistryTest, TheNumberOfThreadsMakesNoDifference) {
  for (const InNetwork& one : layer_case().networks) {
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2, 4, 8}) {
      set_threads(threads);
      Model model = one.model();
      model.set_seed(5);
      model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = "categorical_crossentropy"});
      std::vector<float> result;
      for (unsigned step = 0; step < 2; ++step) {
        const Batch batch = test::random_batch(one.image, 37, 3, step);
        result.push_back(static_cast<float>(model.train_on_batch(batch)));
      }
      for (const Tensor& weight : model.weights()) {
        result.insert(result.end(), weight.values().begin(), weight.values().end());
      }
      results.push_back(std::move(result));
    }
    set_threads(0);
    for (const std::vector<float>& result : results) EXPECT_EQ(result, results.front());
  }
}

std::vector<std::string> names_of_cases() {
  std::vector<std::string> names;
  for (const auto& [name, one] : cases()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, LayerRegistryTest, testing::ValuesIn(names_of_cases()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace folio
