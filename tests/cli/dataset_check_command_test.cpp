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
