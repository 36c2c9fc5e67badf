#include <folio/datasets/file.h>
#include <folio/datasets/split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

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

using testing::ElementsAre;
using testing::HasSubstr;

constexpr SplitPart kEveryPart[] = {SplitPart::kTraining, SplitPart::kValidation, SplitPart::kTest};

/// Files `<class>/<number>.png`.
SampleList files(const std::vector<std::size_t>& per_class) {
  SampleList list = list_of(per_class);
  for (Sample& sample : list.samples) {
    sample.path = std::to_string(sample.label) + "/" + sample.path + ".png";
  }
  return list;
}

std::map<std::string, SplitPart> parts_by_path(const SampleList& list) {
  std::map<std::string, SplitPart> parts;
  for (const Sample& sample : list.samples) parts[sample.path] = sample.part.value();
  return parts;
}

/// Files `<class>/<patient>_<shot>.png`, where a patient is in every class.
SampleList patients(std::size_t count, std::size_t shots) {
  SampleList list{"", {"0", "1"}, {}, {}};
  for (int label = 0; label < 2; ++label) {
    for (std::size_t i = 0; i < count * shots; ++i) {
      list.samples.push_back({std::to_string(label) + "/p" + std::to_string(i / shots) + "_" +
                                  std::to_string(i % shots) + ".png",
                              label, 1.0F});
    }
  }
  return list;
}

void expect_groups_together(const SampleList& list, const std::vector<std::string>& groups) {
  std::map<std::string, SplitPart> known;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const SplitPart part = list.samples[i].part.value();
    EXPECT_EQ(known.emplace(groups[i], part).first->second, part) << groups[i];
  }
}

TEST(AssignPartsTest, KerasRuleTakesTheFirstFilesAndThenThoseForTheTest) {
  const SampleList list = assign_parts(files({10, 4}), {.validation = 0.25, .test = 0.5});
  EXPECT_THAT(part_counts(list, SplitPart::kValidation), ElementsAre(2, 1));
  EXPECT_THAT(part_counts(list, SplitPart::kTest), ElementsAre(5, 2));
  EXPECT_EQ(list.samples[1].part, SplitPart::kValidation);
  EXPECT_EQ(list.samples[2].part, SplitPart::kTest);
  EXPECT_EQ(list.samples[7].part, SplitPart::kTraining);
}

TEST(AssignPartsTest, StratifiedMeetsTheSharesOfEveryClassOnAverage) {
  const SampleList list =
      assign_parts(files({2000, 10000}),
                   {.validation = 0.2, .test = 0.1, .strategy = SplitStrategy::kStratified});
  const auto validation = part_counts(list, SplitPart::kValidation);
  const auto test = part_counts(list, SplitPart::kTest);
  // Four standard deviations of a binomial count.
  EXPECT_NEAR(validation[0], 400, 72);
  EXPECT_NEAR(validation[1], 2000, 160);
  EXPECT_NEAR(test[0], 200, 54);
  EXPECT_NEAR(test[1], 1000, 120);
}

TEST(AssignPartsTest, StratifiedMovesNoFileWhenOthersComeOrGo) {
  const SplitOptions options{
      .validation = 0.3, .test = 0.2, .strategy = SplitStrategy::kStratified, .seed = 4};
  const auto before = parts_by_path(assign_parts(files({50, 60}), options));
  const auto after = parts_by_path(assign_parts(files({90, 75, 40}), options));
  for (const auto& [path, part] : before) EXPECT_EQ(after.at(path), part) << path;
}

TEST(AssignPartsTest, SeedAloneDecides) {
  for (const SplitStrategy strategy : {SplitStrategy::kStratified, SplitStrategy::kBalanced}) {
    SplitOptions options{.strategy = strategy, .seed = 1};
    const auto first = parts_by_path(assign_parts(files({100}), options));
    SampleList reversed = files({100});
    std::reverse(reversed.samples.begin(), reversed.samples.end());
    EXPECT_EQ(parts_by_path(assign_parts(reversed, options)), first);
    options.seed = 2;
    EXPECT_NE(parts_by_path(assign_parts(files({100}), options)), first);
  }
}

TEST(AssignPartsTest, PositionsAreTheSameOnEveryMachine) {
  // Guards manifests of old runs: another hash would reshuffle everybody's data.
  const SampleList list = assign_parts(
      files({12}), {.validation = 0.4, .strategy = SplitStrategy::kStratified, .seed = 1});
  std::string parts;
  for (const Sample& sample : list.samples) parts += to_string(*sample.part)[0];
  EXPECT_EQ(parts, "tttttttttvvt");
}

TEST(AssignPartsTest, SmallClassesHaveEveryPartWherePossible) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const SplitStrategy strategy : {SplitStrategy::kStratified, SplitStrategy::kBalanced}) {
      const SampleList two =
          assign_parts(files({2, 300}), {.validation = 0.1, .strategy = strategy, .seed = seed});
      EXPECT_EQ(part_counts(two, SplitPart::kValidation)[0], 1U) << seed;
      EXPECT_EQ(part_counts(two, SplitPart::kTraining)[0], 1U) << seed;
      const SampleList three = assign_parts(
          files({3}), {.validation = 0.1, .test = 0.1, .strategy = strategy, .seed = seed});
      for (const SplitPart part : kEveryPart) EXPECT_EQ(part_counts(three, part)[0], 1U) << seed;
    }
  }
}

TEST(AssignPartsTest, ClassOfOneTrainsAndIsNamed) {
  const SampleList list =
      assign_parts(files({1, 20}), {.validation = 0.9, .strategy = SplitStrategy::kBalanced});
  EXPECT_THAT(list.notices, testing::Contains(HasSubstr("class 0 has no sample for ")));
}

TEST(AssignPartsTest, BalancedMeetsEveryShareToOneFile) {
  const std::vector<std::size_t> counts{7, 20, 101, 1000};
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const SampleList list = assign_parts(
        files(counts),
        {.validation = 0.2, .test = 0.1, .strategy = SplitStrategy::kBalanced, .seed = seed});
    for (std::size_t label = 0; label < counts.size(); ++label) {
      const auto n = static_cast<double>(counts[label]);
      EXPECT_NEAR(part_counts(list, SplitPart::kValidation)[label], 0.2 * n, 1.0);
      EXPECT_NEAR(part_counts(list, SplitPart::kTest)[label], 0.1 * n, 1.0);
    }
  }
}

TEST(AssignPartsTest, GroupsStayTogether) {
  const SampleList list = patients(40, 5);
  const auto groups = groups_by_regex(list, "/(p[0-9]+)_");
  for (const SplitStrategy strategy : {SplitStrategy::kStratified, SplitStrategy::kBalanced}) {
    const SampleList split =
        assign_parts(list, {.validation = 0.25, .strategy = strategy, .groups = groups});
    expect_groups_together(split, groups);
    const auto validation = part_counts(split, SplitPart::kValidation);
    EXPECT_EQ(validation[0], validation[1]);
    EXPECT_GT(validation[0], 0U);
    if (strategy == SplitStrategy::kBalanced) {
      EXPECT_EQ(validation[0], 50U);
    }
  }
}

TEST(AssignPartsTest, GroupsComeAndGoWithoutMovingOthers) {
  const auto split = [](const SampleList& list) {
    return parts_by_path(assign_parts(list, {.strategy = SplitStrategy::kStratified,
                                             .groups = groups_by_regex(list, "/(p[0-9]+)_")}));
  };
  const auto before = split(patients(30, 3));
  const auto after = split(patients(50, 4));
  for (const auto& [path, part] : before) EXPECT_EQ(after.at(path), part) << path;
}

TEST(AssignPartsTest, SamplesKeepThePartTheyHaveAndTakeTheirGroupAlong) {
  SampleList list = patients(4, 5);
  const auto groups = groups_by_regex(list, "/(p[0-9]+)_");
  list.samples[0].part = SplitPart::kTest;
  for (const SplitStrategy strategy : {SplitStrategy::kStratified, SplitStrategy::kBalanced}) {
    const SampleList split =
        assign_parts(list, {.validation = 0.5, .strategy = strategy, .groups = groups});
    EXPECT_EQ(take_part(split, SplitPart::kTest).size(), 10U);
    expect_groups_together(split, groups);
  }
  EXPECT_THAT(test::message_of([&] { assign_parts(list, {}); }),
              HasSubstr("that have a part need"));
  list.samples[1].part = SplitPart::kTraining;
  EXPECT_THAT(test::message_of([&] {
                assign_parts(list, {.strategy = SplitStrategy::kBalanced, .groups = groups});
              }),
              HasSubstr("the group of 0/p0_1.png is in two parts already"));
}

TEST(AssignPartsTest, BalancedMakesUpForWhatIsThere) {
  SampleList list = files({10});
  list.samples[0].part = SplitPart::kValidation;
  const SampleList split =
      assign_parts(list, {.validation = 0.3, .strategy = SplitStrategy::kBalanced});
  EXPECT_EQ(split.samples[0].part, SplitPart::kValidation);
  EXPECT_EQ(part_counts(split, SplitPart::kValidation)[0], 3U);
}

TEST(AssignPartsTest, WrongOptionsAreRefused) {
  const auto message = [](const SplitOptions& options) {
    return test::message_of([&] { assign_parts(files({4}), options); });
  };
  EXPECT_THAT(message({.validation = -0.1}), HasSubstr("must not be negative"));
  EXPECT_THAT(message({.validation = 0.0}), HasSubstr("strictly between 0 and 1"));
  EXPECT_THAT(message({.validation = 0.6, .test = 0.4}), HasSubstr("strictly between 0 and 1"));
  EXPECT_THAT(message({.validation = std::nan("")}), HasSubstr("must not be negative"));
  EXPECT_THAT(message({.groups = {"a", "a", "b", "b"}}), HasSubstr("need the strategy"));
  EXPECT_THAT(message({.strategy = SplitStrategy::kBalanced, .groups = {"a"}}),
              HasSubstr("one per sample (4), got 1"));
}

TEST(AssignFoldTest, EverySampleValidatesOnceAndClassesAreEven) {
  const SampleList list = files({10, 23});
  std::map<std::string, int> times;
  for (int fold = 1; fold <= 5; ++fold) {
    const SampleList split = assign_fold(list, {.folds = 5, .fold = fold, .seed = 3});
    const SampleList validation = take_part(split, SplitPart::kValidation);
    for (const Sample& sample : validation.samples) ++times[sample.path];
    EXPECT_EQ(validation.class_counts()[0], 2U);
    EXPECT_NEAR(validation.class_counts()[1], 4.6, 0.6);
    EXPECT_EQ(validation.size() + take_part(split, SplitPart::kTraining).size(), list.size());
  }
  EXPECT_EQ(times.size(), list.size());
  for (const auto& [path, count] : times) EXPECT_EQ(count, 1) << path;
}

TEST(AssignFoldTest, GroupsStayTogether) {
  const SampleList list = patients(11, 3);
  const auto groups = groups_by_regex(list, "/(p[0-9]+)_");
  std::size_t validated = 0;
  for (int fold = 1; fold <= 4; ++fold) {
    const SampleList split = assign_fold(list, {.folds = 4, .fold = fold, .groups = groups});
    expect_groups_together(split, groups);
    const std::size_t count = take_part(split, SplitPart::kValidation).size();
    EXPECT_NEAR(count, list.size() / 4.0, 6.0);  // One group is six samples.
    validated += count;
  }
  EXPECT_EQ(validated, list.size());
}

TEST(AssignFoldTest, WrongNumbersAreRefused) {
  const auto message = [](const FoldOptions& options) {
    return test::message_of([&] { assign_fold(files({4}), options); });
  };
  EXPECT_THAT(message({.folds = 1}), HasSubstr("folds must be in [2, 1000], got 1"));
  EXPECT_THAT(message({.folds = 3, .fold = 0}), HasSubstr("fold must be in [1, 3], got 0"));
  EXPECT_THAT(message({.folds = 3, .fold = 4}), HasSubstr("got 4"));
  EXPECT_THAT(message({.folds = 5}), HasSubstr("5 folds need as many samples, there are 4"));
}

TEST(GroupsTest, ExpressionNeedsOneCaptureGroupThatEveryFileHas) {
  const SampleList list = patients(1, 2);
  const auto message = [&](const char* expression) {
    return test::message_of([&] { groups_by_regex(list, expression); });
  };
  EXPECT_THAT(message("("), HasSubstr("no regular expression"));
  EXPECT_THAT(message("p[0-9]"), HasSubstr("must have one capture group in parentheses, got 0"));
  EXPECT_THAT(message("(p)([0-9])"), HasSubstr("got 2"));
  EXPECT_THAT(message("(q[0-9])"), HasSubstr("finds no group in 0/p0_0.png"));
}

TEST(GroupsTest, TableGivesThemByPathOrByName) {
  const test::TemporaryDirectory directory;
  const std::string table = directory.path() + "/groups.csv";
  const SampleList list = files({1, 1});
  write_file(table, "path,ward,group\n1/0.png,w,b\n0.png,w,a\n");
  EXPECT_THAT(groups_from_csv(list, table), ElementsAre("a", "b"));
  write_file(table, "file,patient\n0.png,a\n");
  EXPECT_THAT(groups_from_csv(list, table), ElementsAre("a", "a"));
  write_file(table, "file,patient\n1/0.png,a\n");
  EXPECT_THAT(test::message_of([&] { groups_from_csv(list, table); }),
              HasSubstr("groups.csv gives no group for 0/0.png"));
  write_file(table, "file,patient\n0.png,a\n0.png,b\n");
  EXPECT_THAT(test::message_of([&] { groups_from_csv(list, table); }),
              HasSubstr("line 3: '0.png' is in group 'b' here and in group 'a' before"));
}

}  // namespace
}  // namespace folio
