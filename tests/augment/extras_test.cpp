// The transforms that Keras does not have.
#include <folio/augment/transform.h>
#include <folio/datasets/error.h>
#include <folio/datasets/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <opencv2/core/mat.hpp>

namespace folio {
namespace {

using testing::ElementsAre;

std::vector<float> applied(const TransformParameters& parameters, Shape shape,
                           const std::vector<float>& values,
                           const ImageDataGeneratorOptions& options = {}) {
  const Tensor image(std::move(shape), values);
  std::vector<float> output(values.size());
  apply_transform(options, parameters, image.image(0), output);
  return output;
}

TransformParameters drawn_extras(const ImageDataGeneratorOptions& options, int height, int width,
                                 std::uint32_t seed) {
  NumpyRandom random(seed);
  TransformParameters drawn;
  draw_extras(options, height, width, random, drawn);
  return drawn;
}

TEST(ExtrasTest, DrawNothingWhenTheyAreOff) {
  NumpyRandom random(5);
  TransformParameters drawn;
  draw_extras({}, 8, 8, random, drawn);
  std::vector<TransformParameters> batch(3);
  draw_mixes({}, 8, 8, random, batch);
  EXPECT_EQ(random.random(), NumpyRandom(5).random());
  EXPECT_EQ(drawn, TransformParameters());
}

TEST(ExtrasTest, ContrastMovesLevelsFromTheirMean) {
  EXPECT_THAT(applied({.contrast = 0.5}, {1, 3, 1}, {0, 100, 200}), ElementsAre(50, 100, 150));
  EXPECT_THAT(applied({.contrast = 2.0}, {1, 3, 1}, {0, 100, 200}), ElementsAre(0, 100, 255));
  // Of colours, the mean of the luminance: 0.299 * 100.
  EXPECT_THAT(applied({.contrast = 0.0}, {1, 1, 3}, {100, 0, 0}),
              testing::Each(testing::FloatNear(29.9F, 1e-4)));
}

TEST(ExtrasTest, SaturationZeroIsGreyAndAlphaStays) {
  EXPECT_THAT(applied({.saturation = 0.0}, {1, 1, 4}, {100, 0, 0, 77}),
              testing::Pointwise(testing::FloatNear(1e-4), {29.9F, 29.9F, 29.9F, 77.0F}));
  EXPECT_THAT(applied({.saturation = 0.3}, {1, 2, 1}, {100, 7}), ElementsAre(100, 7));
}

TEST(ExtrasTest, HueTurnsColoursAndLeavesGreys) {
  EXPECT_THAT(applied({.hue = 120.0}, {1, 2, 3}, {200, 0, 0, 90, 90, 90}),
              testing::Pointwise(testing::FloatNear(1e-3), {0.F, 200.F, 0.F, 90.F, 90.F, 90.F}));
  EXPECT_THAT(applied({.hue = -120.0}, {1, 1, 4}, {200, 0, 0, 9}),
              testing::Pointwise(testing::FloatNear(1e-3), {0.F, 0.F, 200.F, 9.F}));
}

TEST(ExtrasTest, ErasingPaintsTheRectangleOnly) {
  EXPECT_THAT(applied({.erase = PixelRectangle{.top = 1, .left = 1, .height = 1, .width = 2}},
                      {3, 3, 1}, std::vector<float>(9, 5.0F), {.random_erase = {.value = 9.0}}),
              ElementsAre(5, 5, 5, 5, 9, 9, 5, 5, 5));
}

TEST(ExtrasTest, ErasedRectanglesKeepToProbabilityAreaAndImage) {
  const ImageDataGeneratorOptions options{
      .random_erase = {.probability = 0.25, .area = {0.1, 0.2}, .ratio = {0.5, 2.0}}};
  int erased = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const TransformParameters drawn = drawn_extras(options, 40, 60, seed);
    if (!drawn.erase) continue;
    ++erased;
    const PixelRectangle& area = *drawn.erase;
    EXPECT_GE(area.top, 0);
    EXPECT_LE(area.top + area.height, 40);
    EXPECT_GE(area.left, 0);
    EXPECT_LE(area.left + area.width, 60);
    const double share = area.height * area.width / 2400.0;
    EXPECT_GT(share, 0.09);
    EXPECT_LT(share, 0.22);
  }
  EXPECT_NEAR(erased, 500, 80);
  // Whatever is asked for stays in the image.
  const ImageDataGeneratorOptions extreme{
      .random_erase = {.probability = 1.0, .area = {1.0, 1.0}, .ratio = {1e-300, 1e300}}};
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const PixelRectangle area = *drawn_extras(extreme, 1, 3, seed).erase;
    EXPECT_LE(area.top + area.height, 1);
    EXPECT_LE(area.left + area.width, 3);
  }
}

TEST(ExtrasTest, MixesPairEverySampleOnceWithOneShare) {
  std::vector<TransformParameters> batch(7);
  NumpyRandom random(3);
  draw_mixes({.mixup_alpha = 0.4}, 8, 8, random, batch);
  std::vector<std::size_t> partners;
  for (const TransformParameters& parameters : batch) {
    ASSERT_TRUE(parameters.mix);
    EXPECT_FALSE(parameters.mix->pasted);
    EXPECT_EQ(parameters.mix->share, batch[0].mix->share);
    partners.push_back(parameters.mix->partner);
  }
  EXPECT_THAT(partners, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST(ExtrasTest, CutmixLabelsFollowThePixels) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    std::vector<TransformParameters> batch(2);
    NumpyRandom random(seed);
    draw_mixes({.cutmix_alpha = 1.0}, 10, 6, random, batch);
    const PixelRectangle area = *batch[0].mix->pasted;
    EXPECT_DOUBLE_EQ(batch[0].mix->share, area.height * area.width / 60.0);
    EXPECT_LE(area.top + area.height, 10);
    EXPECT_LE(area.left + area.width, 6);
  }
}

TEST(ExtrasTest, SharesAreBetaDistributed) {
  for (const double alpha : {0.2, 1.0}) {
    double sum = 0.0;
    double squares = 0.0;
    constexpr int kDraws = 4000;
    for (std::uint32_t seed = 0; seed < kDraws; ++seed) {
      std::vector<TransformParameters> batch(1);
      NumpyRandom random(seed);
      draw_mixes({.mixup_alpha = alpha}, 4, 4, random, batch);
      sum += batch[0].mix->share;
      squares += batch[0].mix->share * batch[0].mix->share;
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, 0.5, 0.02);
    // Var Beta(a, a) = 1 / (4 (2 a + 1)).
    EXPECT_NEAR(squares / kDraws - mean * mean, 1.0 / (4.0 * (2.0 * alpha + 1.0)), 0.01);
  }
}

TEST(ExtrasTest, TheSmallestAlphaEndsToo) {
  std::vector<TransformParameters> batch(2);
  NumpyRandom random(1);
  draw_mixes({.mixup_alpha = 1e-300}, 4, 4, random, batch);
  EXPECT_TRUE(batch[0].mix->share == 0.0 || batch[0].mix->share == 1.0);
}

TEST(ExtrasTest, ImagesAreBlendedOrPasted) {
  const std::vector<float> partner{10, 20, 30, 40};
  std::vector<float> mixed{0, 0, 10, 20};
  mix_images({.share = 0.5}, 2, 1, partner, mixed);
  EXPECT_THAT(mixed, ElementsAre(5, 10, 20, 30));
  mixed = {1, 2, 3, 4};
  mix_images({.pasted = PixelRectangle{.top = 1, .left = 0, .height = 1, .width = 1}}, 2, 1,
             partner, mixed);
  EXPECT_THAT(mixed, ElementsAre(1, 2, 30, 4));
}

TEST(ExtrasTest, RefusalsNameArgumentAndValue) {
  const auto refusal = [](const ImageDataGeneratorOptions& options) {
    try {
      options.validate();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal({.contrast_range = {{-0.5, 1.0}}}),
            "contrast_range must be two factors of at least 0, got -0.5");
  EXPECT_EQ(refusal({.saturation_range = {{0.5, -1.0}}}),
            "saturation_range must be two factors of at least 0, got -1");
  EXPECT_EQ(refusal({.random_erase = {.probability = 2.0}}),
            "random_erase probability must be in [0, 1], got 2");
  EXPECT_EQ(refusal({.random_erase = {.ratio = {0.0, 1.0}}}),
            "random_erase ratio must be greater than 0, got 0");
  EXPECT_EQ(refusal({.mixup_alpha = 1.5}), "mixup_alpha must be in [0, 1], got 1.5");
  EXPECT_EQ(refusal({.cutmix_alpha = -1.0}), "cutmix_alpha must be in [0, 1], got -1");
}

}  // namespace
}  // namespace folio
