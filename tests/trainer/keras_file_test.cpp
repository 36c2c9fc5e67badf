// Files in the layouts of many versions of Keras, see tests/data/trainer/keras_files/make.py.
#include <folio/datasets/error.h>
#include <folio/trainer/model_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "message_of.h"
#include "reference_data.h"

namespace folio {
namespace {

std::string keras_file(const std::string& name) {
  return test::data_path("trainer/keras_files/" + name);
}

class KerasFileTest : public testing::TestWithParam<std::string> {
 protected:
  static Tensor expected(const std::string& key, const Shape& shape) {
    const nlohmann::json data = test::read_json("trainer/keras_files/expected.json");
    return {shape, data.at(key).get<std::vector<float>>()};
  }

  static void expect_predictions(Model& model) {
    const Tensor outputs = model.predict(expected("x", {2, 6, 6, 2}));
    const Tensor wanted = expected("y", {2, 4});
    ASSERT_EQ(outputs.shape(), wanted.shape());
    for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_NEAR(outputs[i], wanted[i], 1e-6);
  }

  static Sequential same_architecture() {
    Sequential model({Input({6, 6, 2}), Conv2D(3, {3, 3}, {.activation = "relu"}), MaxPooling2D(),
                      Flatten(), Dense(4, {.activation = "softmax"})});
    model.build({6, 6, 2});
    return model;
  }
};

class KerasModelTest : public KerasFileTest {};

TEST_P(KerasModelTest, PredictsTheSame) {
  Model model = load_model(keras_file(GetParam()));
  expect_predictions(model);
}

TEST_P(KerasModelTest, TrainingGoesOn) {
  const Model model = load_model(keras_file(GetParam()));
  ASSERT_TRUE(model.compiled());
  EXPECT_EQ(model.compile_options().loss.name(), "categorical_crossentropy");
  EXPECT_EQ(model.metric_names(), (std::vector<std::string>{"loss", "accuracy"}));
  EXPECT_EQ(model.iterations(), 5U);
  const bool sgd = GetParam() == "keras_2_0.h5";
  EXPECT_FLOAT_EQ(static_cast<float>(model.learning_rate()), sgd ? 0.02F : 0.002F);
  const std::vector<NamedWeight> slots = model.optimizer_slots();
  const std::vector<NamedWeight> weights = model.named_weights();
  const std::size_t kinds = sgd ? 1 : 2;
  ASSERT_EQ(slots.size(), weights.size() * kinds);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (std::size_t k = 0; k < weights[i].value.size(); ++k) {
      const float weight = weights[i].value[k];
      EXPECT_EQ(slots[i * kinds].value[k], weight / 2);
      if (!sgd) {
        EXPECT_EQ(slots[i * kinds + 1].value[k], weight * weight);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, KerasModelTest,
                         testing::Values("keras_2_0.h5", "keras_2_4.h5", "keras_2_12.h5",
                                         "keras_3.h5", "latest.h5"),
                         [](const auto& test) {
                           return test.param.substr(0, test.param.find('.'));
                         });

class KerasWeightsTest : public KerasFileTest {};

TEST_P(KerasWeightsTest, FitTheSameArchitecture) {
  Sequential model = same_architecture();
  load_model_weights(model, keras_file(GetParam()));
  if (GetParam() == "half.h5") {
    const Tensor kernel = expected("conv2d/kernel", {3, 3, 2, 3});
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      EXPECT_NEAR(model.weights()[0][i], kernel[i], 3e-4);
    }
    return;
  }
  expect_predictions(model);
}

INSTANTIATE_TEST_SUITE_P(Encodings, KerasWeightsTest,
                         testing::Values("split_names.h5", "encodings.h5", "half.h5", "keras_3.h5"),
                         [](const auto& test) {
                           return test.param.substr(0, test.param.find('.'));
                         });

}  // namespace
}  // namespace folio
