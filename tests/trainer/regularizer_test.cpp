#include "regularizer.h"
#include "message_of.h"

#include <folio/datasets/error.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "constraint.h"
#include "reference_network.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

std::vector<float> constrained(const Constraint& constraint, const Shape& shape,
                               const std::vector<float>& values) {
  Tensor weight(shape, values);
  constraint.apply(weight);
  return {weight.values().begin(), weight.values().end()};
}

TEST(RegularizerTest, AddsToLossAndGradient) {
  // A loss that samples of weight 0 leave out: what remains is the regularizers'.
  Sequential model({Dense(2, {.activation = "softmax",
                              .kernel_regularizer = L1L2{.l1 = 0.5, .l2 = 0.25},
                              .bias_regularizer = L1{.l1 = 2.0}})});
  model.compile({.optimizer = SGD{.learning_rate = 0.5}, .loss = "categorical_crossentropy"});
  model.build({1});
  model.set_weights({Tensor({1, 2}, std::vector<float>{2.0F, -4.0F}),
                     Tensor({2}, std::vector<float>{0.0F, -3.0F})});
  Batch batch = test::random_batch({1}, 4, 2, 1);
  batch.sample_weight = Tensor({4});
  const double expected = 0.5 * 6 + 0.25 * 20 + 2 * 3;
  EXPECT_NEAR(model.test_on_batch(batch), expected, 1e-12);
  EXPECT_NEAR(model.train_on_batch(batch), expected, 1e-12);
  const std::vector<Tensor> weights = model.weights();
  EXPECT_FLOAT_EQ(weights[0][0], 2.0F - 0.5F * (0.5F + 0.5F * 2.0F));
  EXPECT_FLOAT_EQ(weights[0][1], -4.0F + 0.5F * (0.5F + 0.5F * 4.0F));
  EXPECT_FLOAT_EQ(weights[1][0], 0.0F);
  EXPECT_FLOAT_EQ(weights[1][1], -2.0F);
  EXPECT_NEAR(*find_log(model.metrics(), "loss"), expected, 1e-12);
}

TEST(RegularizerTest, IsPartOfTheGradientThatIsClipped) {
  Sequential model({Dense(2, {.activation = "softmax", .kernel_regularizer = L2{.l2 = 1.0}})});
  model.compile({.optimizer = SGD{.learning_rate = 1.0, .clipnorm = 1.0},
                 .loss = "categorical_crossentropy"});
  model.build({1});
  model.set_weights({Tensor({1, 2}, std::vector<float>{3.0F, 4.0F}), Tensor({2})});
  Batch batch = test::random_batch({1}, 4, 2, 1);
  batch.sample_weight = Tensor({4});
  model.train_on_batch(batch);
  EXPECT_FLOAT_EQ(model.weights()[0][0], 3.0F - 0.6F);
  EXPECT_FLOAT_EQ(model.weights()[0][1], 4.0F - 0.8F);
}

TEST(RegularizerTest, OfActivitiesAddsToTheLossOfTrainingAndTest) {
  // Samples of weight 0: what remains is the regularizer's. Two outputs of 2 and -1 for each of
  // five samples, of which the last fills up a shard alone.
  Sequential model(
      {Dense(2, {.use_bias = false, .activity_regularizer = L1L2{.l1 = 0.5, .l2 = 0.25}}),
       Activation("softmax")});
  model.compile({.optimizer = SGD{.learning_rate = 0.5}, .loss = "categorical_crossentropy"});
  model.build({1});
  const std::vector<Tensor> weights{Tensor({1, 2}, std::vector<float>{2.0F, -1.0F})};
  model.set_weights(weights);
  Batch batch = test::random_batch({1}, 5, 2, 1);
  for (float& value : batch.x.values()) value = 1.0F;
  batch.sample_weight = Tensor({5});
  const double expected = 0.5 * 3 + 0.25 * 5;
  EXPECT_NEAR(model.test_on_batch(batch), expected, 1e-6);
  EXPECT_NEAR(model.train_on_batch(batch), expected, 1e-6);
  EXPECT_FLOAT_EQ(model.weights()[0][0], 2.0F - 0.5F * (0.5F + 0.5F * 2.0F));
  EXPECT_FLOAT_EQ(model.weights()[0][1], -1.0F + 0.5F * (0.5F + 0.5F * 1.0F));
}

/// All of Keras' layers with weights keep what their constraints ask for.
TEST(ConstraintTest, HoldsOnEveryLayerWithWeights) {
  const Constraint positive = "non_neg";
  const Constraint unit = UnitNorm{.axis = {0, 1, 2}};
  Sequential model(
      {Conv2D(4, 2, {.kernel_constraint = positive, .bias_constraint = positive}),
       DepthwiseConv2D(2, {.depthwise_constraint = positive, .bias_constraint = positive}),
       SeparableConv2D(5, 2,
                       {.depthwise_constraint = positive,
                        .pointwise_constraint = unit,
                        .bias_constraint = positive}),
       BatchNormalization({.beta_constraint = positive, .gamma_constraint = positive}),
       LayerNormalization({.beta_constraint = positive, .gamma_constraint = positive}),
       PReLU({.alpha_constraint = positive}), Reshape({4, 5}),
       Conv1D(3, 2, {.kernel_constraint = positive, .bias_constraint = positive}), Flatten(),
       Dense(
           3,
           {.activation = "softmax", .kernel_constraint = positive, .bias_constraint = positive})});
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 0.5}, .loss = "categorical_crossentropy"});
  model.train_on_batch(test::random_batch({5, 5, 2}, 9, 3, 1));
  for (const NamedWeight& weight : model.named_weights()) {
    double squares = 0.0;
    for (const float value : weight.value.values()) {
      squares += double{value} * value;
      if (weight.trainable && weight.name != "pointwise_kernel") {
        ASSERT_GE(value, 0.0F) << weight.layer << "/" << weight.name;
      }
    }
    if (weight.name == "pointwise_kernel") {
      EXPECT_NEAR(squares, 5.0, 1e-4);
    }
  }
  EXPECT_EQ(to_json(model_from_json(to_json(model))), to_json(model));
}

TEST(RegularizerTest, NamesAndRefusals) {
  EXPECT_EQ(Regularizer("l2").l2(), 0.01);
  EXPECT_EQ(Regularizer("L1").l1(), 0.01);
  EXPECT_EQ(Regularizer("l1_l2").l1(), 0.0);
  EXPECT_THAT(message_of([] { Regularizer("l3"); }), HasSubstr("unknown regularizer 'l3'"));
  EXPECT_THAT(message_of([] { Regularizer(L2{-1.0}); }),
              HasSubstr("L2: a factor must be at least 0"));
}

TEST(ConstraintTest, NormsOfColumns) {
  const Shape shape{2, 2};
  const std::vector<float> weight{3, 0.3F, 4, 0.4F};  // Norms 5 and 0.5.
  EXPECT_THAT(constrained(MaxNorm{.max_value = 2.0}, shape, weight),
              testing::Pointwise(testing::FloatNear(1e-5F), {1.2F, 0.3F, 1.6F, 0.4F}));
  EXPECT_THAT(constrained("unit_norm", shape, weight),
              testing::Pointwise(testing::FloatNear(1e-5F), {0.6F, 0.6F, 0.8F, 0.8F}));
  EXPECT_THAT(
      constrained(MinMaxNorm{.min_value = 1.0, .max_value = 3.0, .rate = 0.5}, shape, weight),
      testing::Pointwise(testing::FloatNear(1e-5F), {2.4F, 0.45F, 3.2F, 0.6F}));
  EXPECT_THAT(constrained("non_neg", shape, {-1, 2, 0, -3}), testing::ElementsAre(0, 2, 0, 0));
  EXPECT_THAT(constrained("max_norm", shape, {0, 0, 0, 0}), testing::ElementsAre(0, 0, 0, 0));
}

TEST(ConstraintTest, NormsOfFiltersAndRows) {
  // 2 x 1 x 1 x 2: a filter is every other value.
  EXPECT_THAT(
      constrained(UnitNorm{.axis = {0, 1, 2}}, {2, 1, 1, 2}, {3, 5, 4, 12}),
      testing::Pointwise(testing::FloatNear(1e-5F), {0.6F, 5.0F / 13.0F, 0.8F, 12.0F / 13.0F}));
  EXPECT_THAT(
      constrained(UnitNorm{.axis = {-1}}, {2, 2}, {3, 4, 5, 12}),
      testing::Pointwise(testing::FloatNear(1e-5F), {0.6F, 0.8F, 5.0F / 13.0F, 12.0F / 13.0F}));
}

TEST(ConstraintTest, HoldsAfterEveryStep) {
  Sequential model({Conv2D(20, 3,
                           {.activation = "relu",
                            .kernel_constraint = MaxNorm{.max_value = 0.5, .axis = {0, 1, 2}}}),
                    Flatten(),
                    Dense(10, {.activation = "softmax", .kernel_constraint = "non_neg"})});
  model.set_seed(1);
  model.compile({.optimizer = Adam{.learning_rate = 0.05}, .loss = "categorical_crossentropy"});
  for (unsigned step = 0; step < 3; ++step) {
    const Batch batch = test::random_batch({8, 8, 2}, 16, 10, step);
    model.train_on_batch(batch);
    const std::vector<Tensor> weights = model.weights();
    for (std::size_t filter = 0; filter < 20; ++filter) {
      double squares = 0.0;
      for (std::size_t i = filter; i < weights[0].size(); i += 20) {
        squares += double{weights[0][i]} * weights[0][i];
      }
      ASSERT_LE(squares, 0.25 + 1e-6);
    }
    for (const float value : weights[2].values()) ASSERT_GE(value, 0.0F);
    // What the forward pass uses is what it says.
    Model copy = model_from_json(to_json(model));
    copy.build({8, 8, 2});
    copy.set_weights(weights);
    ASSERT_EQ(copy.predict(batch.x)[0], model.predict(batch.x)[0]);
  }
}

TEST(ConstraintTest, RefusalsNameTheArgument) {
  EXPECT_THAT(message_of([] { Constraint("max_nrom"); }),
              HasSubstr("unknown constraint 'max_nrom', expected one of max_norm, non_neg"));
  EXPECT_THAT(message_of([] { Constraint(MaxNorm{.max_value = 0.0}); }), HasSubstr("max_value"));
  EXPECT_THAT(message_of([] { Constraint(MinMaxNorm{.min_value = 2.0}); }), HasSubstr("max_value"));
  EXPECT_THAT(message_of([] { Constraint(MinMaxNorm{.rate = 2.0}); }), HasSubstr("rate"));
  Sequential model({Dense(2, {.kernel_constraint = MaxNorm{.axis = {2}}})});
  EXPECT_THAT(message_of([&] { model.build({3}); }),
              HasSubstr("dense/kernel: a constraint's axis 2 does not exist in a weight of shape "
                        "(3, 2)"));
}

TEST(ConstraintTest, TravelsInTheLayersJson) {
  const Sequential model({Input({4}), Dense(3, {.kernel_initializer = HeNormal{.seed = 4},
                                                .kernel_regularizer = L2{.l2 = 0.5},
                                                .bias_regularizer = "l1",
                                                .kernel_constraint = MaxNorm{.axis = {0, 1}},
                                                .bias_constraint = "non_neg"})});
  const std::string json = to_json(model);
  EXPECT_EQ(to_json(model_from_json(json)), json);
  const auto config = nlohmann::json::parse(json)["config"]["layers"][1]["config"];
  EXPECT_EQ(config["kernel_regularizer"].dump(), R"({"class_name":"L2","config":{"l2":0.5}})");
  EXPECT_EQ(config["kernel_constraint"].dump(),
            R"({"class_name":"MaxNorm","config":{"axis":[0,1],"max_value":2.0}})");
  EXPECT_EQ(config["bias_constraint"].dump(), R"({"class_name":"NonNeg","config":{}})");
  const auto refused = [](const std::string& key, const std::string& value) {
    return message_of([&] {
      model_from_json(R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense",
                      "config": {"name": "last", "units": 2, ")" +
                      key + "\": " + value + "}}]}}");
    });
  };
  EXPECT_THAT(refused("kernel_regularizer", R"({"class_name": "L3", "config": {}})"),
              testing::AllOf(HasSubstr("'last'"), HasSubstr("kernel_regularizer"),
                             HasSubstr("unknown regularizer 'L3'")));
  EXPECT_THAT(refused("bias_constraint", R"({"class_name": "MaxNorm", "config": {"max": 2}})"),
              HasSubstr("argument 'max' with value 2"));
  EXPECT_THAT(refused("activity_regularizer", R"({"class_name": "L3", "config": {}})"),
              HasSubstr("activity_regularizer: unknown regularizer 'L3'"));
}

}  // namespace
}  // namespace folio
