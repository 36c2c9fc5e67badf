#include "loss.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace folio::internal {
namespace {

constexpr std::array<float, 6> kTargets{0, 1, 0, 0, 0, 1};
constexpr std::array<float, 6> kOutputs{0.05F, 0.95F, 0.0F, 0.1F, 0.8F, 0.1F};

LossSums golden(const CrossEntropy& loss, const float* targets, const float* outputs,
                const float* weights, float* gradient = nullptr) {
  return loss.compute({outputs, targets, weights, 2, 3}, 0.5F, gradient);
}

TEST(CrossEntropyTest, MatchesKerasOnProbabilities) {
  const CrossEntropy loss("categorical_crossentropy", false);
  const LossSums sums = golden(loss, kTargets.data(), kOutputs.data(), nullptr);
  EXPECT_NEAR(sums.loss / 2, 1.176939, 1e-6);
  EXPECT_EQ(sums.correct, 1U);
}

TEST(CrossEntropyTest, NormalisesProbabilities) {
  std::array<float, 6> twice = kOutputs;
  for (float& value : twice) value *= 2.0F;
  const CrossEntropy loss("categorical_crossentropy", false);
  EXPECT_NEAR(golden(loss, kTargets.data(), twice.data(), nullptr).loss / 2, 1.176939, 1e-6);
}

TEST(CrossEntropyTest, MatchesKerasOnScores) {
  const CrossEntropy loss("categorical_crossentropy", true);
  EXPECT_NEAR(golden(loss, kTargets.data(), kOutputs.data(), nullptr).loss / 2, 0.986895, 1e-6);
}

TEST(CrossEntropyTest, WeightsSamples) {
  const std::array<float, 2> weights{0.3F, 0.7F};
  const CrossEntropy loss("categorical_crossentropy", false);
  EXPECT_NEAR(golden(loss, kTargets.data(), kOutputs.data(), weights.data()).loss / 2, 0.813599,
              1e-6);
}

TEST(CrossEntropyTest, SparseLabelsSayTheSame) {
  const std::array<float, 2> labels{1, 2};
  const CrossEntropy loss("sparse_categorical_crossentropy", false);
  EXPECT_NEAR(golden(loss, labels.data(), kOutputs.data(), nullptr).loss / 2, 1.176939, 1e-6);
}

TEST(CrossEntropyTest, ClipsWhereNothingIsLeft) {
  const std::array<float, 6> certain{1, 0, 0, 1, 0, 0};
  const CrossEntropy loss("categorical_crossentropy", false);
  EXPECT_NEAR(golden(loss, kTargets.data(), certain.data(), nullptr).loss / 2, -std::log(1e-7),
              1e-6);
}

TEST(CrossEntropyTest, GradientsMatchDifferences) {
  for (const bool scores : {false, true}) {
    const CrossEntropy loss("categorical_crossentropy", scores);
    std::array<float, 6> outputs{0.3F, 0.5F, 0.2F, 0.1F, 0.7F, 0.4F};
    std::array<float, 6> gradient{};
    golden(loss, kTargets.data(), outputs.data(), nullptr, gradient.data());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const float value = outputs[i];
      constexpr float kStep = 1e-3F;
      outputs[i] = value + kStep;
      const double above = golden(loss, kTargets.data(), outputs.data(), nullptr).loss;
      outputs[i] = value - kStep;
      const double below = golden(loss, kTargets.data(), outputs.data(), nullptr).loss;
      outputs[i] = value;
      EXPECT_NEAR(gradient[i], 0.5 * (above - below) / (2 * kStep), 1e-3) << scores << " " << i;
    }
  }
}

}  // namespace
}  // namespace folio::internal
