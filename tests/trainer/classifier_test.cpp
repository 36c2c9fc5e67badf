#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/classifier.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <string>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

class ClassifierTest : public testing::Test {
 protected:
  static Model model(int channels, int outputs, const std::string& activation = "softmax") {
    Sequential model({Input({10, 12, channels}), Conv2D(4, 3, {.activation = "relu"}), Flatten(),
                      Dense(outputs, {.activation = activation})});
    model.set_seed(3);
    model.build({10, 12, channels});
    return model;
  }

  static Preprocessing preprocessing(ColorMode mode) {
    return {.class_names = {"cat", "dog", "owl"},
            .target_size = {10, 12},
            .color_mode = mode,
            .interpolation = Interpolation::kBilinear,
            .rescale = 1.0 / 255};
  }

  /// A colourful picture of another size than the model's, in BGR order.
  static cv::Mat picture() {
    cv::Mat image(30, 25, CV_8UC3);
    for (int y = 0; y < image.rows; ++y) {
      for (int x = 0; x < image.cols; ++x) {
        image.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(8 * y),
                                     static_cast<std::uint8_t>(10 * x),
                                     static_cast<std::uint8_t>((x * y) % 256)};
      }
    }
    return image;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(ClassifierTest, MatricesAndFilesAreTheSameToIt) {
  cv::imwrite(directory_.path("picture.png"), picture());
  for (const ColorMode mode : {ColorMode::kRgb, ColorMode::kGrayscale}) {
    Classifier classifier(model(mode == ColorMode::kRgb ? 3 : 1, 3), preprocessing(mode));
    const auto from_matrix = classifier.classify(picture());
    const auto from_file = classifier.classify(directory_.path("picture.png"));
    ASSERT_EQ(from_matrix.size(), 3U);
    float sum = 0.0F;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(from_matrix[i].class_name, from_file[i].class_name);
      EXPECT_EQ(from_matrix[i].probability, from_file[i].probability);
      sum += from_matrix[i].probability;
    }
    EXPECT_NEAR(sum, 1.0F, 1e-5);
    EXPECT_GE(from_matrix[0].probability, from_matrix[1].probability);
  }
}

TEST_F(ClassifierTest, TakesEverythingFromTheModelsFile) {
  Model trained = model(3, 3);
  Preprocessing record = preprocessing(ColorMode::kRgb);
  record.rescale = 0.0;
  record.featurewise_mean = {100.0F, 110.0F, 120.0F};
  record.featurewise_deviation = {50.0F, 60.0F, 70.0F};
  trained.set_metadata(to_json(record));
  trained.save(directory_.path("model.h5"));
  Classifier loaded(directory_.path("model.h5"));
  EXPECT_EQ(loaded.class_names(), record.class_names);
  EXPECT_EQ(loaded.preprocessing().featurewise_deviation, record.featurewise_deviation);
  Classifier direct(std::move(trained), record);
  EXPECT_EQ(loaded.classify(picture())[0].probability, direct.classify(picture())[0].probability);

  // The statistics are applied: without them the answer is another one.
  record.featurewise_mean.clear();
  record.featurewise_deviation.clear();
  Classifier plain(load_model(directory_.path("model.h5")), record);
  EXPECT_NE(plain.classify(picture())[0].probability, direct.classify(picture())[0].probability);
}

TEST_F(ClassifierTest, OneOutputIsTheProbabilityOfTheSecondClass) {
  Preprocessing record = preprocessing(ColorMode::kRgb);
  record.class_names = {"cat", "dog"};
  Classifier classifier(model(3, 1, "sigmoid"), record);
  const auto classes = classifier.classify(picture());
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_NEAR(classes[0].probability + classes[1].probability, 1.0F, 1e-6);
}

TEST_F(ClassifierTest, RecordsTellGeneratorsWhatTheyWereToldBy) {
  ImageDataGenerator generator({.featurewise_center = true,
                                .samplewise_center = true,
                                .featurewise_std_normalization = true,
                                .rotation_range = 20,
                                .rescale = 0.5});
  generator.fit(Tensor({4, 3, 3, 3}, std::vector<float>(108, 7.0F)));
  const FlowOptions flow{.target_size = {10, 12},
                         .color_mode = ColorMode::kRgba,
                         .interpolation = Interpolation::kBicubic,
                         .keep_aspect_ratio = true,
                         .keras_16_bit = true,
                         .exif_orientation = true};
  const Preprocessing record = preprocessing_of(generator, flow, {"a", "b"});
  const std::string json = to_json(record);
  const Preprocessing read = parse_preprocessing(json);
  EXPECT_EQ(to_json(preprocessing_of(generator_of(read), flow_of(read), read.class_names)), json);
  // Of the rescaled values.
  EXPECT_EQ(read.featurewise_mean, std::vector<float>(3, 3.5F));
  EXPECT_FALSE(flow_of(read).augment);
  EXPECT_EQ(generator_of(read).options().rotation_range, 0.0);
}

TEST_F(ClassifierTest, WhiteningTravelsToo) {
  Tensor images({20, 4, 5, 1});
  std::mt19937 random(3);
  for (float& value : images.values()) value = static_cast<float>(random() % 256);
  ImageDataGenerator generator({.zca_whitening = true, .rescale = 1.0 / 255});
  generator.fit(images);
  const FlowOptions flow{.target_size = {4, 5}, .color_mode = ColorMode::kGrayscale};
  const std::string json = to_json(preprocessing_of(generator, flow, {"a", "b"}));
  const ImageDataGenerator read = generator_of(parse_preprocessing(json));
  const Tensor image({4, 5, 1}, images.row(7));
  EXPECT_THAT(read.standardize(image).values(),
              testing::ElementsAreArray(generator.standardize(image).values()));
  EXPECT_NE(read.standardize(image)[0], image[0] / 255.0F);

  // A matrix for images of another size, and what is none.
  std::string wrong = json;
  wrong.replace(wrong.find("[4,5]"), 5, "[4,6]");
  EXPECT_THAT(message_of([&] { parse_preprocessing(wrong); }),
              HasSubstr("zca_matrix has 1600 bytes, expected 24 rows"));
  wrong.replace(wrong.find("[4,6]"), 5, "[1,0]");
  EXPECT_NE(message_of([&] { parse_preprocessing(wrong); }), "no error");
  wrong = json;
  wrong[wrong.find("zca_matrix") + 20] = '?';
  EXPECT_THAT(message_of([&] { parse_preprocessing(wrong); }), HasSubstr("not base64"));
}

TEST_F(ClassifierTest, FilesThatCannotBeReadAreNamedAndTheirRowsEmpty) {
  cv::imwrite(directory_.path("picture.png"), picture());
  write_file(directory_.path("broken.png"), "no image");
  const std::vector<std::string> paths{directory_.path("broken.png"),
                                       directory_.path("picture.png"), directory_.path("none.png"),
                                       directory_.path("broken.png")};
  Classifier classifier(model(3, 3), preprocessing(ColorMode::kRgb));
  EXPECT_THAT(message_of([&] { static_cast<void>(classifier.predict(paths)); }),
              HasSubstr("broken.png"));
  std::vector<std::string> bad;
  std::size_t done = 0;
  const Tensor rows = classifier.predict(
      paths,
      {.on_bad_file = [&](const BadFile& file) { bad.push_back(file.path + ": " + file.reason); },
       .on_progress = [&](std::size_t files) { done = files; }});
  EXPECT_EQ(done, 4U);
  EXPECT_THAT(bad, testing::ElementsAre(HasSubstr("broken.png: "), HasSubstr("none.png: ")));
  const Tensor alone = classifier.predict({paths[1]});
  for (std::size_t label = 0; label < 3; ++label) {
    EXPECT_TRUE(std::isnan(rows.row(0)[label]));
    EXPECT_EQ(rows.row(1)[label], alone.row(0)[label]);
    EXPECT_TRUE(std::isnan(rows.row(2)[label]));
    EXPECT_TRUE(std::isnan(rows.row(3)[label]));
  }
}

TEST_F(ClassifierTest, WhatDoesNotFitIsRefused) {
  model(3, 3).save(directory_.path("bare.h5"));
  EXPECT_THAT(message_of([&] { Classifier classifier(directory_.path("bare.h5")); }),
              testing::AllOf(HasSubstr("bare.h5"), HasSubstr("no record")));
  EXPECT_THAT(
      message_of([&] { Classifier classifier(model(3, 4), preprocessing(ColorMode::kRgb)); }),
      HasSubstr("4 outputs, but 3 classes"));
  EXPECT_THAT(
      message_of([&] { Classifier classifier(model(1, 3), preprocessing(ColorMode::kRgb)); }),
      HasSubstr("(10, 12, 1)"));
  Classifier classifier(model(3, 3), preprocessing(ColorMode::kRgb));
  EXPECT_THAT(message_of([&] { static_cast<void>(classifier.classify(cv::Mat())); }),
              HasSubstr("the image is empty"));
  EXPECT_THAT(message_of([&] { static_cast<void>(classifier.classify(cv::Mat(3, 3, CV_32FC3))); }),
              HasSubstr("CV_32FC3"));
  EXPECT_THAT(message_of([] { parse_preprocessing("[]"); }), HasSubstr("no JSON object"));
}

}  // namespace
}  // namespace folio
