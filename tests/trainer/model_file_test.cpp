#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <nlohmann/json.hpp>

#include "hdf5/model_contents.h"
#include "message_of.h"
#include "reference_network.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

class ModelFileTest : public testing::Test {
 protected:
  static Model trained(const Optimizer& optimizer) {
    Model model = model_by_name("mnist_cnn", 10);
    model.set_seed(1);
    model.compile(
        {.optimizer = optimizer, .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
    for (unsigned step = 0; step < 3; ++step) {
      model.train_on_batch(test::random_batch({28, 28, 1}, 8, 10, step));
    }
    return model;
  }

  static void expect_same_weights(const Model& a, const Model& b) {
    const auto first = a.named_weights();
    const auto second = b.named_weights();
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(first[i].layer, second[i].layer);
      EXPECT_EQ(first[i].value.shape(), second[i].value.shape());
      for (std::size_t k = 0; k < first[i].value.size(); ++k) {
        ASSERT_EQ(first[i].value[k], second[i].value[k]);
      }
    }
  }

  [[nodiscard]] std::string file() const { return directory_.path("model.h5"); }
  test::TemporaryDirectory directory_;
};

TEST_F(ModelFileTest, LoadedModelsGoOnWithTheSameBits) {
  for (const Optimizer& optimizer :
       {Optimizer(SGD{.learning_rate = 0.05}), Optimizer(SGD{.momentum = 0.9, .nesterov = true}),
        Optimizer(Adam{.learning_rate = 0.002})}) {
    Model model = trained(optimizer);
    model.set_metadata(R"({"classes": ["a", "b"]})");
    model.save(file());
    Model loaded = load_model(file());
    expect_same_weights(model, loaded);
    EXPECT_EQ(loaded.metadata(), model.metadata());
    EXPECT_EQ(loaded.iterations(), 3U);
    EXPECT_EQ(loaded.learning_rate(), model.learning_rate());
    EXPECT_EQ(loaded.metric_names(), model.metric_names());
    EXPECT_EQ(loaded.summary(), model.summary());
    const Batch batch = test::random_batch({28, 28, 1}, 8, 10, 9);
    EXPECT_EQ(loaded.train_on_batch(batch), model.train_on_batch(batch));
    expect_same_weights(model, loaded);
  }
}

TEST_F(ModelFileTest, ScoresStayScores) {
  Sequential model({Dense(3)});
  model.compile({.loss = SparseCategoricalCrossentropy{.from_logits = true},
                 .metrics = {"acc", TopKCategoricalAccuracy{.k = 2}},
                 .weighted_metrics = {"accuracy"}});
  model.build({5});
  model.save(file());
  const Model loaded = load_model(file());
  EXPECT_EQ(to_json(loaded.compile_options().loss), to_json(model.compile_options().loss));
  EXPECT_EQ(loaded.metric_names(), model.metric_names());
}

TEST_F(ModelFileTest, WeightsAloneLoadIntoTheSameArchitecture) {
  Model model = trained(SGD{});
  model.save_weights(file());
  Model other = model_by_name("mnist_cnn", 10);
  other.build({28, 28, 1});
  load_model_weights(other, file());
  expect_same_weights(model, other);
  EXPECT_THAT(message_of([&] { load_model(file()); }), HasSubstr("no model_config"));
}

TEST_F(ModelFileTest, NoWeightsAreDrawnForAModelThatIsLoaded) {
  Sequential model({Input({6, 6, 1}), Conv2D(3, 3, {.name = "conv"}), Flatten(), Dense(2)});
  model.build({6, 6, 1});
  model.save(file());
  model.save_weights(directory_.path("w.h5"));
  // An initializer that is not for kernels of convolutions: drawing would fail.
  nlohmann::json architecture = nlohmann::json::parse(to_json(model));
  for (nlohmann::json& layer : architecture["config"]["layers"]) {
    if (layer["config"]["name"] == "conv") layer["config"]["kernel_initializer"] = "identity";
  }
  EXPECT_THAT(message_of([&] {
                model_from_json(architecture.dump()).build({6, 6, 1});
              }),
              HasSubstr("identity"));
  Model other = model_from_json(architecture.dump());
  load_model_weights(other, directory_.path("w.h5"));
  expect_same_weights(model, other);
  internal::ModelContents contents = internal::parse_h5(read_file(file()));
  contents.architecture = architecture.dump();
  write_file(file(), internal::write_h5(contents));
  expect_same_weights(model, load_model(file()));
}

TEST_F(ModelFileTest, AModelIsBuiltWithGivenWeightsOrNotAtAll) {
  Sequential model({Flatten(), Dense(2, {.name = "d"})});
  const std::vector<float> kernel{0, 1, 2, 3, 4, 5, 6, 7}, bias{8, 9};
  const auto refusal = [&](const std::vector<std::span<const float>>& weights) {
    return message_of([&] { model.build({2, 2, 1}, weights); });
  };
  EXPECT_THAT(refusal({bias, kernel}),
              AllOf(HasSubstr("d/kernel has 8 values, got 2"), HasSubstr("d/bias")));
  EXPECT_THAT(refusal({kernel}), HasSubstr("has 2 weights, got 1"));
  EXPECT_FALSE(model.built());
  model.build({2, 2, 1}, {kernel, bias});
  EXPECT_THAT(model.weights()[0].values(), testing::ElementsAreArray(kernel));
  EXPECT_THAT(model.weights()[1].values(), testing::ElementsAreArray(bias));
  EXPECT_THAT(refusal({kernel, bias}), HasSubstr("set_weights"));
}

TEST_F(ModelFileTest, OtherFormatsAreNamed) {
  const auto refusal = [&](std::string_view bytes) {
    write_file(file(), bytes);
    return message_of([&] { load_model(file()); });
  };
  using namespace std::string_view_literals;
  EXPECT_THAT(refusal("\x08\x08\x12\x05"sv), AllOf(HasSubstr(file()), HasSubstr("an ONNX model")));
  EXPECT_THAT(refusal("folio checkpoint 1\n"), HasSubstr("--resume"));
  EXPECT_THAT(refusal("  {\"class_name\": 1}"), HasSubstr("--weights"));
  EXPECT_THAT(refusal("<!DOCTYPE html>"), HasSubstr("web page"));
  EXPECT_THAT(refusal("\x80\x02}q"sv), HasSubstr("PyTorch"));
  EXPECT_THAT(refusal("\x1C\0\0\0TFL3"sv), HasSubstr("TensorFlow Lite"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1"), HasSubstr("git lfs pull"));
  EXPECT_THAT(refusal("just text"), HasSubstr("not an HDF5 file"));
}

TEST_F(ModelFileTest, DifferencesAreAllListed) {
  trained(SGD{}).save(file());
  Sequential other({Conv2D(32, 5), MaxPooling2D(), Conv2D(64, 3), MaxPooling2D(), Conv2D(128, 3),
                    Flatten(), Dense(10)});
  other.build({28, 28, 1});
  EXPECT_THAT(message_of([&] { load_model_weights(other, file()); }),
              AllOf(HasSubstr(file()), HasSubstr("conv2d/kernel has shape (5, 5, 1, 32)"),
                    HasSubstr("dense/kernel"), HasSubstr("(128, 10)")));
}

TEST_F(ModelFileTest, ArchitectureSurvivesJson) {
  const Model model = trained(SGD{});
  Model again = model_from_json(to_json(model));
  again.build({28, 28, 1});
  EXPECT_EQ(again.summary(), model.summary());
}

TEST_F(ModelFileTest, ReadsWhatKerasThreeWrites) {
  const Model model = model_from_json(R"({"module": "keras", "class_name": "Sequential",
    "config": {"name": "s", "trainable": true, "layers": [
      {"module": "keras.layers", "class_name": "InputLayer",
       "config": {"batch_shape": [null, 8, 8, 1], "dtype": "float32", "name": "input"}},
      {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [3, 3],
        "activation": "relu", "kernel_initializer": {"class_name": "VarianceScaling",
        "config": {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}}}}]}})");
  EXPECT_EQ(model.input_shape(), (Shape{8, 8, 1}));
  EXPECT_THAT(to_json(model), AllOf(HasSubstr("VarianceScaling"), HasSubstr("\"scale\": 2.0")));
}

TEST_F(ModelFileTest, EveryLayerSurvivesJson) {
  const Sequential model({Input({8, 8, 4}),
                          Rescaling(0.5, -1.0),
                          ZeroPadding2D({1, 2, 3, 4}),
                          Conv2D(8, 3, {.padding = "same", .groups = 2}),
                          BatchNormalization({.momentum = 0.9}),
                          ReLU({.max_value = 6.0, .negative_slope = 0.1}),
                          SpatialDropout2D(0.2),
                          DepthwiseConv2D(3, {.depth_multiplier = 2}),
                          LeakyReLU(0.1),
                          SeparableConv2D(4, 3),
                          ELU(0.5),
                          LayerNormalization({.epsilon = 1e-5}),
                          UpSampling2D({2, 1}),
                          GlobalMaxPooling2D({.keepdims = true}),
                          Reshape({2, -1}),
                          Conv1D(3, 2, {.padding = "same", .activation = "gelu"}),
                          MaxPooling1D({.pool_size = 1, .strides = 1}),
                          AveragePooling1D({.pool_size = 1}),
                          GlobalAveragePooling1D(),
                          Softmax()});
  const Model again = model_from_json(to_json(model));
  EXPECT_EQ(to_json(again), to_json(model));
  EXPECT_EQ(again.summary(), model.summary());
}

TEST_F(ModelFileTest, AxesAreWrittenAsOtherReadersTakeThem) {
  const Sequential model({BatchNormalization(), LayerNormalization()});
  const std::string json = to_json(model);
  EXPECT_EQ(nlohmann::json::parse(json)["config"]["layers"][0]["config"]["axis"], -1);
  EXPECT_EQ(nlohmann::json::parse(json)["config"]["layers"][1]["config"]["axis"], -1);
  const Model keras2 = model_from_json(R"({"class_name": "Sequential", "config": {"layers": [
      {"class_name": "BatchNormalization", "config": {"name": "n", "axis": [3]}}]}})");
  EXPECT_EQ(nlohmann::json::parse(to_json(keras2))["config"]["layers"][0]["config"]["axis"],
            nlohmann::json::array({3}));
}

TEST_F(ModelFileTest, UnsupportedArgumentsAreNamed) {
  const auto refusal = [](const std::string& class_name, const std::string& argument) {
    return message_of([&] {
      const Model model = model_from_json(R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4, 4, 2]}},
        {"class_name": ")" + class_name + R"(", "config": {"name": "odd", )" +
                                          argument + "}}]}}");
      static_cast<void>(model.output_shape());
    });
  };
  for (const auto& [class_name, argument, named] :
       {std::tuple{"UpSampling2D", R"("interpolation": "bicubic")", "'bicubic'"},
        std::tuple{"BatchNormalization", R"("axis": [2])", "got 2"},
        std::tuple{"LayerNormalization", R"("axis": [1, 2])", "axis"},
        std::tuple{"GlobalMaxPooling2D", R"("data_format": "NCHW")", "data_format"},
        std::tuple{"ZeroPadding2D", R"("padding": [[1, 1], [1, "a"]])", "padding"},
        std::tuple{"DepthwiseConv2D", R"("kernel_size": 3, "depthwise_regularizer": "l3")",
                   "depthwise_regularizer"},
        std::tuple{"Conv3D", R"("filters": 1)", "Conv3D"},
        std::tuple{"Permute", R"("dims": [2, 1])", "Permute"},
        std::tuple{"Cropping2D", R"("cropping": 2)", "leaves nothing"},
        std::tuple{"PReLU", R"("shared_axes": [4])", "axis 4"}}) {
    EXPECT_THAT(refusal(class_name, argument), AllOf(HasSubstr("'odd'"), HasSubstr(named)));
  }
}

TEST_F(ModelFileTest, TheVersionOfAFileSaysWhatHardSigmoidMeans) {
  const Tensor x({1, 1}, std::vector<float>{1.0F});
  const auto at_one = [&](Model model) {
    model.build({1});
    return model.predict(x)[0];
  };
  const auto read = [&](const std::string& version) {
    return model_from_json(R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 1]}},
        {"class_name": "Activation", "config": {"activation": "hard_sigmoid"}}]})" +
                           version + "}");
  };
  EXPECT_FLOAT_EQ(at_one(read(R"(, "keras_version": "2.10.0")")), 0.7F);
  EXPECT_FLOAT_EQ(at_one(read(R"(, "keras_version": "3.5.0")")), 2.0F / 3.0F);
  EXPECT_FLOAT_EQ(at_one(read("")), 2.0F / 3.0F);
  // What is saved means the same when it is read.
  for (const auto& [activation, expected] :
       {std::pair{"hard_sigmoid", 2.0F / 3.0F}, std::pair{"hard_sigmoid_keras2", 0.7F}}) {
    Sequential model({Input({1}), Activation(activation)});
    model.build({1});
    EXPECT_FLOAT_EQ(at_one(model_from_json(to_json(model))), expected);
    for (const char* name : {"model.h5", "model.keras"}) {
      model.save(directory_.path(name));
      EXPECT_FLOAT_EQ(at_one(load_model(directory_.path(name))), expected) << name;
    }
    EXPECT_THAT(to_json(model), HasSubstr("\"hard_sigmoid\""));
  }
  EXPECT_THAT(to_json(Sequential({Activation("relu")})),
              HasSubstr("\"keras_version\": \"2.10.0\""));
  EXPECT_THAT(
      message_of([] {
        to_json(Sequential({Activation("hard_sigmoid"), Activation("hard_sigmoid_keras2")}));
      }),
      HasSubstr("of Keras 2 and that of Keras 3"));
}

TEST_F(ModelFileTest, BuiltInModelsHaveTheirParameters) {
  const auto parameters = [](const char* name, const Shape& image) {
    Model model = model_by_name(name, 10, image);
    model.build(image);
    return model.count_params();
  };
  EXPECT_EQ(parameters("mnist_cnn", {28, 28, 1}), 93962U);
  EXPECT_EQ(parameters("lenet", {28, 28, 1}), 61706U);
  EXPECT_EQ(parameters("vgg_small", {32, 32, 3}), 814122U);
  EXPECT_EQ(parameters("resnet18", {32, 32, 3}), 11183562U);
  EXPECT_THAT(model_by_name("resnet18", 10, {32, 32, 3}).summary(),
              HasSubstr("Trainable params: 11,173,962 "));
  EXPECT_THAT(message_of([] { model_by_name("resnet18", 10); }), HasSubstr("H x W x C"));
  EXPECT_THAT(message_of([] { model_by_name("resnet19", 10); }), HasSubstr("vgg16, resnet18"));
}

TEST_F(ModelFileTest, UnsupportedLayersAreNamed) {
  const auto refusal = [](const std::string& layer) {
    return message_of([&] {
      model_from_json(R"({"class_name": "Sequential", "config": {"layers": [)" + layer + "]}}");
    });
  };
  EXPECT_THAT(refusal(R"({"class_name": "Lambda", "config": {"name": "evil"}})"),
              AllOf(HasSubstr("'evil'"), HasSubstr("Lambda"), HasSubstr("not supported")));
  EXPECT_THAT(refusal(R"({"class_name": "Dense", "config": {"name": "d", "units": "3"}})"),
              AllOf(HasSubstr("'d'"), HasSubstr("units must be an integer")));
  EXPECT_THAT(refusal(R"({"class_name": "Dense", "config": {"name": "d", "units": -3}})"),
              AllOf(HasSubstr("'d'"), HasSubstr("got -3")));
  EXPECT_THAT(refusal(R"({"class_name": "Conv2D", "config": {"name": "c", "filters": 1,
    "kernel_size": 3, "activity_regularizer": {"class_name": "L3"}}})"),
              AllOf(HasSubstr("'c'"), HasSubstr("activity_regularizer")));
  EXPECT_THAT(refusal("3"), HasSubstr("layer 1 has no class_name"));
  EXPECT_THAT(message_of([] { model_from_json("{"); }), HasSubstr("not valid JSON"));
  EXPECT_THAT(message_of([] { model_from_json(std::string(100000, '[')); }),
              HasSubstr("levels deep"));
  EXPECT_THAT(message_of([] { model_from_json(R"({"class_name": "Lambda"})"); }),
              HasSubstr("class Lambda"));
}

TEST_F(ModelFileTest, DamagedFilesAreRefusedByName) {
  trained(SGD{}).save(file());
  const auto bytes = read_file(file());
  const auto refusal = [&](std::span<const std::byte> content) {
    write_file(directory_.path("damaged.h5"), content);
    return message_of([&] { load_model(directory_.path("damaged.h5")); });
  };
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("damaged.h5"), HasSubstr("not an HDF5 file")));
  EXPECT_THAT(refusal(std::as_bytes(std::span("just text", 9))), HasSubstr("not an HDF5 file"));
  for (const std::size_t length : {std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_THAT(refusal(std::span(bytes).first(length)), HasSubstr("damaged or truncated"));
  }
  EXPECT_THAT(message_of([&] { load_model(directory_.path("missing.h5")); }),
              HasSubstr("missing.h5: cannot be opened: No such file"));
}

TEST_F(ModelFileTest, NameListsAreStoredAsKerasStoresThem) {
  trained(SGD{}).save(file());
  const hid_t opened = H5Fopen(file().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t group = H5Gopen2(opened, "model_weights", H5P_DEFAULT);
  const hid_t names = H5Aopen(group, "layer_names", H5P_DEFAULT);
  const hid_t type = H5Aget_type(names);
  EXPECT_EQ(H5Tget_class(type), H5T_STRING);
  EXPECT_LE(H5Tis_variable_str(type), 0);
  const hid_t empty = H5Aopen_by_name(group, "flatten", "weight_names", H5P_DEFAULT, H5P_DEFAULT);
  const hid_t empty_type = H5Aget_type(empty);
  EXPECT_EQ(H5Tget_class(empty_type), H5T_FLOAT);
  const hid_t config = H5Aopen(opened, "model_config", H5P_DEFAULT);
  const hid_t config_type = H5Aget_type(config);
  EXPECT_GT(H5Tis_variable_str(config_type), 0);
  EXPECT_EQ(H5Tget_cset(config_type), H5T_CSET_UTF8);
  EXPECT_GT(H5Lexists(group, "conv2d/conv2d/kernel:0", H5P_DEFAULT), 0);
  H5Tclose(config_type);
  H5Aclose(config);
  H5Tclose(empty_type);
  H5Aclose(empty);
  H5Tclose(type);
  H5Aclose(names);
  H5Gclose(group);
  H5Fclose(opened);
}

TEST_F(ModelFileTest, LongNameListsAreSplitAndJoined) {
  internal::ModelContents contents;
  for (int i = 0; i < 5000; ++i) {
    contents.layers.push_back({"a_layer_with_a_long_name_" + std::to_string(i), {}});
  }
  write_file(file(), internal::write_h5(contents));
  const auto back = internal::parse_h5(read_file(file()));
  ASSERT_EQ(back.layers.size(), 5000U);
  EXPECT_EQ(back.layers[4999].name, "a_layer_with_a_long_name_4999");
}

TEST_F(ModelFileTest, PlacesThatCannotBeWrittenAreNamed) {
  EXPECT_THAT(message_of([] { trained(SGD{}).save("/proc/none/model.h5"); }),
              HasSubstr("/proc/none"));
}

TEST(ModelByNameTest, KnowsTheChaptersModels) {
  Model lenet = model_by_name("lenet", 10);
  lenet.build({28, 28, 1});
  EXPECT_EQ(lenet.count_params(), 61706U);
  EXPECT_THAT(message_of([] { model_by_name("resnet", 10); }),
              HasSubstr("expected one of mnist_cnn, lenet, alexnet"));
}

}  // namespace
}  // namespace folio
