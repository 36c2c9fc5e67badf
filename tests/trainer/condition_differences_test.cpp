#include "condition_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace folio::internal {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string network(const std::string& layers) {
  return R"({"class_name": "Sequential", "config": {"layers": [)" + layers + "]}}";
}

TEST(ConditionDifferencesTest, AreInWords) {
  EXPECT_EQ(condition_differences({{"seed", "1"}}, {{"seed", "1"}}), "");
  EXPECT_EQ(
      condition_differences({{"batch_size", "16"}, {"zoom", "0.1"}},
                            {{"batch_size", "8"}, {"shear", "0.2"}}),
      "batch_size is 16, it was 8; shear is not set, it was 0.2; zoom is 0.1, it was not set");
}

TEST(ConditionDifferencesTest, ChecksumsAreNotShown) {
  EXPECT_EQ(condition_differences({{"checksum of the list of files", "17"}},
                                  {{"checksum of the list of files", "18"}}),
            "the list of files is another one");
}

TEST(ConditionDifferencesTest, LayersAreNamed) {
  const std::string dense = R"({"class_name": "Dense", "config": {"name": "d", "units": 10}})";
  const std::string wider = R"({"class_name": "Dense", "config": {"name": "d", "units": 20}})";
  const std::string flat = R"({"class_name": "Flatten", "config": {"name": "f"}})";
  const std::string drop = R"({"class_name": "Dropout", "config": {"name": "p", "rate": 0.5}})";
  const std::string other = R"({"class_name": "ReLU", "config": {"name": "f"}})";
  const auto differences = [](const std::string& now, const std::string& then) {
    return condition_differences({{"architecture", network(now)}},
                                 {{"architecture", network(then)}});
  };
  EXPECT_EQ(differences(wider, dense), "layer 'd': units is 20, it was 10");
  EXPECT_EQ(differences(flat + "," + drop, flat + "," + dense),
            "layer 'p' is new; layer 'd' is missing");
  EXPECT_EQ(differences(other, flat), "layer 'f' is \"ReLU\", it was \"Flatten\"");
  EXPECT_THAT(differences(dense + "," + flat, flat + "," + dense), HasSubstr("it was ["));
}

TEST(ConditionDifferencesTest, ArgumentsOfOptimizersAreNamed) {
  const auto adam = [](const char* rate) {
    return std::string(R"({"class_name": "Adam", "config": {"learning_rate": )") + rate + "}}";
  };
  EXPECT_EQ(condition_differences({{"optimizer", adam("0.1")}}, {{"optimizer", adam("0.2")}}),
            "optimizer: learning_rate is 0.1, it was 0.2");
  EXPECT_EQ(condition_differences({{"optimizer", R"({"class_name": "SGD", "config": {}})"}},
                                  {{"optimizer", adam("0.2")}}),
            "optimizer is \"SGD\", it was \"Adam\"");
}

TEST(ConditionDifferencesTest, ClassesAreNamed) {
  EXPECT_EQ(
      condition_differences({{"classes", R"(["cat", "dog"])"}}, {{"classes", R"(["cat", "cow"])"}}),
      "'dog' is new; 'cow' is missing");
}

TEST(ConditionDifferencesTest, LongListsAreCut) {
  std::map<std::string, std::string> now, then;
  for (char name = 'a'; name <= 'z'; ++name) {
    now[std::string(1, name)] = "1";
    then[std::string(1, name)] = "2";
  }
  EXPECT_THAT(
      condition_differences(now, then),
      AllOf(HasSubstr("j is 1, it was 2; and 16 differences more"), Not(HasSubstr("k is"))));
}

}  // namespace
}  // namespace folio::internal
