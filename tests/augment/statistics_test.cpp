#include <folio/augment/standardize.h>
#include <folio/augment/statistics.h>
#include <folio/augment/transform.h>
#include <folio/datasets/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core/mat.hpp>

#include "message_of.h"

namespace folio {
namespace {

/// `count` images of 2 x 2 x `channels` with values that have nothing in common.
Tensor images(std::int64_t count, std::int64_t channels = 1) {
  Tensor x({count, 2, 2, channels});
  NumpyRandom random(11);
  for (float& value : x.values()) value = static_cast<float>(random.uniform(0.0, 255.0));
  return x;
}

TEST(FeatureAccumulatorTest, MeanAndDeviationArePerChannel) {
  FeatureAccumulator accumulator({.featurewise_std_normalization = true});
  accumulator.add(std::vector<float>{1, 10, 3, 10}, 2);
  accumulator.add(std::vector<float>{5, 30, 7, 30}, 2);
  const FeatureStatistics found = accumulator.result();
  EXPECT_THAT(found.mean.values(), testing::ElementsAre(4, 20));
  EXPECT_THAT(found.deviation.values(),
              testing::Pointwise(testing::FloatNear(1e-6), {std::sqrt(5.0F), 10.0F}));
  EXPECT_TRUE(found.whitening.empty());
}

TEST(FeatureAccumulatorTest, WhitenedImagesHaveUnitCovariance) {
  const Tensor x = images(200);
  const ImageDataGeneratorOptions options{.zca_whitening = true};
  const Standardizer standardizer(options, fit_statistics(options, x));
  std::vector<double> products(16, 0.0);
  for (std::size_t n = 0; n < 200; ++n) {
    std::vector<float> image(x.row(n).begin(), x.row(n).end());
    standardizer.apply(image, 2, 2, 1);
    for (std::size_t i = 0; i < 16; ++i) products[i] += image[i / 4] * image[i % 4] / 200.0;
  }
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(products[i], i % 5 == 0 ? 1.0 : 0.0, 1e-4);
}

TEST(FeatureAccumulatorTest, KerasExampleOfFiveSamples) {
  Tensor x({5, 1, 2, 1}, std::vector<float>{.4170F, .7203F, .0001F, .3023F, .1468F, .0923F, .1863F,
                                            .3456F, .3968F, .5388F});
  const FeatureStatistics found = fit_statistics({.zca_whitening = true}, x);
  EXPECT_NEAR(found.mean[0], .3146, 1e-4);
  EXPECT_THAT(found.whitening.values(),
              testing::Pointwise(testing::FloatNear(2e-3), {6.1749F, -1.3403F, -1.3403F, 4.7327F}));
}

TEST(FeatureAccumulatorTest, FewerImagesThanValuesWhitenWhatTheySpan) {
  // Two images of four values: their difference is the one direction there is.
  const FeatureStatistics found = fit_statistics({.zca_whitening = true}, images(2));
  for (const float value : found.whitening.values()) EXPECT_TRUE(std::isfinite(value));
}

TEST(FeatureAccumulatorTest, RefusesWhatItCannotHold) {
  FeatureAccumulator whitening({.zca_whitening = true});
  EXPECT_THAT(test::message_of([&] { whitening.add(std::vector<float>(224 * 224 * 3), 3); }),
              testing::HasSubstr("D = 150528"));
  FeatureAccumulator mean({.featurewise_center = true});
  EXPECT_THAT(test::message_of([&] { (void)mean.result(); }),
              testing::HasSubstr("at least one image"));
  mean.add(std::vector<float>(4), 1);
  EXPECT_THAT(test::message_of([&] { mean.add(std::vector<float>(6), 1); }),
              testing::HasSubstr("one size"));
  EXPECT_THAT(test::message_of([] { StatisticsOptions{.rounds = 0}.validate(); }),
              testing::HasSubstr("rounds must be positive, got 0"));
}

TEST(FitStatisticsTest, AugmentedImagesAreThoseOfTheSeedRoundAfterRound) {
  const Tensor x = images(3);
  const ImageDataGeneratorOptions options{
      .featurewise_center = true, .width_shift_range = 0.6, .rescale = 0.5};
  const FeatureStatistics found =
      fit_statistics(options, x, {.augment = true, .rounds = 2, .seed = 7});
  NumpyRandom random(7);
  double sum = 0.0;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < 3; ++i) {
      Tensor image({2, 2, 1}, x.row(i));
      for (float& value : image.values()) value *= 0.5F;
      std::vector<float> augmented(4);
      apply_transform(options, draw_transform(options, 2, 2, random), image.image(0), augmented);
      for (const float value : augmented) sum += value;
    }
  }
  EXPECT_NEAR(found.mean[0], sum / 24.0, 1e-4);
  EXPECT_EQ(found.mean[0],
            fit_statistics(options, x, {.augment = true, .rounds = 2, .seed = 7}).mean[0]);
  EXPECT_NE(found.mean[0],
            fit_statistics(options, x, {.augment = true, .rounds = 2, .seed = 8}).mean[0]);
}

}  // namespace
}  // namespace folio
