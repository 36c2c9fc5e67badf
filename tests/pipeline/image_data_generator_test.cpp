// Arrays, statistics and the functions for one image.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/image_data_generator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core/mat.hpp>

#include "digits.h"
#include "folder_copy.h"
#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::kDigits;
using testing::ElementsAre;
using testing::HasSubstr;

/// Ten images of 2 x 2 whose values are their own position.
Tensor numbered(std::int64_t count = 10) {
  Tensor x({count, 2, 2, 1});
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i / 4);
  return x;
}

Tensor column(std::vector<float> values) {
  return {{static_cast<std::int64_t>(values.size())}, values};
}

TEST(ArrayFlowTest, SubsetsTakeTheirOwnLabelsAndWeights) {
  const ImageDataGenerator generator({.validation_split = 0.3});
  const Tensor y = column({0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  Tensor weights({10});
  for (std::size_t i = 0; i < 10; ++i) weights[i] = static_cast<float>(i) / 10.0F;
  for (const Subset subset : {Subset::kTraining, Subset::kValidation}) {
    const std::size_t first = subset == Subset::kTraining ? 3 : 0;
    BatchStream stream = generator.flow(numbered(), y,
                                        {.batch_size = 16,
                                         .shuffle = false,
                                         .sample_weight = weights,
                                         .seed = 1,
                                         .subset = subset});
    ASSERT_EQ(stream.samples(), subset == Subset::kTraining ? 7U : 3U);
    const Batch& batch = stream.next();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch.x.row(i)[0], static_cast<float>(first + i));
      EXPECT_EQ(batch.y[i], y[first + i]);
      EXPECT_EQ(batch.sample_weight[i], weights[first + i]);
    }
  }
}

TEST(ArrayFlowTest, SubsetsWithOtherLabelsAreRefusedUnlessIgnored) {
  const ImageDataGenerator generator({.validation_split = 0.5});
  const Tensor y = column({0, 0, 0, 0, 0, 1, 1, 1, 1, 1});
  EXPECT_THAT(
      test::message_of([&] { (void)generator.flow(numbered(), y, {.subset = Subset::kTraining}); }),
      HasSubstr("different labels"));
  EXPECT_EQ(generator.flow(numbered(), y, {.ignore_class_split = true, .subset = Subset::kTraining})
                .samples(),
            5U);
}

TEST(ArrayFlowTest, WrongShapesAreNamed) {
  const ImageDataGenerator generator;
  const auto refusal = [&](Tensor x, Tensor y, ArrayFlowOptions options) {
    return test::message_of(
        [&] { (void)generator.flow(std::move(x), std::move(y), std::move(options)); });
  };
  EXPECT_THAT(refusal(Tensor({3, 3}), {}, {}), HasSubstr("N x H x W x C"));
  EXPECT_THAT(refusal(Tensor({3, 2, 2, 2}), {}, {}), HasSubstr("1, 3 or 4 channels"));
  EXPECT_THAT(refusal(numbered(), column({1, 2}), {}), HasSubstr("as many labels as images"));
  EXPECT_THAT(refusal(numbered(), {}, {.sample_weight = column({1, 2})}),
              HasSubstr("as many sample weights as images"));
  EXPECT_THAT(refusal(numbered(), {}, {.sample_weight = Tensor({10, 2})}),
              HasSubstr("one number per image"));
  EXPECT_THAT(refusal(numbered(), {}, {.subset = Subset::kTraining}),
              HasSubstr("needs a validation_split"));
}

TEST(ArrayFlowTest, ChannelsFirstGoesInAndOut) {
  Tensor x({2, 3, 2, 2});
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  const ImageDataGenerator generator({.data_format = DataFormat::kChannelsFirst});
  BatchStream stream = generator.flow(x, {}, {.shuffle = false});
  EXPECT_EQ(stream.image_shape(), (Shape{3, 2, 2}));
  const Batch& batch = stream.next();
  EXPECT_EQ(batch.x.shape(), x.shape());
  EXPECT_THAT(batch.x.values(), testing::ElementsAreArray(x.values()));
}

TEST(ImageDataGeneratorTest, OneImageGoesThroughWhatBatchesGoThrough) {
  for (const DataFormat format : {DataFormat::kChannelsLast, DataFormat::kChannelsFirst}) {
    ImageDataGeneratorOptions options{.rotation_range = 30.0,
                                      .zoom_range = 0.3,
                                      .horizontal_flip = true,
                                      .rescale = 1.0 / 255,
                                      .data_format = format};
    options.contrast_range = {0.5, 1.5};
    const ImageDataGenerator generator(options);
    Tensor x({1, 6, 6, 3});
    if (format == DataFormat::kChannelsFirst) x = Tensor({1, 3, 6, 6});
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 256);
    const Batch batch = generator.flow(x, {}, {.shuffle = false, .seed = 9}).next();
    Shape one = x.shape();
    one.erase(one.begin());
    const Tensor image(one, x.row(0));
    // A stream's first batch of one image draws what the seed draws.
    EXPECT_EQ(generator.get_random_transform(6, 6, 9), batch.parameters[0]);
    const Tensor by_seed = generator.standardize(generator.random_transform(image, 9));
    const Tensor by_parameters =
        generator.standardize(generator.apply_transform(image, batch.parameters[0]));
    EXPECT_THAT(by_seed.values(), testing::ElementsAreArray(batch.x.row(0)));
    EXPECT_THAT(by_parameters.values(), testing::ElementsAreArray(batch.x.row(0)));
    EXPECT_EQ(by_seed.shape(), one);
  }
  EXPECT_THAT(test::message_of([] {
                (void)ImageDataGenerator().standardize(Tensor({2, 2}));
              }),
              HasSubstr("three dimensions"));
}

TEST(ImageDataGeneratorTest, FitOfADirectoryIsFitOfItsImages) {
  for (const bool whitening : {false, true}) {
    ImageDataGeneratorOptions options{.zca_epsilon = 0.1, .rescale = 1.0 / 255};
    options.zca_whitening = whitening;
    options.featurewise_std_normalization = !whitening;
    const FlowOptions flow{.target_size = {9, 9},
                           .color_mode = ColorMode::kGrayscale,
                           .batch_size = 16,
                           .interpolation = Interpolation::kBilinear};
    Tensor x({70, 9, 9, 1});
    FlowOptions ordered = flow;
    ordered.shuffle = false;
    std::size_t at = 0;
    BatchStream images = ImageDataGenerator().flow_from_directory(kDigits, ordered);
    for (const Batch& batch : images.epoch()) {
      std::copy(batch.x.values().begin(), batch.x.values().end(), x.data() + at);
      at += batch.x.size();
    }
    ImageDataGenerator in_memory(options);
    in_memory.fit(x);
    ImageDataGenerator streamed(options);
    streamed.fit_from_directory(kDigits, flow);
    const auto equal = [](const Tensor& a, const Tensor& b) {
      ASSERT_EQ(a.shape(), b.shape());
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_NEAR(a[i], b[i], 1e-4 * (1 + std::abs(b[i])));
    };
    equal(streamed.statistics().mean, in_memory.statistics().mean);
    equal(streamed.statistics().deviation, in_memory.statistics().deviation);
    equal(streamed.statistics().whitening, in_memory.statistics().whitening);
    EXPECT_FALSE(streamed.statistics().mean.empty());

    // Flows made afterwards use it, and so does a generator that is given it.
    ImageDataGenerator given(options);
    given.set_statistics(streamed.statistics());
    BatchStream a = streamed.flow_from_directory(kDigits, ordered);
    BatchStream b = given.flow_from_directory(kDigits, ordered);
    const Batch& batch = a.next();
    EXPECT_THAT(b.next().x.values(), testing::ElementsAreArray(batch.x.values()));
  }
}

TEST(ImageDataGeneratorTest, FitOfADirectoryMayBeAugmented) {
  const FlowOptions flow{
      .target_size = {28, 28}, .color_mode = ColorMode::kGrayscale, .batch_size = 16, .seed = 3};
  ImageDataGeneratorOptions options{.featurewise_center = true, .fill_mode = FillMode::kConstant};
  options.zoom_range = {2.0, 2.0};  // A quarter of the image, zeros around it.
  ImageDataGenerator generator(options);
  generator.fit_from_directory(kDigits, flow);
  const float plain = generator.statistics().mean[0];
  generator.fit_from_directory(kDigits, flow, {.augment = true, .rounds = 2});
  EXPECT_NEAR(generator.statistics().mean[0], plain / 4.0F, plain / 50.0F);
}

TEST(ImageDataGeneratorTest, FitOfADirectoryLeavesBlackStandInsOut) {
  const test::TemporaryDirectory directory;
  const std::vector<std::string> files = test::copy_files(kDigits, directory.path());
  FlowOptions flow{.target_size = {28, 28}, .color_mode = ColorMode::kGrayscale};
  write_file(files[0], "text");
  flow.on_bad_file = OnBadFile::kZero;
  ImageDataGenerator generator(ImageDataGeneratorOptions{.featurewise_center = true});
  generator.fit_from_directory(directory.path(), flow);
  flow.on_bad_file = OnBadFile::kSkip;
  ImageDataGenerator skipping(ImageDataGeneratorOptions{.featurewise_center = true});
  skipping.fit_from_directory(directory.path(), flow);
  EXPECT_EQ(generator.statistics().mean[0], skipping.statistics().mean[0]);
}

TEST(ImageDataGeneratorTest, StepsWithoutStatisticsAreToldInNotices) {
  const ImageDataGenerator generator(ImageDataGeneratorOptions{.zca_whitening = true});
  BatchStream stream = generator.flow_from_directory(kDigits, {.target_size = {8, 8}});
  EXPECT_THAT(stream.notices(), ElementsAre(HasSubstr("zca_whitening turns featurewise_center on"),
                                            HasSubstr("featurewise_center is left out"),
                                            HasSubstr("zca_whitening is left out")));
}

}  // namespace
}  // namespace folio
