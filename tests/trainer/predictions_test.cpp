#include <folio/trainer/predictions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"

namespace folio {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

const Tensor& rows() {
  static const Tensor outputs({2, 3}, std::vector<float>{.1F, .7F, .2F, .4F, .2F, .4F});
  return outputs;
}

TEST(PredictionsTest, ArgmaxTakesTheFirstOfEquals) {
  EXPECT_THAT(argmax(rows()), ElementsAre(1, 0));
  EXPECT_THAT(message_of([] { argmax(Tensor({3})); }), HasSubstr("(3,)"));
}

TEST(PredictionsTest, ThresholdIsStrict) {
  const std::vector<float> values{.5F, .51F, .2F};
  EXPECT_THAT(threshold(Tensor({3, 1}, values)), ElementsAre(0, 1, 0));
  EXPECT_THAT(threshold(Tensor({3}, values), 0.1), ElementsAre(1, 1, 1));
  EXPECT_THAT(message_of([] { threshold(rows()); }), HasSubstr("(2, 3)"));
}

TEST(PredictionsTest, TopKNamesTheLikeliestFirst) {
  const auto ranked = top_k(rows(), 2, {"a", "b", "c"});
  ASSERT_EQ(ranked.size(), 2U);
  EXPECT_EQ(ranked[0][0].name, "b");
  EXPECT_FLOAT_EQ(ranked[0][0].probability, .7F);
  EXPECT_EQ(ranked[0][1].name, "c");
  EXPECT_EQ(ranked[1][0].label, 0);
  EXPECT_EQ(ranked[1][1].label, 2);
  EXPECT_EQ(top_k(rows(), 9, {"a", "b", "c"})[0].size(), 3U);
  EXPECT_THAT(message_of([] { top_k(rows(), 1, {"a"}); }), HasSubstr("1 class names for 3"));
}

}  // namespace
}  // namespace folio
