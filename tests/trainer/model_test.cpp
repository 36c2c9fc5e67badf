// Functional models: layers with several inputs, values with several readers, their JSON.
#include <folio/datasets/error.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "reference_network.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::expect_gradients_match;
using test::message_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const Layer& layer : model.layers()) names.push_back(layer.name());
  return names;
}

/// Three classes from whatever comes before.
SymbolicTensor head(const SymbolicTensor& x) {
  return Dense(3, {.activation = "softmax"})(Flatten()(x));
}

/// Two residual blocks, the second with a convolution on its short cut.
Model residual_network() {
  const Input x({9, 8, 2});
  const auto stem = Conv2D(6, 3, {.padding = "same", .activation = "relu"})(x);
  const auto branch = Conv2D(6, 3, {.padding = "same"})(stem);
  const auto first = Activation("relu")(Add()({stem, branch}));
  const auto down = Conv2D(9, 3, {.strides = 2, .padding = "same", .activation = "tanh"})(first);
  const auto shortcut = Conv2D(9, 1, {.strides = 2, .padding = "same"})(first);
  return Model(x, head(Activation("relu")(Add()({down, shortcut}))));
}

TEST(ModelTest, ResidualNetworkMatchesPlainLoops) {
  expect_gradients_match(residual_network(), {9, 8, 2}, 5);
}

TEST(ModelTest, ConcatenationMatchesPlainLoops) {
  // Parts that begin within a block of channels, and parts that are whole blocks.
  for (const auto& [first, second] : {std::pair{5, 3}, std::pair{16, 16}, std::pair{16, 2}}) {
    const Input x({5, 4, 2});
    const auto a = Conv2D(first, 1, {.activation = "relu"})(x);
    const auto b = Conv2D(second, 3, {.padding = "same", .activation = "tanh"})(x);
    expect_gradients_match(Model(x, head(Concatenate()({a, b, a}))), {5, 4, 2}, 3);
  }
}

TEST(ModelTest, MergesOfRowsMatchPlainLoops) {
  const Input x({6});
  const auto a = Dense(5, {.activation = "relu"})(x);
  const auto b = Dense(5, {.activation = "tanh"})(a);
  const auto both = Concatenate()({a, Add()({a, b})});
  expect_gradients_match(Model(x, Dense(3, {.activation = "softmax"})(both)), {6}, 5);
}

TEST(ModelTest, AValueReadTwiceByOneLayerCountsTwice) {
  const Input x({3, 3, 1});
  const auto y = Conv2D(4, 2, {.activation = "sigmoid"})(x);
  expect_gradients_match(Model(x, head(Add()({y, y}))), {3, 3, 1}, 2);
}

TEST(ModelTest, ReadersThatNeedDifferentPartsMatchPlainLoops) {
  // 10 x 11 cells: one reader pools 2 x 2 and leaves the last column, another reads all, and their
  // results meet. What is trimmed for one must be there for the other.
  const Input x({12, 13, 1});
  const auto y = Conv2D(8, 3, {.activation = "relu"})(x);
  const auto pooled = MaxPooling2D()(y);
  const auto strided = Conv2D(8, 2, {.strides = 2})(y);
  const auto sum = Add()({pooled, strided});
  expect_gradients_match(Model(x, head(MaxPooling2D()(sum))), {12, 13, 1}, 4);
  const auto whole = Conv2D(8, 3, {.strides = 2, .padding = "same"})(y);
  const auto both = Concatenate()({Flatten()(MaxPooling2D()(sum)), Flatten()(whole)});
  expect_gradients_match(Model(x, Dense(3, {.activation = "softmax"})(both)), {12, 13, 1}, 4);
}

TEST(ModelTest, InputReadByLayersOfDifferentKindsMatchesPlainLoops) {
  const Input x({6, 6, 2});
  const auto a = Conv2D(4, 3, {.strides = 2, .padding = "same"})(x);
  const auto b = Conv2D(4, 1)(MaxPooling2D()(x));
  expect_gradients_match(Model(x, head(Add()({a, b}))), {6, 6, 2}, 3);
}

TEST(ModelTest, WeightsDoNotDependOnTheNumberOfThreads) {
  std::vector<float> expected;
  for (const int count : {1, 2, 4, 8}) {
    set_threads(count);
    Model model = residual_network();
    model.set_seed(3);
    model.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
    for (unsigned step = 0; step < 4; ++step) {
      model.train_on_batch(test::random_batch({9, 8, 2}, step == 3 ? 13 : 32, 3, step));
    }
    std::vector<float> weights;
    for (const Tensor& tensor : model.weights()) {
      weights.insert(weights.end(), tensor.values().begin(), tensor.values().end());
    }
    if (expected.empty()) expected = weights;
    EXPECT_EQ(weights, expected) << count << " threads";
  }
  set_threads(0);
}

/// A part that is fixed, and what is learnt behind it and beside it.
Model partly_fixed() {
  const Input x({8, 8, 2});
  Conv2D stem(6, 3, {.activation = "relu"});
  stem.set_trainable(false);
  BatchNormalization normalized({.momentum = 0.5, .name = "fixed"});
  normalized.set_trainable(false);
  const auto a = Activation("relu")(normalized(MaxPooling2D()(stem(x))));
  const auto b = MaxPooling2D()(Conv2D(6, 3, {.name = "learns"})(x));
  return Model(x, head(Concatenate()({Add()({a, b}), a})));
}

TEST(ModelTest, FixedLayersBesideOthersMatchPlainLoops) {
  expect_gradients_match(partly_fixed(), {8, 8, 2}, 5);
}

std::vector<float> values_of(const NamedWeight& weight) {
  return {weight.value.values().begin(), weight.value.values().end()};
}

TEST(ModelTest, FixedLayersKeepTheirWeightsAndStatistics) {
  Model model = partly_fixed();
  model.set_seed(1);
  model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = "categorical_crossentropy"});
  const Batch batch = test::random_batch({8, 8, 2}, 20, 3, 1);
  model.build({8, 8, 2});
  const auto before = model.named_weights();
  model.train_on_batch(batch);
  auto after = model.named_weights();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool fixed = before[i].layer == "conv2d" || before[i].layer == "fixed";
    EXPECT_EQ(before[i].trainable, !fixed) << before[i].layer;
    EXPECT_EQ(values_of(before[i]) == values_of(after[i]), fixed)
        << before[i].layer << "/" << before[i].name;
  }
  EXPECT_THAT(model.summary(),
              AllOf(HasSubstr("Trainable params: 441 "), HasSubstr("Non-trainable params: 138 ")));
  // Freed, both learn; statistics move, though they are never learnt.
  model.set_trainable("conv2d", true);
  model.set_trainable("fixed", true);
  EXPECT_EQ(model.iterations(), 0U);
  model.train_on_batch(batch);
  const auto freed = model.named_weights();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_NE(values_of(freed[i]), values_of(after[i])) << freed[i].layer << "/" << freed[i].name;
    EXPECT_EQ(freed[i].trainable, !freed[i].name.starts_with("moving")) << freed[i].name;
  }
  EXPECT_THAT(message_of([&] { model.set_trainable("none", false); }),
              AllOf(HasSubstr("'none'"), HasSubstr("conv2d")));
}

TEST(ModelTest, FilesKeepWhatIsFixed) {
  const test::TemporaryDirectory directory;
  for (const char* name : {"model.h5", "model.keras"}) {
    Model model = partly_fixed();
    model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = "categorical_crossentropy"});
    const Batch batch = test::random_batch({8, 8, 2}, 9, 3, 1);
    model.train_on_batch(batch);
    model.save(directory.path(name));
    Model again = load_model(directory.path(name));
    EXPECT_EQ(again.summary(), model.summary());
    // With the optimizer's state too.
    model.train_on_batch(batch);
    again.train_on_batch(batch);
    const auto expected = model.named_weights();
    const auto weights = again.named_weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      EXPECT_EQ(values_of(weights[i]), values_of(expected[i])) << name << ": " << weights[i].layer;
      EXPECT_EQ(weights[i].trainable, expected[i].trainable) << name << ": " << weights[i].layer;
    }
  }
  EXPECT_THAT(to_json(partly_fixed()), HasSubstr("\"trainable\": false"));
}

TEST(ModelTest, LayersComeInKerasOrder) {
  // By distance from the output, then in the order in which a walk from the output meets them.
  const Input x({4, 4, 1}, "in");
  const auto long_way = Conv2D(2, 1, {.name = "b"})(Conv2D(2, 1, {.name = "a"})(x));
  const auto short_way = Conv2D(2, 1, {.name = "c"})(x);
  const Model model(x, Add("sum")({short_way, long_way}));
  EXPECT_THAT(names_of(model), ElementsAre("in", "a", "c", "b", "sum"));
  EXPECT_THAT(model.inbound_layers(), ElementsAre(ElementsAre(-1), ElementsAre(0), ElementsAre(0),
                                                  ElementsAre(1), ElementsAre(2, 3)));
  EXPECT_FALSE(model.sequential());
}

TEST(ModelTest, LayersWithoutANameGetKerasNames) {
  const Model model = residual_network();
  EXPECT_EQ(model.layers().front().name(), "input_1");
  EXPECT_THAT(names_of(model), testing::IsSupersetOf({"conv2d", "conv2d_3", "add", "add_1"}));
}

TEST(ModelTest, SummaryShowsWhatIsConnected) {
  const std::string summary = residual_network().summary();
  EXPECT_THAT(summary, HasSubstr("Connected to"));
  EXPECT_THAT(summary, HasSubstr("add (Add)                       (None, 9, 8, 6)      0           "
                                 "conv2d[0][0]\n"));
  EXPECT_THAT(summary, HasSubstr("Total params: "));
}

TEST(ModelTest, SurvivesItsFileWithItsBits) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("model.h5");
  Model model = residual_network();
  model.set_seed(1);
  model.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
  const Batch batch = test::random_batch({9, 8, 2}, 6, 3, 1);
  model.train_on_batch(batch);
  model.save(path);
  Model loaded = load_model(path);
  EXPECT_EQ(to_json(loaded), to_json(model));
  EXPECT_EQ(loaded.summary(), model.summary());
  EXPECT_EQ(loaded.train_on_batch(batch), model.train_on_batch(batch));
  for (std::size_t i = 0; i < model.weights().size(); ++i) {
    const Tensor a = model.weights()[i];
    const Tensor b = loaded.weights()[i];
    for (std::size_t k = 0; k < a.size(); ++k) ASSERT_EQ(a[k], b[k]);
  }
}

std::string keras3_node(const std::string& name) {
  return R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 4, 2],
    "dtype": "float32", "keras_history": [")" +
         name + R"(", 0, 0]}})";
}

TEST(ModelTest, ReadsWhatKerasThreeWrites) {
  const std::string add = R"({"module": "keras.layers", "class_name": "Add",
    "config": {"name": "add", "trainable": true, "dtype": "float32"}, "name": "add",
    "inbound_nodes": [{"args": [[)" +
                          keras3_node("conv") + ", " + keras3_node("in") + R"(]], "kwargs": {}}]})";
  const std::string conv = R"({"module": "keras.layers", "class_name": "Conv2D",
    "config": {"name": "conv", "filters": 2, "kernel_size": [1, 1]}, "name": "conv",
    "inbound_nodes": [{"args": [)" +
                           keras3_node("in") + R"(], "kwargs": {"mask": null}}]})";
  const std::string input = R"({"module": "keras.layers", "class_name": "InputLayer",
    "config": {"batch_shape": [null, 4, 4, 2], "dtype": "float32", "name": "in"}, "name": "in",
    "inbound_nodes": []})";
  const auto text = [&](const std::string& ends) {
    // Layers in an order in which they cannot be computed.
    return R"({"module": "keras", "class_name": "Functional", "config": {"name": "net",
      "layers": [)" +
           add + ", " + input + ", " + conv + "], " + ends + "}}";
  };
  const Model model =
      model_from_json(text(R"("input_layers": ["in", 0, 0], "output_layers": ["add", 0, 0])"));
  EXPECT_EQ(model.name(), "net");
  EXPECT_THAT(names_of(model), ElementsAre("in", "conv", "add"));
  EXPECT_EQ(model.output_shape(), (Shape{4, 4, 2}));
  EXPECT_THAT(message_of([&] {
                model_from_json(text(R"("input_layers": [["in", 0, 0]],
                  "output_layers": [["add", 0, 0], ["conv", 0, 0]])"));
              }),
              HasSubstr("2 output_layers is not supported"));
}

TEST(ModelTest, KerasThreesDefaultOfDropoutIsNoArgument) {
  const auto refusal = [](const std::string& layer, const char* training) {
    return message_of([&] {
      model_from_json(R"({"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "in", "inbound_nodes": [],
         "config": {"name": "in", "batch_shape": [null, 2, 2, 1]}},
        {"class_name": ")" +
                      layer + R"(", "name": "x", "config": {"name": "x")" +
                      (layer == "Dropout" ? R"(, "rate": 0.5)" : "") +
                      R"(}, "inbound_nodes": [{"args": [)" + keras3_node("in") +
                      R"(], "kwargs": {"training": )" + training + R"(}}]}],
        "input_layers": ["in", 0, 0], "output_layers": ["x", 0, 0]}})");
    });
  };
  EXPECT_EQ(refusal("Dropout", "false"), "no error");
  EXPECT_THAT(refusal("Dropout", "true"), HasSubstr("with the argument training"));
  // There it fixes the statistics.
  EXPECT_THAT(refusal("BatchNormalization", "false"), HasSubstr("with the argument training"));
}

TEST(ModelTest, ArchitecturesThatCannotBeAreRefused) {
  const auto refusal = [](const std::string& inbound, const std::string& output = "b") {
    return message_of([&] {
      model_from_json(R"({"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [null, 2, 2, 1]}},
        {"class_name": "Activation", "name": "a", "config": {"name": "a", "activation": "relu"},
         "inbound_nodes": [[["x", 0, 0, {}]]]},
        {"class_name": "Activation", "name": "b", "config": {"name": "b", "activation": "relu"},
         "inbound_nodes": )" +
                      inbound + R"(}],
        "input_layers": [["x", 0, 0]], "output_layers": [[")" +
                      output + R"(", 0, 0]]}})");
    });
  };
  EXPECT_EQ(refusal(R"([[["a", 0, 0, {}]]])"), "no error");
  EXPECT_THAT(refusal(R"([[["b", 0, 0, {}]]])"), HasSubstr("'b' depends on itself"));
  EXPECT_THAT(refusal(R"([[["c", 0, 0, {}]]])"), HasSubstr("'c', which is not there"));
  EXPECT_THAT(refusal(R"([[["a", 1, 0, {}]]])"), HasSubstr("'a' is applied more than once"));
  EXPECT_THAT(refusal(R"([[["a", 0, 0, {}]], [["x", 0, 0, {}]]])"), HasSubstr("applied 2 times"));
  EXPECT_THAT(refusal(R"([[["a", 0, 0, {"training": true}]]])"), HasSubstr("training"));
  EXPECT_THAT(refusal(R"([[["a", 0, 0, {}], ["x", 0, 0, {}]]])"),
              AllOf(HasSubstr("'b'"), HasSubstr("takes one input, got 2")));
  EXPECT_THAT(refusal(R"([[]])"), HasSubstr("'b' has no input"));
  EXPECT_THAT(refusal(R"([[["a", 0, 0, {}]]])", "z"), HasSubstr("'z', which is not there"));
}

TEST(ModelTest, WeightsThatNoMemoryHoldsAreRefusedWithTheirLayer) {
  Sequential model({Flatten(), Dense(900'000'000, {.name = "wide"})});
  EXPECT_THAT(message_of([&] {
                model.build({28, 28, 1});
              }),
              AllOf(HasSubstr("a model with the weights of layer 'wide', (784, 900000000), takes "
                              "2822.4 GB of memory"),
                    HasSubstr("fewer units or filters take less")));
}

TEST(ModelTest, NamesThatNoFileHoldsAreRefused) {
  const auto named = [](std::size_t length) {
    return message_of([&] { Sequential({Dense(3, {.name = std::string(length, 'd')})}); });
  };
  EXPECT_EQ(named(1000), "no error");
  EXPECT_EQ(named(70'000),
            "the name of a layer of class Dense has 70000 characters, at most 1000 are accepted");
}

TEST(ModelTest, MisuseIsExplained) {
  const Input x({4, 4, 2});
  EXPECT_THAT(message_of([&] {
                (void)Add()({x, Conv2D(3, 1)(x)});
              }),
              AllOf(HasSubstr("Add"), HasSubstr("(4, 4, 2) and (4, 4, 3)")));
  EXPECT_THAT(message_of([&] { (void)Add()(std::vector<SymbolicTensor>{x}); }),
              HasSubstr("at least 2 inputs, got 1"));
  EXPECT_THAT(message_of([&] {
                (void)Concatenate()({x, MaxPooling2D()(x)});
              }),
              HasSubstr("agree in all axes but the last"));
  EXPECT_THAT(message_of([&] {
                (void)Concatenate(2)({x, x});
              }),
              HasSubstr("got 2 for an input of shape"));
  EXPECT_THAT(message_of([&] { (void)Conv2D(1, 5)(x); }),
              AllOf(HasSubstr("Conv2D"), HasSubstr("(4, 4, 2)")));
  const Conv2D conv(2, 1);
  EXPECT_THAT(message_of([&] { Model(x, conv(conv(x))); }), HasSubstr("sharing weights"));
  const Input other({4, 4, 2});
  EXPECT_THAT(message_of([&] { Model(other, conv(x)); }), HasSubstr("not the model's"));
  EXPECT_THAT(message_of([&] { Model(conv(x), Flatten()(conv(x))); }), HasSubstr("Input"));
}

}  // namespace
}  // namespace folio
