// Models whose layers have their channels first are the same models with other shapes.
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "message_of.h"
#include "reference_network.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using testing::AllOf;
using testing::ElementsAreArray;
using testing::HasSubstr;

const char* const kFirst = "channels_first";

/// Every layer that has a place for the channels, in the format given.
Model network(const std::string& format) {
  const int axis = format == kFirst ? 1 : -1;
  const bool first = format == kFirst;
  const Input input(first ? Shape{3, 12, 10} : Shape{12, 10, 3});
  const SymbolicTensor a =
      Conv2D(16, 3, {.padding = "same", .data_format = format, .activation = "relu"})(input);
  const SymbolicTensor b =
      MaxPooling2D({.data_format = format})(BatchNormalization({.axis = axis})(a));
  const SymbolicTensor c = DepthwiseConv2D(3, {.padding = "same", .data_format = format})(b);
  const SymbolicTensor d = SpatialDropout2D(0.2, "", format)(LayerNormalization({.axis = axis})(c));
  const SymbolicTensor joined = Concatenate(axis)({ReLU()(d), b});
  const SymbolicTensor large =
      UpSampling2D(2, "nearest", "", format)(ZeroPadding2D({0, 1, 2, 0}, "", format)(joined));
  const SymbolicTensor cut = Cropping2D({3, 2}, "", format)(large);
  const SymbolicTensor mixed = SeparableConv2D(8, 3, {.data_format = format})(cut);
  const SymbolicTensor pooled =
      AveragePooling2D({.pool_size = 3, .strides = 1, .data_format = format})(mixed);
  const SymbolicTensor shares = Softmax("", axis)(pooled);
  const SymbolicTensor flat = first ? Flatten("", kFirst)(shares) : Flatten()(shares);
  const SymbolicTensor row =
      Concatenate()({flat, GlobalAveragePooling2D({.data_format = format})(mixed),
                     GlobalMaxPooling2D({.data_format = format})(mixed)});
  return {input, Dense(4, {.activation = "softmax"})(row)};
}

/// N x ... x C to N x C x ...
Tensor turned(const Tensor& x) {
  Shape shape = x.shape();
  std::rotate(shape.begin() + 1, shape.end() - 1, shape.end());
  Tensor made(shape);
  const auto channels = static_cast<std::size_t>(shape[1]);
  const std::size_t image = x.size() / static_cast<std::size_t>(shape[0]);
  const std::size_t cells = image / channels;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t in_image = i % image;
    made.data()[i / image * image + in_image % channels * cells + in_image / channels] =
        x.data()[i];
  }
  return made;
}

/// Trains both and expects the same losses, weights and predictions, to the bit.
void expect_twins(Model last, Model first, const Shape& image) {
  std::vector<std::vector<float>> weights;
  for (Model* model : {&last, &first}) {
    model->set_seed(3);
    model->compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
  }
  last.build(image);
  first.build(first.input_shape());
  EXPECT_EQ(first.data_format(), DataFormat::kChannelsFirst);
  EXPECT_EQ(last.data_format(), DataFormat::kChannelsLast);
  for (unsigned step = 0; step < 4; ++step) {
    const Batch batch = test::random_batch(image, 9, 4, step);
    Batch other = batch;
    other.x = step % 2 == 0 ? turned(batch.x) : batch.x;  // Either order is taken.
    EXPECT_EQ(first.train_on_batch(other), last.train_on_batch(batch)) << "step " << step;
  }
  const std::vector<Tensor> expected = last.weights();
  const std::vector<Tensor> found = first.weights();
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].shape(), expected[i].shape());
    EXPECT_THAT(found[i].values(), ElementsAreArray(expected[i].values())) << "weight " << i;
  }
  const Tensor x = test::random_batch(image, 5, 4, 9).x;
  EXPECT_THAT(first.predict(turned(x)).values(), ElementsAreArray(last.predict(x).values()));
}

TEST(ChannelsFirstTest, TrainsAsItsTwinDoes) {
  expect_twins(network("channels_last"), network(kFirst), {12, 10, 3});
}

TEST(ChannelsFirstTest, StepsAndVolumesTrainAsTheirTwins) {
  const auto steps = [](const std::string& format) {
    const Shape shape = format == kFirst ? Shape{2, 14} : Shape{14, 2};
    return Sequential({Input(shape), Conv1D(5, 3, {.data_format = format, .activation = "relu"}),
                       MaxPooling1D({.data_format = format}),
                       AveragePooling1D({.data_format = format}), Flatten("", format),
                       Dense(4, {.activation = "softmax"})});
  };
  expect_twins(steps("channels_last"), steps(kFirst), {14, 2});
  const auto volumes = [](const std::string& format) {
    const Shape shape = format == kFirst ? Shape{2, 6, 7, 8} : Shape{6, 7, 8, 2};
    return Sequential({Input(shape), Conv3D(5, 3, {.data_format = format, .activation = "relu"}),
                       MaxPooling3D({.data_format = format}), Flatten("", format),
                       Dense(4, {.activation = "softmax"})});
  };
  expect_twins(volumes("channels_last"), volumes(kFirst), {6, 7, 8, 2});
}

TEST(ChannelsFirstTest, ShapesHaveTheChannelsFirst) {
  const Layer layer = Conv2D(8, 3, {.data_format = kFirst});
  EXPECT_EQ(layer.output_shape({3, 12, 10}), (Shape{8, 10, 8}));
  EXPECT_EQ(GlobalMaxPooling2D({.data_format = kFirst, .keepdims = true}).output_shape({3, 4, 5}),
            (Shape{3, 1, 1}));
  EXPECT_THAT(test::message_of([&] { (void)layer.output_shape(Shape{}); }), HasSubstr("H x W x C"));
  EXPECT_THAT(network(kFirst).summary(), HasSubstr("(None, 16, 12, 10)"));
}

// Keras' Flatten moves the channels last if it is told so, and otherwise leaves the order alone.
TEST(ChannelsFirstTest, WithoutAFormatValuesKeepTheirOrder) {
  const Tensor x = turned(test::random_batch({4, 3, 2}, 5, 4, 1).x);
  for (const std::vector<Layer>& tail :
       {std::vector<Layer>{}, std::vector<Layer>{Flatten()},
        std::vector<Layer>{Reshape({4, 6}), Reshape({2, 4, 3})},
        std::vector<Layer>{Flatten(), Dropout(0.5), Reshape({2, 4, 3})}}) {
    std::vector<Layer> layers{Input({2, 4, 3}), Cropping2D(0, "", kFirst)};
    layers.insert(layers.end(), tail.begin(), tail.end());
    Sequential model(layers);
    model.build({2, 4, 3});
    EXPECT_THAT(model.predict(x).values(), ElementsAreArray(x.values())) << tail.size();
  }
  Sequential model({Input({2, 4, 3}), Cropping2D(0, "", kFirst), Flatten("", kFirst)});
  model.build({2, 4, 3});
  const Tensor rows = model.predict(x);
  Tensor images({5, 4, 3, 2});
  std::copy(rows.values().begin(), rows.values().end(), images.values().begin());
  EXPECT_THAT(turned(images).values(), ElementsAreArray(x.values()));
}

TEST(ChannelsFirstTest, FilesKeepTheFormat) {
  const test::TemporaryDirectory directory;
  Model model = network(kFirst);
  model.set_seed(1);
  model.build({3, 12, 10});
  const std::string json = to_json(model);
  EXPECT_EQ(json.find("channels_last"), std::string::npos);
  EXPECT_EQ(to_json(model_from_json(json)), json);
  const Tensor x = turned(test::random_batch({12, 10, 3}, 3, 4, 1).x);
  for (const char* name : {"model.h5", "model.keras"}) {
    save_model(model, directory.path(name));
    Model loaded = load_model(directory.path(name));
    EXPECT_EQ(loaded.input_shape(), (Shape{3, 12, 10}));
    EXPECT_EQ(to_json(loaded), json) << name;
    EXPECT_THAT(loaded.predict(x).values(), ElementsAreArray(model.predict(x).values())) << name;
  }
}

TEST(ChannelsFirstTest, LayersThatDisagreeAreNamed) {
  const auto refusal = [](const std::vector<Layer>& layers) {
    return test::message_of([&] {
      Sequential model(layers);
      model.build({3, 8, 8});
    });
  };
  const Layer first = Conv2D(4, 3, {.data_format = kFirst, .name = "a"});
  EXPECT_EQ(refusal({first, MaxPooling2D({.name = "b"})}),
            "layer 'a' of class Conv2D has its channels first, layer 'b' of class MaxPooling2D has "
            "them last; all layers of a model must agree (data_format, axis), and those that have "
            "neither argument have them last, for images of shape (3, 8, 8)");
  for (const Layer& last :
       {Layer(BatchNormalization({.name = "b"})), Layer(LayerNormalization({.name = "b"})),
        Layer(Dense(3, {.name = "b"})), Layer(Softmax("b")), Layer(Activation("softmax", "b")),
        Layer(PReLU({.name = "b"})), Layer(SpatialDropout2D(0.1, "b"))}) {
    EXPECT_THAT(refusal({first, last}), AllOf(HasSubstr("'b'"), HasSubstr("agree")));
  }
  EXPECT_THAT(refusal({BatchNormalization({.name = "b"}), first}), HasSubstr("'b'"));
}

TEST(ChannelsFirstTest, SpatialDropoutOfKeras2HasTheFormatOfItsNeighbours) {
  Model model = model_from_json(R"({"class_name": "Sequential", "config": {"layers": [
      {"class_name": "Conv2D", "config": {"name": "a", "filters": 4, "kernel_size": 3,
       "batch_input_shape": [null, 3, 8, 8], "data_format": "channels_first"}},
      {"class_name": "SpatialDropout2D", "config": {"name": "b", "rate": 0.5}}]}})");
  EXPECT_EQ(model.output_shape(), (Shape{4, 6, 6}));
  EXPECT_EQ(to_json(model_from_json(to_json(model))), to_json(model));
}

TEST(ChannelsFirstTest, WrongFormatsAreNamed) {
  EXPECT_EQ(test::message_of([] { (void)Conv2D(4, 3, {.data_format = "NCHW"}); }),
            "Conv2D: data_format must be 'channels_last' or 'channels_first', got 'NCHW'");
  EXPECT_EQ(test::message_of([] { (void)Flatten("", "first"); }),
            "Flatten: data_format must be 'channels_last' or 'channels_first', got 'first'");
  EXPECT_THAT(test::message_of(
                  [] { (void)Conv2D(4, 3, {.data_format = kFirst, .activation = "softmax"}); }),
              HasSubstr("last axis"));
}

TEST(ChannelsFirstTest, ImagesOfAnotherShapeAreRefused) {
  Sequential model({Input({3, 8, 8}), Conv2D(4, 3, {.data_format = kFirst}), Flatten(), Dense(2)});
  model.build({8, 8, 3});  // The same images.
  EXPECT_EQ(model.input_shape(), (Shape{3, 8, 8}));
  EXPECT_THAT(test::message_of([&] {
                (void)model.predict(Tensor({1, 8, 3, 8}));
              }),
              AllOf(HasSubstr("(3, 8, 8)"), HasSubstr("(1, 8, 3, 8)")));
}

}  // namespace
}  // namespace folio
