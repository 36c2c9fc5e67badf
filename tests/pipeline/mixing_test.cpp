// Mixup and cutmix in whole batches.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "digits.h"
#include "folder_copy.h"
#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::kDigits;
using test::small_flow;

ImageDataGeneratorOptions rotating() { return {.rotation_range = 20.0, .rescale = 1.0 / 255}; }

ImageDataGeneratorOptions mixing(double mixup, double cutmix) {
  ImageDataGeneratorOptions options = rotating();
  options.mixup_alpha = mixup;
  options.cutmix_alpha = cutmix;
  return options;
}

TEST(MixingTest, ImagesAndLabelsAreThoseOfKerasBatchMixed) {
  for (const auto& [mixup, cutmix] : {std::pair{0.4, 0.0}, std::pair{0.0, 1.0}}) {
    BatchStream plain = ImageDataGenerator(rotating()).flow_from_directory(kDigits, small_flow());
    BatchStream mixed =
        ImageDataGenerator(mixing(mixup, cutmix)).flow_from_directory(kDigits, small_flow());
    for (int k = 0; k < 6; ++k) {
      const Batch& expected = plain.next();
      const Batch& batch = mixed.next();
      ASSERT_EQ(batch.indices, expected.indices);
      for (std::size_t at = 0; at < batch.size(); ++at) {
        const Mix& mix = *batch.parameters[at].mix;
        TransformParameters drawn = batch.parameters[at];
        drawn.mix.reset();
        ASSERT_EQ(drawn, expected.parameters[at]);
        std::vector<float> image(expected.x.row(at).begin(), expected.x.row(at).end());
        mix_images(mix, 28, 1, expected.x.row(mix.partner), image);
        EXPECT_THAT(batch.x.row(at), testing::ElementsAreArray(image));
        for (std::size_t c = 0; c < batch.y.row(at).size(); ++c) {
          EXPECT_NEAR(batch.y.row(at)[c],
                      (1.0 - mix.share) * expected.y.row(at)[c] +
                          mix.share * expected.y.row(mix.partner)[c],
                      1e-6);
        }
      }
    }
  }
}

TEST(MixingTest, DoesNotDependOnThreadsOrChannelOrder) {
  const auto take = [](const ImageDataGeneratorOptions& options) {
    FlowOptions flow = small_flow();
    flow.color_mode = ColorMode::kRgb;
    BatchStream stream = ImageDataGenerator(options).flow_from_directory(kDigits, flow);
    std::vector<float> values;
    for (int k = 0; k < 10; ++k) {
      const Batch& batch = stream.next();
      values.insert(values.end(), batch.x.values().begin(), batch.x.values().end());
      values.insert(values.end(), batch.y.values().begin(), batch.y.values().end());
    }
    return values;
  };
  set_threads(1);
  const auto expected = take(mixing(0.3, 0.8));
  set_threads(4);
  EXPECT_EQ(take(mixing(0.3, 0.8)), expected);
  set_threads(0);
  // Grey images in three channels: planes hold what interleaved channels do.
  ImageDataGeneratorOptions planes = mixing(0.3, 0.8);
  planes.data_format = DataFormat::kChannelsFirst;
  auto sorted = take(planes);
  auto expected_sorted = expected;
  std::sort(sorted.begin(), sorted.end());
  std::sort(expected_sorted.begin(), expected_sorted.end());
  EXPECT_EQ(sorted, expected_sorted);
}

TEST(MixingTest, PositionsAsLabelsAreRefusedAndNoLabelsAreNot) {
  FlowOptions flow = small_flow();
  flow.class_mode = ClassMode::kSparse;
  const ImageDataGenerator generator(mixing(0.4, 0.0));
  EXPECT_THAT(test::message_of([&] { (void)generator.flow_from_directory(kDigits, flow); }),
              testing::AllOf(testing::HasSubstr("mixup_alpha"), testing::HasSubstr("sparse"),
                             testing::HasSubstr("categorical")));
  flow.augment = false;  // Nothing is mixed then.
  EXPECT_FALSE(generator.flow_from_directory(kDigits, flow).next().parameters[0].mix);
  flow.augment = true;
  flow.class_mode = ClassMode::kNone;
  BatchStream unlabelled = generator.flow_from_directory(kDigits, flow);
  EXPECT_TRUE(unlabelled.next().y.empty());
  flow.class_mode = ClassMode::kInput;
  BatchStream inputs = generator.flow_from_directory(kDigits, flow);
  const Batch& batch = inputs.next();
  EXPECT_THAT(batch.y.values(), testing::ElementsAreArray(batch.x.values()));
}

TEST(MixingTest, BadFilesAreNobodysPartners) {
  const test::TemporaryDirectory directory;
  for (const std::string& file : test::copy_files(kDigits, directory.path())) {
    if (file.find("/3/") != std::string::npos) write_file(file, "text");
  }
  FlowOptions flow = small_flow();
  flow.on_bad_file = OnBadFile::kZero;
  BatchStream stream =
      ImageDataGenerator(mixing(0.4, 0.0)).flow_from_directory(directory.path(), flow);
  std::size_t bad = 0;
  for (const Batch& batch : stream.epoch()) {
    for (std::size_t at = 0; at < batch.size(); ++at) {
      if (batch.files[at][0] == '3') {
        ++bad;
        EXPECT_EQ(batch.sample_weight[at], 0.0F);
        EXPECT_FALSE(batch.parameters[at].mix);
        EXPECT_THAT(batch.x.row(at), testing::Each(0.0F));
      } else {
        EXPECT_EQ(batch.sample_weight[at], 1.0F);
        EXPECT_EQ(batch.y.row(at)[3], 0.0F);
      }
    }
  }
  EXPECT_GT(bad, 0U);
}

}  // namespace
}  // namespace folio
