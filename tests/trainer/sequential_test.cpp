#include <folio/datasets/error.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ctime>

#include "message_of.h"
#include "reference_network.h"

namespace folio {
namespace {

using test::message_of;
using test::random_batch;
using testing::AllOf;
using testing::HasSubstr;

/// The network of the first convolution kernel, winners, dead outputs, dropout and a dense layer.
Sequential small_network(Optimizer optimizer = SGD{.learning_rate = 0.05}) {
  Sequential model({Conv2D(16, 3, {.activation = "relu"}), MaxPooling2D(),
                    Conv2D(24, 3, {.activation = "relu"}), MaxPooling2D(), Dropout(0.25), Flatten(),
                    Dense(10, {.activation = "softmax"})});
  model.set_seed(7);
  model.compile(
      {.optimizer = optimizer, .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

std::vector<std::vector<float>> values_of(const std::vector<Tensor>& tensors) {
  std::vector<std::vector<float>> values;
  for (const Tensor& tensor : tensors) {
    values.emplace_back(tensor.values().begin(), tensor.values().end());
  }
  return values;
}

TEST(SequentialTest, WeightsDoNotDependOnTheNumberOfThreads) {
  for (const Optimizer& optimizer :
       {Optimizer(SGD{.learning_rate = 0.05, .momentum = 0.9}), Optimizer(Adam{}),
        Optimizer(RMSprop{.clipnorm = 0.5, .use_ema = true, .ema_overwrite_frequency = 2}),
        Optimizer(Nadam{.global_clipnorm = 0.5, .gradient_accumulation_steps = 2})}) {
    std::vector<std::vector<float>> expected;
    for (const int count : {1, 2, 4, 8}) {
      set_threads(count);
      Sequential model = small_network(optimizer);
      for (unsigned step = 0; step < 5; ++step) {
        // The last batch of an epoch is odd.
        model.train_on_batch(random_batch({17, 17, 1}, step == 4 ? 13 : 32, 10, step));
      }
      const auto weights = values_of(model.weights());
      if (expected.empty()) expected = weights;
      EXPECT_EQ(weights, expected) << count << " threads";
    }
  }
  set_threads(0);
}

TEST(SequentialTest, BatchNormalizationDoesNotDependOnTheNumberOfThreads) {
  std::vector<std::vector<float>> expected;
  for (const int count : {1, 2, 4, 8}) {
    set_threads(count);
    Sequential model({Conv2D(16, 3, {.use_bias = false}), BatchNormalization(), Activation("relu"),
                      SpatialDropout2D(0.1), MaxPooling2D(), Conv2D(24, 3), BatchNormalization(),
                      Activation("relu"), GlobalAveragePooling2D(),
                      Dense(10, {.activation = "softmax"})});
    model.set_seed(7);
    model.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
    for (unsigned step = 0; step < 4; ++step) {
      model.train_on_batch(random_batch({13, 13, 3}, step == 3 ? 13 : 32, 10, step));
    }
    const auto weights = values_of(model.weights());
    if (expected.empty()) expected = weights;
    EXPECT_EQ(weights, expected) << count << " threads";
  }
  set_threads(0);
}

TEST(SequentialTest, SpatialDropoutDropsWholeChannels) {
  constexpr std::int64_t kChannels = 1000;
  Sequential model({SpatialDropout2D(0.3), Flatten(),
                    Dense(2, {.activation = "softmax", .kernel_initializer = "zeros"})});
  model.set_seed(3);
  model.compile({.optimizer = SGD{.learning_rate = 1.0}, .loss = "categorical_crossentropy"});
  Batch batch = random_batch({1, 2, kChannels}, 1, 2, 1);
  for (float& value : batch.x.values()) value = 1.0F;
  model.train_on_batch(batch);
  const Tensor kernel = model.weights()[0];
  int dropped = 0;
  for (std::size_t c = 0; c < kChannels; ++c) {
    ASSERT_EQ(kernel[2 * c], kernel[2 * (c + kChannels)]) << "channel " << c;
    dropped += kernel[2 * c] == 0.0F ? 1 : 0;
  }
  EXPECT_NEAR(dropped / double(kChannels), 0.3, 0.05);
}

TEST(SequentialTest, AHundredLayersAreBuiltInASecond) {
  std::vector<Layer> layers{Conv2D(16, 3, {.padding = "same"})};
  for (int i = 0; i < 49; ++i) {
    layers.push_back(Conv2D(16, 3, {.padding = "same", .activation = "relu"}));
    layers.push_back(BatchNormalization());
  }
  layers.push_back(GlobalAveragePooling2D());
  layers.push_back(Dense(10, {.activation = "softmax"}));
  Sequential model(std::move(layers));
  model.compile({.loss = "categorical_crossentropy"});
  const auto start = std::clock();
  model.prepare({16, 16, 3}, 10, 32);
  // Of this process alone, whatever else the machine does.
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 1.0);
}

TEST(SequentialTest, SeedDecidesTheInitialWeights) {
  Sequential a = small_network();
  Sequential b = small_network();
  a.build({17, 17, 1});
  b.build({17, 17, 1});
  EXPECT_EQ(values_of(a.weights()), values_of(b.weights()));
  Sequential other({Dense(4)});
  other.set_seed(1);
  other.build({5});
  Sequential another({Dense(4)});
  another.set_seed(2);
  another.build({5});
  EXPECT_NE(values_of(other.weights()), values_of(another.weights()));
}

TEST(SequentialTest, GlorotUniformStaysWithinItsLimit) {
  Sequential model({Conv2D(128, 3)});
  model.build({4, 4, 64});
  const double limit = std::sqrt(6.0 / (9 * 64 + 9 * 128));
  double largest = 0.0;
  double sum = 0.0;
  const Tensor kernel = model.weights()[0];
  for (const float value : kernel.values()) {
    largest = std::max(largest, std::abs(double{value}));
    sum += value;
  }
  EXPECT_LE(largest, limit);
  EXPECT_GT(largest, 0.99 * limit);
  EXPECT_NEAR(sum / static_cast<double>(kernel.size()), 0.0, 1e-3);
}

TEST(SequentialTest, HeNormalHasItsDeviation) {
  Sequential model({Conv2D(128, 3, {.kernel_initializer = "he_normal"})});
  model.build({4, 4, 64});
  double squares = 0.0;
  const Tensor kernel = model.weights()[0];
  for (const float value : kernel.values()) squares += double{value} * value;
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(kernel.size())), 0.0590, 5e-4);
}

TEST(SequentialTest, LossFallsOnOneBatch) {
  Sequential model = small_network(Adam{.learning_rate = 0.01});
  const Batch batch = random_batch({17, 17, 1}, 32, 10, 1);
  const double first = model.train_on_batch(batch);
  for (int step = 0; step < 60; ++step) model.train_on_batch(batch);
  EXPECT_LT(model.test_on_batch(batch), first / 4);
}

TEST(SequentialTest, OptimizerStateContinuesToTheSameWeights) {
  const auto train = [](Sequential& model, unsigned first, unsigned last) {
    for (unsigned step = first; step < last; ++step) {
      model.train_on_batch(random_batch({17, 17, 1}, 16, 10, step));
    }
  };
  for (const Optimizer& optimizer :
       {Optimizer(SGD{.momentum = 0.9}), Optimizer(Adam{.amsgrad = true}), Optimizer("adadelta"),
        Optimizer(Ftrl{.learning_rate = 0.1}), Optimizer("nadam"), Optimizer("adagrad"),
        Optimizer(RMSprop{.momentum = 0.5,
        .use_ema = true,
        .ema_overwrite_frequency = 4,
        .gradient_accumulation_steps = 2})}) {
    Sequential whole = small_network(optimizer);
    train(whole, 0, 9);
    Sequential half = small_network(optimizer);
    train(half, 0, 5);
    Sequential rest = small_network(optimizer);
    rest.build({17, 17, 1});
    rest.set_weights(half.weights());
    rest.set_optimizer_state(half.iterations(), half.optimizer_slots());
    train(rest, 5, 9);
    EXPECT_EQ(values_of(rest.weights()), values_of(whole.weights())) << optimizer.class_name();
  }
}

TEST(SequentialTest, LearningRateFollowsItsSchedule) {
  Sequential model =
      small_network(SGD{.learning_rate = PiecewiseConstantDecay{{0.0}, {0.5, 0.25}}});
  EXPECT_EQ(model.learning_rate(), 0.5);
  model.train_on_batch(random_batch({17, 17, 1}, 4, 10, 1));
  EXPECT_EQ(model.learning_rate(), 0.25);
  EXPECT_THAT(message_of([&] { model.set_learning_rate(0.1); }), HasSubstr("is a schedule"));
}

TEST(SequentialTest, StateContinuesToTheSameBits) {
  for (const Optimizer& optimizer :
       {Optimizer(SGD{.learning_rate = 0.05, .momentum = 0.9}), Optimizer(Adam{})}) {
    const auto train = [](Sequential& model, unsigned from, unsigned to) {
      for (unsigned step = from; step < to; ++step) {
        model.train_on_batch(random_batch({17, 17, 1}, 32, 10, step));
      }
    };
    Sequential unbroken = small_network(optimizer);
    unbroken.build({17, 17, 1});
    train(unbroken, 0, 2);
    unbroken.set_learning_rate(0.02);
    const State state = unbroken.state();
    train(unbroken, 2, 5);

    // Of another seed, and with steps behind it: nothing of that may be left.
    Sequential resumed(unbroken.layers());
    resumed.set_seed(99);
    resumed.compile(
        {.optimizer = optimizer, .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
    resumed.build({17, 17, 1});
    train(resumed, 7, 8);
    resumed.set_state(state);
    train(resumed, 2, 5);
    EXPECT_EQ(values_of(resumed.weights()), values_of(unbroken.weights()));
    EXPECT_EQ(resumed.metrics(), unbroken.metrics());
    EXPECT_EQ(resumed.learning_rate(), 0.02);
  }
}

TEST(SequentialTest, StateOfAnotherModelIsRefused) {
  Sequential model({Dense(4)});
  model.build({5});
  Sequential wider({Dense(6)});
  wider.build({5});
  Sequential deeper({Dense(4), Dense(4)});
  deeper.build({5});
  EXPECT_THAT(message_of([&] { wider.set_state(model.state()); }),
              AllOf(HasSubstr("(5, 6)"), HasSubstr("(5, 4)")));
  EXPECT_THAT(message_of([&] { deeper.set_state(model.state()); }), HasSubstr("dense_1"));
}

TEST(SequentialTest, PredictsTheSameForAnyBatchSize) {
  Sequential model = small_network();
  const Batch batch = random_batch({17, 17, 1}, 37, 10, 1);
  model.build({17, 17, 1});
  const Tensor all = model.predict(batch.x);
  for (const std::size_t count : {1U, 5U, 32U}) {
    Shape shape = batch.x.shape();
    shape[0] = static_cast<std::int64_t>(count);
    const Tensor some = model.predict(Tensor(shape, batch.x.values().first(count * 17 * 17)));
    for (std::size_t i = 0; i < some.size(); ++i) ASSERT_EQ(some[i], all[i]);
  }
}

TEST(SequentialTest, DropoutActsInTrainingOnly) {
  Sequential model({Dropout(0.5), Flatten()});
  model.build({8, 8, 3});
  const Batch batch = random_batch({8, 8, 3}, 4, 2, 1);
  const Tensor outputs = model.predict(batch.x);
  for (std::size_t i = 0; i < outputs.size(); ++i) ASSERT_EQ(outputs[i], batch.x[i]);
}

TEST(SequentialTest, DropoutDropsItsShareAndScalesTheRest) {
  // The bias of a dense layer behind dropout learns nothing of it, but each weight's gradient is
  // the input times 0 or 1 / (1 - rate).
  constexpr std::int64_t kInputs = 4000;
  Sequential model(
      {Dropout(0.3), Dense(2, {.activation = "softmax", .kernel_initializer = "zeros"})});
  model.set_seed(3);
  model.compile({.optimizer = SGD{.learning_rate = 1.0}, .loss = "categorical_crossentropy"});
  Batch batch = random_batch({kInputs}, 1, 2, 1);
  for (float& value : batch.x.values()) value = 1.0F;
  model.train_on_batch(batch);
  const Tensor kernel = model.weights()[0];
  int dropped = 0;
  for (std::size_t i = 0; i < kInputs; ++i) {
    const float change = std::abs(kernel[2 * i]);
    if (change == 0.0F) {
      ++dropped;
    } else {
      ASSERT_NEAR(change, 0.5 / 0.7, 1e-6);
    }
  }
  EXPECT_NEAR(dropped / double(kInputs), 0.3, 0.03);
}

TEST(SequentialTest, MetricsAreMeansSinceTheReset) {
  Sequential model({Dense(2, {.activation = "softmax"})});
  model.compile({.loss = "categorical_crossentropy", .metrics = {"acc"}});
  const Batch batch = random_batch({4}, 10, 2, 1);
  const double first = model.test_on_batch(batch);
  const Batch smaller = random_batch({4}, 5, 2, 2);
  const double second = model.test_on_batch(smaller);
  EXPECT_NEAR(*find_log(model.metrics(), "loss"), (10 * first + 5 * second) / 15, 1e-12);
  EXPECT_NE(find_log(model.metrics(), "acc"), nullptr);
  model.reset_metrics();
  EXPECT_EQ(*find_log(model.metrics(), "loss"), 0.0);
}

TEST(SequentialTest, BinaryClassifierLearnsFromOneSigmoid) {
  Sequential model({Dense(1, {.activation = "sigmoid"})});
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 0.5},
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy", "mse", AUC{}, BinaryCrossentropy{}}});
  Batch batch = random_batch({2}, 64, 2, 1);
  batch.y = Tensor({64});
  for (std::size_t i = 0; i < 64; ++i) batch.y[i] = batch.x.row(i)[0] > batch.x.row(i)[1];
  model.prepare({2}, 2, 64);
  for (int step = 0; step < 400; ++step) model.train_on_batch(batch);
  model.reset_metrics();
  const double loss = model.test_on_batch(batch);
  const Logs logs = model.metrics();
  EXPECT_LT(loss, 0.2);
  EXPECT_GT(*find_log(logs, "accuracy"), 0.95);
  EXPECT_GT(*find_log(logs, "auc"), 0.99);
  EXPECT_LT(*find_log(logs, "mse"), 0.1);
  // From values before the sigmoid and from its outputs.
  EXPECT_NEAR(*find_log(logs, "binary_crossentropy"), loss, 1e-6);
}

TEST(SequentialTest, EveryLossLearnsThroughTheLastActivation) {
  for (const std::string& name : loss_names()) {
    for (const char* activation : {"softmax", "sigmoid", "linear"}) {
      const Loss loss(name);
      if (std::string(activation) == "linear" &&
          (name.find("crossentropy") != std::string::npos || name == "kl_divergence" ||
           name == "poisson" || name == "mean_squared_logarithmic_error")) {
        continue;  // Of values that are no probabilities.
      }
      // Its scale is 1 / 1e-7 where labels are 0.
      if (name == "mean_absolute_percentage_error") continue;
      Sequential model({Dense(4, {.activation = activation})});
      model.set_seed(5);
      model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = loss, .metrics = {"mse"}});
      Batch batch = random_batch({6}, 24, 4, 2);
      if (loss.sparse()) {
        Tensor labels({24});
        for (std::size_t i = 0; i < 24; ++i) {
          labels[i] =
              static_cast<float>(std::max_element(batch.y.row(i).begin(), batch.y.row(i).end()) -
                                 batch.y.row(i).begin());
        }
        batch.y = labels;
      }
      if (loss.sparse()) {
        model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = loss});
      }
      const double first = model.train_on_batch(batch);
      for (int step = 0; step < 100; ++step) model.train_on_batch(batch);
      const double last = model.test_on_batch(batch);
      EXPECT_LT(last, first) << name << " " << activation;
      // What training computes from values before the activation is the loss of its outputs.
      EXPECT_NEAR(last, loss(batch.y, model.predict(batch.x)), 1e-5 * std::max(1.0, last))
          << name << " " << activation;
    }
  }
}

TEST(SequentialTest, MetricsDoNotDependOnTheNumberOfThreads) {
  std::vector<double> expected;
  for (const int count : {1, 4}) {
    set_threads(count);
    Sequential model({Dense(5, {.activation = "softmax"})});
    model.set_seed(1);
    model.compile({.loss = CategoricalCrossentropy{.label_smoothing = 0.1},
                   .metrics = {"accuracy", "auc", "f1_score", "precision", "mae",
                               TopKCategoricalAccuracy{.k = 2}},
                   .weighted_metrics = {"accuracy", "mse"}});
    Batch batch = random_batch({7}, 61, 5, 1);
    batch.sample_weight = Tensor({61});
    for (std::size_t i = 0; i < 61; ++i) {
      batch.sample_weight[i] = 0.1F * static_cast<float>(i % 7);
    }
    for (int step = 0; step < 3; ++step) model.train_on_batch(batch);
    std::vector<double> values;
    for (const auto& [name, value] : model.metrics()) values.push_back(value);
    if (expected.empty()) expected = values;
    EXPECT_EQ(values, expected);
  }
  set_threads(0);
}

TEST(SequentialTest, LossesDoNotDependOnTheNumberOfThreads) {
  for (const std::string& name : loss_names()) {
    std::vector<std::vector<float>> results;
    for (const int count : {1, 2, 4, 8}) {
      set_threads(count);
      Sequential model({Dense(5, {.activation = "softmax"})});
      model.set_seed(1);
      model.compile({.loss = name});
      Batch batch = random_batch({7}, 61, 5, 1);
      if (Loss(name).sparse()) {
        batch.y = Tensor({61});
        for (std::size_t i = 0; i < 61; ++i) batch.y[i] = static_cast<float>(i % 5);
      }
      batch.sample_weight = Tensor({61});
      for (std::size_t i = 0; i < 61; ++i)
        batch.sample_weight[i] = 0.1F * static_cast<float>(i % 7);
      std::vector<float> result;
      for (int step = 0; step < 2; ++step) {
        result.push_back(static_cast<float>(model.train_on_batch(batch)));
      }
      for (const Tensor& weight : model.weights()) {
        result.insert(result.end(), weight.values().begin(), weight.values().end());
      }
      results.push_back(std::move(result));
    }
    for (const auto& result : results) EXPECT_EQ(result, results.front()) << name;
  }
  set_threads(0);
}

TEST(SequentialTest, ImagesOutAreComparedWithImages) {
  Sequential model({Conv2D(3, 1)});
  model.set_seed(1);
  model.compile({.optimizer = Adam{.learning_rate = 0.05}, .loss = "mse", .metrics = {"mae"}});
  Batch batch = random_batch({5, 4, 3}, 6, 2, 1);
  batch.y = batch.x;
  const double first = model.train_on_batch(batch);
  const Tensor outputs(batch.y.shape(), model.predict(batch.x).values());
  EXPECT_NEAR(model.test_on_batch(batch), Loss("mse")(batch.y, outputs), 1e-6);
  for (int step = 0; step < 200; ++step) model.train_on_batch(batch);
  EXPECT_LT(model.test_on_batch(batch), first / 20);
}

TEST(SequentialTest, SampleWeightZeroTeachesNothing) {
  Sequential model({Dense(2, {.activation = "softmax"})});
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 1.0}, .loss = "categorical_crossentropy"});
  Batch batch = random_batch({4}, 6, 2, 1);
  batch.sample_weight = Tensor({6});
  model.build({4});
  const auto before = values_of(model.weights());
  EXPECT_EQ(model.train_on_batch(batch), 0.0);
  EXPECT_EQ(values_of(model.weights()), before);
}

TEST(SequentialTest, SummaryShowsTheChaptersNumbers) {
  Sequential model({Input({28, 28, 1}), Conv2D(32, 3, {.activation = "relu"}), MaxPooling2D(),
                    Conv2D(64, 3, {.activation = "relu"}), MaxPooling2D(),
                    Conv2D(128, 3, {.activation = "relu"}), MaxPooling2D(), Flatten(),
                    Dense(10, {.activation = "softmax"})});
  const std::string summary = model.summary();
  for (const char* expected :
       {"conv2d (Conv2D)              (None, 26, 26, 32)        320\n",
        "conv2d_1 (Conv2D)            (None, 11, 11, 64)        18496\n",
        "conv2d_2 (Conv2D)            (None, 3, 3, 128)         73856\n",
        "dense (Dense)                (None, 10)                1290\n", "Total params: 93,962 ",
        "Trainable params: 93,962 ", "Non-trainable params: 0 "}) {
    EXPECT_THAT(summary, HasSubstr(expected));
  }
  EXPECT_EQ(model.count_params(), 93962U);
}

TEST(SequentialTest, NamesFollowKeras) {
  const Sequential model({Conv2D(1, 1), Conv2D(1, 1), MaxPooling2D(), Dense(2, {.name = "dense_1"}),
                          Dense(2), Dense(2)});
  std::vector<std::string> names;
  for (const Layer& layer : model.layers()) names.push_back(layer.name());
  EXPECT_THAT(names, testing::ElementsAre("conv2d", "conv2d_1", "max_pooling2d", "dense_1", "dense",
                                          "dense_2"));
}

TEST(SequentialTest, MisuseIsExplained) {
  EXPECT_THAT(message_of([] { Sequential(std::vector<Layer>{}); }),
              HasSubstr("at least one layer"));
  EXPECT_THAT(message_of([] {
                Sequential({Dense(1, {.name = "a"}), Dense(1, {.name = "a"})});
              }),
              HasSubstr("two layers have the name 'a'"));
  Sequential model({Dense(3, {.activation = "softmax"})});
  EXPECT_THAT(message_of([&] { model.train_on_batch(random_batch({4}, 2, 3, 1)); }),
              HasSubstr("must call compile()"));
  EXPECT_THAT(message_of([&] { model.compile({.loss = "mean_sqare"}); }),
              HasSubstr("unknown loss 'mean_sqare'"));
  EXPECT_THAT(message_of([&] { model.compile({.optimizer = "adma", .loss = "x"}); }),
              HasSubstr("unknown optimizer 'adma'"));
  model.compile({.loss = "categorical_crossentropy"});
  EXPECT_THAT(message_of([&] { model.prepare({4}, 10, 32); }),
              AllOf(HasSubstr("'dense' has 3 outputs"), HasSubstr("10 classes")));
  EXPECT_THAT(message_of([&] { model.predict(Tensor({2, 5})); }), HasSubstr("(4,)"));
  EXPECT_THAT(message_of([&] {
                model.set_weights({Tensor({4, 2}), Tensor({3})});
              }),
              AllOf(HasSubstr("dense/kernel"), HasSubstr("(4, 3)"), HasSubstr("(4, 2)")));
  Batch batch = random_batch({4}, 2, 3, 1);
  batch.y = Tensor({2});
  EXPECT_THAT(message_of([&] { model.train_on_batch(batch); }), HasSubstr("class_mode"));
}

}  // namespace
}  // namespace folio
