// Files in the layouts of many versions of Keras, see tests/data/trainer/keras_files/make.py.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "hdf5/model_contents.h"
#include "keras_archive.h"
#include "message_of.h"
#include "reference_data.h"
#include "reference_network.h"
#include "temporary_directory.h"

namespace folio {
namespace {

std::string keras_file(const std::string& name) {
  return test::data_path("trainer/keras_files/" + name);
}

std::string name_of(std::string file) {
  std::replace(file.begin(), file.end(), '.', '_');
  return file;
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
                                         "keras_3.h5", "latest.h5", "keras_3.keras"),
                         [](const auto& test) { return name_of(test.param); });

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
                         testing::Values("split_names.h5", "encodings.h5", "half.h5", "keras_3.h5",
                                         "keras_3.weights.h5", "keras_2_13.weights.h5",
                                         "keras_3.keras"),
                         [](const auto& test) { return name_of(test.param); });

class KerasFormatTest : public KerasFileTest {
 protected:
  static Sequential trained() {
    Sequential model = same_architecture();
    load_model_weights(model, keras_file("keras_3.h5"));
    model.compile({.optimizer = Adam{.learning_rate = 0.002}, .loss = "categorical_crossentropy"});
    model.train_on_batch(test::random_batch({6, 6, 2}, 4, 4, 1));
    model.set_metadata(R"({"class_names":["a","b","c","d"]})");
    return model;
  }
  test::TemporaryDirectory directory_;
};

TEST_F(KerasFormatTest, ArchivesGoOnWithTheSameBits) {
  Sequential model = trained();
  model.save(directory_.path("model.keras"));
  Model loaded = load_model(directory_.path("model.keras"));
  EXPECT_EQ(loaded.metadata(), model.metadata());
  EXPECT_EQ(loaded.iterations(), 1U);
  const Batch batch = test::random_batch({6, 6, 2}, 4, 4, 2);
  EXPECT_EQ(loaded.train_on_batch(batch), model.train_on_batch(batch));
  EXPECT_EQ(loaded.train_on_batch(batch), model.train_on_batch(batch));
}

TEST_F(KerasFormatTest, EveryOptimizerGoesOnWithTheSameBits) {
  std::vector<Optimizer> optimizers;
  for (const std::string& name : optimizer_names()) optimizers.emplace_back(name);
  optimizers.insert(
      optimizers.end(),
      {Optimizer(SGD{.momentum = 0.9}), Optimizer(RMSprop{.momentum = 0.5, .centered = true}),
       Optimizer(Adam{.amsgrad = true}),
       Optimizer(Adam{.learning_rate =
                          ExponentialDecay{
                              .initial_learning_rate = 0.01, .decay_steps = 2, .decay_rate = 0.5}}),
       Optimizer(Adamax{.use_ema = true}), Optimizer(Nadam{.gradient_accumulation_steps = 2})});
  for (const Optimizer& optimizer : optimizers) {
    Sequential model = same_architecture();
    load_model_weights(model, keras_file("keras_3.h5"));
    model.compile({.optimizer = optimizer, .loss = "categorical_crossentropy"});
    for (unsigned step = 0; step < 3; ++step) {
      model.train_on_batch(test::random_batch({6, 6, 2}, 4, 4, step));
    }
    // There and back again, through both formats.
    model.save(directory_.path("1.keras"));
    load_model(directory_.path("1.keras")).save(directory_.path("2.h5"));
    load_model(directory_.path("2.h5")).save(directory_.path("3.keras"));
    Model loaded = load_model(directory_.path("3.keras"));
    EXPECT_EQ(loaded.iterations(), 3U) << to_json(optimizer);
    const std::vector<NamedWeight> slots = model.optimizer_slots();
    const std::vector<NamedWeight> loaded_slots = loaded.optimizer_slots();
    ASSERT_EQ(slots.size(), loaded_slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
      EXPECT_EQ(slots[i].name, loaded_slots[i].name);
      EXPECT_TRUE(std::ranges::equal(slots[i].value.values(), loaded_slots[i].value.values()))
          << to_json(optimizer) << slots[i].name;
    }
    const Batch batch = test::random_batch({6, 6, 2}, 4, 4, 7);
    model.train_on_batch(batch);
    loaded.train_on_batch(batch);
    EXPECT_EQ(model.train_on_batch(batch), loaded.train_on_batch(batch)) << to_json(optimizer);
  }
}

// keras/src/optimizers of Keras 3: what base_optimizer.py makes comes first, then what each
// optimizer makes, in its loops.
TEST_F(KerasFormatTest, SlotsAreInTheOrderOfKerasThree) {
  const auto names = [&](const Optimizer& optimizer) {
    Sequential model({Input({3}), Dense(2)});
    model.compile({.optimizer = optimizer, .loss = "mse"});
    model.build({3});
    model.save(directory_.path("order.keras"));
    const internal::ModelContents contents = internal::parse_h5(
        internal::parse_keras_archive(read_file(directory_.path("order.keras"))).weights);
    EXPECT_EQ(contents.learning_rate.has_value(), !optimizer.learning_rate().is_schedule());
    std::string shapes;
    for (const internal::StoredTensor& slot : contents.optimizer) {
      shapes += slot.value.shape().size() == 2 ? 'k' : 'b';
    }
    return shapes;
  };
  EXPECT_EQ(names(SGD{}), "");
  EXPECT_EQ(names(Adam{}), "kkbb");
  EXPECT_EQ(names(Adam{.amsgrad = true}), "kkbbkb");
  EXPECT_EQ(names(Adam{.use_ema = true}), "kbkkbb");
  EXPECT_EQ(names(RMSprop{.momentum = 0.5, .centered = true}), "kbkbkb");
  EXPECT_EQ(names(Ftrl{}), "kkbb");
  EXPECT_EQ(names(Lion{}), "kb");
  EXPECT_EQ(names(SGD{.learning_rate =
                          ExponentialDecay{
                              .initial_learning_rate = 0.1, .decay_steps = 2, .decay_rate = 0.5},
                      .momentum = 0.9}),
            "kb");
}

TEST_F(KerasFormatTest, WeightsOfKerasThreeComeBack) {
  Sequential model = trained();
  model.save_weights(directory_.path("a.weights.h5"));
  Sequential other = same_architecture();
  load_model_weights(other, directory_.path("a.weights.h5"));
  const Tensor x = expected("x", {2, 6, 6, 2});
  const Tensor first = model.predict(x);
  const Tensor second = other.predict(x);
  EXPECT_TRUE(std::equal(first.values().begin(), first.values().end(), second.values().begin()));
}

TEST_F(KerasFormatTest, EndingsDecideAndOthersAreRefused) {
  const Sequential model = trained();
  EXPECT_THAT(test::message_of([&] { model.save(directory_.path("model.onnxx")); }),
              testing::AllOf(testing::HasSubstr("model.onnxx"), testing::HasSubstr(".keras")));
  EXPECT_THAT(test::message_of([&] { model.save_weights(directory_.path("w.keras")); }),
              testing::AllOf(testing::HasSubstr("w.keras"), testing::HasSubstr(".weights.h5")));
}

TEST_F(KerasFormatTest, EveryDifferenceIsListedWithBothShapes) {
  Sequential other({Input({6, 6, 2}), Conv2D(5, {3, 3}), MaxPooling2D(), Flatten(), Dense(7)});
  other.build({6, 6, 2});
  const Tensor before = other.weights()[0];
  for (const char* name : {"keras_3.h5", "keras_3.weights.h5"}) {
    EXPECT_THAT(test::message_of([&] { load_model_weights(other, keras_file(name)); }),
                testing::AllOf(testing::HasSubstr("conv2d/kernel has shape (3, 3, 2, 5)"),
                               testing::HasSubstr("(3, 3, 2, 3)"),
                               testing::HasSubstr("dense/kernel has shape (20, 7)"),
                               testing::HasSubstr("(12, 4)")));
  }
  const auto left_out =
      load_model_weights(other, keras_file("keras_3.h5"), {.skip_mismatch = true});
  EXPECT_EQ(left_out.size(), 2U);
  EXPECT_EQ(other.weights()[0][0], before[0]);
}

TEST_F(KerasFormatTest, LayersAreFoundByName) {
  Sequential other({Input({6, 6, 2}), Conv2D(3, {3, 3}, {.name = "conv2d"}), MaxPooling2D(),
                    Flatten(), Dense(9, {.name = "head"})});
  other.build({6, 6, 2});
  const Tensor head = other.weights()[2];
  load_model_weights(other, keras_file("keras_2_4.h5"), {.by_name = true});
  EXPECT_EQ(other.weights()[0][7], expected("conv2d/kernel", {3, 3, 2, 3})[7]);
  EXPECT_EQ(other.weights()[2][0], head[0]);
}

TEST_F(KerasFormatTest, SizesAreComparedBeforeMemoryIsTaken) {
  // An architecture that claims 4 TB of weights, beside a file that has none of them.
  internal::ModelContents contents;
  contents.architecture = R"({"class_name": "Sequential", "config": {"layers": [
    {"class_name": "Dense", "config": {"name": "d", "units": 1000000000,
     "batch_input_shape": [null, 1000]}}]}})";
  contents.layers.push_back({"d", "", {{"d/kernel:0", Tensor(Shape{2, 2})}}});
  write_file(directory_.path("huge.h5"), internal::write_h5(contents));
  EXPECT_THAT(test::message_of([&] { load_model(directory_.path("huge.h5")); }),
              testing::HasSubstr("weights do not fit"));
}

}  // namespace
}  // namespace folio
