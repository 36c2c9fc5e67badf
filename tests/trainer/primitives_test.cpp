// What oneDNN says about itself: how often primitives are made, and which implementations it picks.
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <oneapi/dnnl/dnnl.h>

#include "kernels/kernels.h"
#include "reference_network.h"

namespace folio {
namespace {

/// The lines that oneDNN writes about what it makes and runs meanwhile.
std::vector<std::string> said_during(const std::function<void()>& work) {
  testing::internal::CaptureStdout();
  constexpr int kMadeAndRun = 2;
  dnnl_set_verbose(kMadeAndRun);
  work();
  dnnl_set_verbose(0);
  std::istringstream text(testing::internal::GetCapturedStdout());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (line.find("_verbose,") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> lines_with(const std::vector<std::string>& lines, const char* text) {
  std::vector<std::string> found;
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) found.push_back(line);
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

struct NamedModel {
  const char* name;
  Shape image;
  std::function<Model()> make;
};

/// Every layer that oneDNN computes, at usual numbers of channels.
std::vector<NamedModel> models() {
  return {
      {"mnist_cnn", {28, 28, 1}, [] { return model_by_name("mnist_cnn", 10); }},
      {"vgg_small", {32, 32, 3}, [] { return model_by_name("vgg_small", 10); }},
      {"resnet18",
       {32, 32, 3},
       [] {
         return model_by_name("resnet18", 10, {32, 32, 3});
       }},
      {"depthwise",
       {32, 32, 3},
       []() -> Model {
         return Sequential({Conv2D(32, 3, {.strides = 2, .padding = "same"}),
                            DepthwiseConv2D(3, {.padding = "same", .activation = "relu"}),
                            SeparableConv2D(64, 3, {.padding = "same", .activation = "relu"}),
                            DepthwiseConv2D(3, {.strides = 2, .padding = "same"}),
                            Conv2D(128, 1, {.activation = "relu"}), GlobalAveragePooling2D(),
                            Dense(10, {.activation = "softmax"})});
       }},
      {"grouped",
       {32, 32, 3},
       []() -> Model {
         return Sequential({Conv2D(64, 3), Conv2D(64, 3, {.groups = 2, .activation = "relu"}),
                            Conv2D(128, 3, {.strides = 2, .groups = 4}),
                            Conv2D(64, 3, {.padding = "same", .groups = 32}),
                            DepthwiseConv2D(3, {.depth_multiplier = 2}), MaxPooling2D(), Flatten(),
                            Dense(10, {.activation = "softmax"})});
       }},
      {"volumes",
       {8, 16, 16, 1},
       []() -> Model {
         return Sequential({Conv3D(16, 3, {.activation = "relu"}), MaxPooling3D(),
                            Conv3D(32, 2, {.activation = "tanh"}), GlobalAveragePooling3D(),
                            Dense(10, {.activation = "softmax"})});
       }},
      {"wide kernels",
       {20, 20, 3},
       []() -> Model {
         return Sequential({Conv2D(16, 17, {.padding = "same", .activation = "relu"}),
                            Conv2D(16, 15, {.padding = "same", .activation = "relu"}),
                            Conv2D(24, {1, 14}, {.padding = "same"}), GlobalAveragePooling2D(),
                            Dense(10, {.activation = "softmax"})});
       }},
      {"activations",
       {16, 16, 3},
       []() -> Model {
         std::vector<Layer> layers;
         for (const char* name : {"sigmoid", "tanh", "elu", "gelu", "swish", "softplus", "mish"}) {
           layers.push_back(Conv2D(16, 1, {.activation = name}));
         }
         layers.push_back(Flatten());
         layers.push_back(Dense(10, {.activation = "softmax"}));
         return Sequential(std::move(layers));
       }},
  };
}

Model ready(const NamedModel& one) {
  Model model = one.make();
  model.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  model.prepare(one.image, 10, 16);
  return model;
}

TEST(PrimitivesTest, AreMadeOnceAndNotForTheOddLastBatch) {
  for (const NamedModel& one : models()) {
    Model model = ready(one);
    const auto begin =
        said_during([&] { model.train_on_batch(test::random_batch(one.image, 16, 10, 1)); });
    ASSERT_FALSE(lines_with(begin, ",exec,").empty()) << "oneDNN says nothing";
    const auto later = said_during([&] {
      model.train_on_batch(test::random_batch(one.image, 16, 10, 2));
      model.train_on_batch(test::random_batch(one.image, 7, 10, 3));
      model.test_on_batch(test::random_batch(one.image, 16, 10, 4));
      model.test_on_batch(test::random_batch(one.image, 5, 10, 5));
      model.predict(test::random_batch(one.image, 9, 10, 6).x);
    });
    EXPECT_FALSE(lines_with(later, ",exec,").empty());
    EXPECT_EQ(joined(lines_with(later, ",create")), "") << one.name;
  }
}

TEST(PrimitivesTest, AreNotReferenceImplementations) {
  if (internal::preferred_block() != 16) GTEST_SKIP() << "oneDNN has less for this processor";
  for (const NamedModel& one : models()) {
    Model model = ready(one);
    const auto lines =
        said_during([&] { model.train_on_batch(test::random_batch(one.image, 16, 10, 1)); });
    EXPECT_EQ(joined(lines_with(lines, ",ref")), "") << one.name;
  }
}

}  // namespace
}  // namespace folio
