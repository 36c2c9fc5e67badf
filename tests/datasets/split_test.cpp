#include <folio/datasets/split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "reference_data.h"

namespace folio {
namespace {

SampleList list_of(const std::vector<std::size_t>& per_class) {
  SampleList list;
  for (std::size_t label = 0; label < per_class.size(); ++label) {
    list.class_names.push_back(std::to_string(label));
    for (std::size_t i = 0; i < per_class[label]; ++i) {
      list.samples.push_back({std::to_string(i), static_cast<int>(label), 1.0F});
    }
  }
  return list;
}

TEST(SplitByClassTest, CountsAreKeras) {
  const nlohmann::json reference = test::read_json("datasets/split.json");
  const auto& cases = reference.is_array() ? reference : reference["cases"];
  ASSERT_GE(cases.size(), 9U);
  for (const auto& entry : cases) {
    const SampleList list = list_of(entry["per_class"]);
    const double share = entry["validation_split"];
    EXPECT_EQ(split_by_class(list, share, SplitPart::kTraining).size(), entry["training"]);
    EXPECT_EQ(split_by_class(list, share, SplitPart::kValidation).size(), entry["validation"]);
  }
}

TEST(SplitByClassTest, FirstFilesOfEachClassValidate) {
  const SampleList list = list_of({5, 3, 1});
  const SampleList validation = split_by_class(list, 0.4, SplitPart::kValidation);
  const SampleList training = split_by_class(list, 0.4, SplitPart::kTraining);
  ASSERT_EQ(validation.size(), 3U);
  EXPECT_EQ(validation.samples[1].path, "1");
  EXPECT_EQ(validation.samples[2].label, 1);
  EXPECT_EQ(training.samples[0].path, "2");
  EXPECT_EQ(validation.class_names.size(), 3U);
}

TEST(SplitByClassTest, SharesOutsideZeroToOneAreRefused) {
  for (const double share : {0.0, 1.0, 1.5, -0.1}) {
    EXPECT_THAT(
        test::message_of([&] { split_by_class(list_of({3}), share, SplitPart::kTraining); }),
        testing::HasSubstr("strictly between 0 and 1"));
  }
}

}  // namespace
}  // namespace folio
