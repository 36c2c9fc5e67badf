#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;
using DatasetCheckCommandTest = CommandTest;

TEST_F(DatasetCheckCommandTest, SoundFoldersPass) {
  make_digits(3);
  const CommandResult result = folio({"dataset", "check", "digits"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("all: 30 images in 10 classes of 3 to 3\n"
                            "formats: png 30\nmodes: grayscale 30\nsizes: all 28x28\n"),
            std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("Nothing wrong was found."), std::string::npos);
}

TEST_F(DatasetCheckCommandTest, EveryKindOfDamageIsFoundAndNamed) {
  make_digits(3);
  const std::string image = text_of("digits/0/00000.png");
  write("digits/0/copy.png", image);
  write("digits/1/copy.png", image);
  write("digits/2/cut.png", image.substr(0, image.size() / 2));
  write("digits/3/other.jpg", text_of("digits/3/00000.png"));
  write("digits/4/00000.png", "");
  fs::create_directories(at("digits/empty"));
  fs::create_directories(at("digits/.cache"));
  const CommandResult result = folio({"dataset", "check", "digits", "--json"});
  EXPECT_EQ(result.exit_code, 1);
  const Json report = Json::parse(result.out);
  EXPECT_FALSE(report.at("ok"));
  EXPECT_EQ(report.at("findings").at("unreadable"), 2);
  EXPECT_EQ(report.at("unreadable")[0].at("file"), "digits/2/cut.png");
  EXPECT_EQ(report.at("findings").at("duplicates-across-classes"), 1);
  EXPECT_EQ(report.at("findings").at("duplicates-within-class"), 1);
  EXPECT_EQ(report.at("mislabelled")[0].at("file"), "digits/3/other.jpg");
  EXPECT_EQ(report.at("empty_classes")[0], "all: empty");
  EXPECT_NE(report.at("sets")[0].at("notices").dump().find(".cache"), std::string::npos);
  const CommandResult text = folio({"dataset", "check", "digits"});
  expect_failure(text, 1, "digits: found duplicates-across-classes, ");
  EXPECT_NE(text.out.find("  digits/2/cut.png: "), std::string::npos) << text.out;
}

TEST_F(DatasetCheckCommandTest, IgnoredFindingsAreToldAndDoNotCount) {
  make_digits(2);
  write("digits/0/copy.png", text_of("digits/0/00000.png"));
  const CommandResult result =
      folio({"dataset", "check", "digits", "--ignore", "duplicates-within-class"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("duplicates-within-class (ignored): 1"), std::string::npos)
      << result.out;
  expect_failure(folio({"dataset", "check", "digits", "--ignore", "duplicates"}), 2,
                 "unknown finding \"duplicates\"");
}

TEST_F(DatasetCheckCommandTest, ImagesOnBothSidesOfASplitAreFound) {
  make_digits(4);
  write("held/0/other name.png", text_of("digits/0/00003.png"));
  const CommandResult folders =
      folio({"dataset", "check", "digits", "--validation-dir", "held", "--json"});
  EXPECT_EQ(folders.exit_code, 1);
  EXPECT_EQ(Json::parse(folders.out).at("findings").at("duplicates-across-subsets"), 1);

  write("digits/0/zz.png", text_of("digits/0/00000.png"));
  ASSERT_EQ(
      folio({"dataset", "split", "digits", "--validation", "0.25", "--out", "s.csv"}).exit_code, 0);
  const CommandResult manifest =
      folio({"dataset", "check", "digits", "--manifest", "s.csv", "--json"});
  EXPECT_EQ(manifest.exit_code, 1);
  const Json report = Json::parse(manifest.out);
  EXPECT_EQ(report.at("sets").size(), 2U);
  EXPECT_EQ(report.at("findings").at("duplicates-across-subsets"), 1);
}

TEST_F(DatasetCheckCommandTest, TheSplitOfTrainingIsCheckedToo) {
  make_digits(4);
  // Of 5 files the first one validates, and a later one is the same.
  write("digits/0/zz.png", text_of("digits/0/00000.png"));
  const auto across = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"dataset", "check", "digits", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return Json::parse(folio(words).out).at("findings").at("duplicates-across-subsets").get<int>();
  };
  EXPECT_EQ(across({}), 0);
  EXPECT_EQ(across({"--validation-split", "0.25"}), 1);
  expect_failure(folio({"dataset", "check", "digits", "--validation-split", "1"}), 2,
                 "strictly between 0 and 1");
}

TEST_F(DatasetCheckCommandTest, WhatIsLeftOutOrMissingIsNamed) {
  make_digits(2);
  fs::rename(at("digits/0/00000.png"), at("digits/0/00000.webp"));
  write("digits/0/labels.txt", "none");
  const CommandResult left_out = folio({"dataset", "check", "digits", "--json"});
  EXPECT_EQ(left_out.exit_code, 1);
  const Json report = Json::parse(left_out.out);
  EXPECT_EQ(report.at("wrong"), Json::array({"skipped-images"}));
  EXPECT_EQ(report.at("skipped").size(), 2U);
  EXPECT_EQ(report.at("skipped")[0].at("format"), "png");
  EXPECT_TRUE(report.at("skipped")[1].at("format").is_null());
  const CommandResult ignored = folio({"dataset", "check", "digits", "--ignore", "skipped-images"});
  EXPECT_EQ(ignored.exit_code, 0) << ignored.err;
  EXPECT_NE(ignored.out.find("digits/0/00000.webp is png"), std::string::npos) << ignored.out;

  write("m.csv", "path,class\n0/00001.png,0\n0/gone.png,0\n1/00000.png,1\n");
  const CommandResult missing =
      folio({"dataset", "check", "digits", "--manifest", "m.csv", "--json"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(Json::parse(missing.out).at("missing"), Json::array({"digits/0/gone.png"}));
}

TEST_F(DatasetCheckCommandTest, ImbalanceHasAThreshold) {
  make_digits(1);
  for (int i = 0; i < 3; ++i) {
    write("digits/0/" + std::to_string(i) + ".png",
          text_of("digits/" + std::to_string(i + 1) + "/00000.png"));
  }
  const auto findings = [&](const char* ratio) {
    const CommandResult result =
        folio({"dataset", "check", "digits", "--max-imbalance", ratio, "--json"});
    return Json::parse(result.out).at("findings").at("imbalance").get<int>();
  };
  EXPECT_EQ(findings("4"), 0);
  EXPECT_EQ(findings("3.9"), 1);
}

TEST_F(DatasetCheckCommandTest, WrongUseIsExplained) {
  expect_failure(folio({"dataset", "check", "none"}), 1, "no such directory: none");
  make_digits(1);
  expect_failure(folio({"dataset", "check", "digits", "--near-duplicates", "40"}), 2,
                 "near_duplicates must be in [0, 16]");
  expect_failure(
      folio({"dataset", "check", "digits", "--manifest", "a.csv", "--validation-dir", "digits"}), 2,
      "--manifest");
}

}  // namespace
}  // namespace folio::test
