#include <folio/augment/standardize.h>
#include <folio/datasets/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core/mat.hpp>

#include "keras_options.h"
#include "reference_data.h"

namespace folio {
namespace {

TEST(StandardizerTest, MatchesKerasFitAndStandardize) {
  const nlohmann::json reference = test::read_json("augment/fit.json");
  for (const auto& entry : reference["cases"]) {
    const std::string stem =
        test::data_path("augment/fit/" + std::to_string(entry["id"].get<int>()));
    const Tensor x = read_npy(stem + "_in.npy");
    const Tensor expected = read_npy(stem + "_out.npy");
    const ImageDataGeneratorOptions options = test::keras_options(entry["generator"]);
    const Standardizer standardizer(options, fit_statistics(options, x));
    double largest = 0.0;
    for (const float value : expected.values()) {
      largest = std::max(largest, std::abs(double{value}));
    }
    const Shape& shape = x.shape();
    for (std::size_t i = 0; i < static_cast<std::size_t>(expected.shape()[0]); ++i) {
      std::vector<float> image(x.row(i).begin(), x.row(i).end());
      standardizer.apply(image, static_cast<int>(shape[1]), static_cast<int>(shape[2]),
                         static_cast<int>(shape[3]));
      for (std::size_t k = 0; k < image.size(); ++k) {
        ASSERT_NEAR(image[k], expected.row(i)[k], 1e-4 * largest)
            << entry.dump() << " image " << i << " value " << k;
      }
    }
  }
}

TEST(StandardizerTest, SamplewiseStepsComeAfterRescale) {
  std::vector<float> image{0, 255, 51, 102};
  Standardizer(
      {.samplewise_center = true, .samplewise_std_normalization = true, .rescale = 1.0 / 255})
      .apply(image, 2, 2, 1);
  const std::vector<float> expected{-1.0690F, 1.6036F, -0.5345F, 0};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(image[i], expected[i], 1e-4);
}

TEST(StandardizerTest, PreprocessingComesFirst) {
  std::vector<float> image{1, 2};
  Standardizer(
      {.rescale = 10.0, .preprocessing_function = [](cv::Mat& values) { values = values + 1.0; }})
      .apply(image, 1, 2, 1);
  EXPECT_THAT(image, testing::ElementsAre(20, 30));
}

TEST(StandardizerTest, FeaturewiseStepsWithoutStatisticsAreLeftOutWithAWarning) {
  const Standardizer standardizer({.featurewise_std_normalization = true});
  EXPECT_THAT(standardizer.warnings(),
              testing::ElementsAre(testing::HasSubstr("turns featurewise_center on"),
                                   testing::HasSubstr("featurewise_center is left out"),
                                   testing::HasSubstr("featurewise_std_normalization is left")));
  std::vector<float> image{5};
  standardizer.apply(image, 1, 1, 1);
  EXPECT_EQ(image[0], 5.0F);
}

TEST(StandardizerTest, FitNeedsABatchOfImages) {
  EXPECT_THROW(fit_statistics({.featurewise_center = true}, Tensor({3, 3})), Error);
}

}  // namespace
}  // namespace folio
