#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;
using DatasetSplitCommandTest = CommandTest;

// The lines of a manifest, without its header, that end in this subset.
std::set<std::string> rows(const std::string& manifest, const std::string& subset) {
  std::set<std::string> found;
  std::istringstream lines(manifest);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with("," + subset)) found.insert(line.substr(0, line.find(',')));
  }
  return found;
}

TEST_F(DatasetSplitCommandTest, ManifestTrainsValidatesAndTests) {
  make_digits(12);
  const CommandResult split =
      folio({"dataset", "split", "digits", "--strategy", "balanced", "--validation", "0.25",
             "--test", "0.25", "--seed", "7", "--out", "split.csv", "--json"});
  ASSERT_EQ(split.exit_code, 0) << split.err;
  EXPECT_EQ(Json::parse(split.out).at("test").at("classes").at("3"), 3);
  const std::string manifest = text_of("split.csv");
  EXPECT_EQ(manifest.substr(0, 18), "path,class,subset\n");
  EXPECT_EQ(rows(manifest, "training").size(), 60U);

  const CommandResult train =
      folio({"train", "digits", "--manifest", "split.csv", "--model", "mnist_cnn", "--epochs", "1",
             "--seed", "5", "--output", "run"});
  ASSERT_EQ(train.exit_code, 0) << train.err;
  EXPECT_EQ(train.out.find("Found 60 images belonging to 10 classes.\n"
                           "Found 30 images belonging to 10 classes.\n"),
            0U)
      << train.out;
  EXPECT_NE(train.out.find("val_accuracy"), std::string::npos);
  EXPECT_EQ(Json::parse(text_of("run/config.json")).at("manifest"), "split.csv");

  const CommandResult evaluate = folio({"evaluate", "run/model.h5", "digits", "--manifest",
                                        "split.csv", "--subset", "test", "--json"});
  ASSERT_EQ(evaluate.exit_code, 0) << evaluate.err;
  EXPECT_EQ(Json::parse(evaluate.out).at("samples"), 30);

  const CommandResult batches = folio({"batches", "digits", "--manifest", "split.csv", "--subset",
                                       "validation", "--target-size", "28x28", "--no-shuffle",
                                       "--seed", "1", "--batches", "1", "--out", "batches"});
  ASSERT_EQ(batches.exit_code, 0) << batches.err;
  std::set<std::string> seen;
  const Json index = Json::parse(text_of("batches/index.json"));
  for (const Json& file : index.at("batches")[0].at("files")) seen.insert(file);
  EXPECT_EQ(seen, rows(manifest, "validation"));
}

TEST_F(DatasetSplitCommandTest, AddedFilesMoveNoOthers) {
  make_digits(40);
  const std::vector<std::string> line{"dataset", "split", "digits", "--strategy", "stratified",
                                      "--seed",  "1",     "--out",  "split.csv"};
  ASSERT_EQ(folio(line).exit_code, 0);
  const std::string before = text_of("split.csv");
  for (char digit = '0'; digit <= '9'; ++digit) {
    for (int i = 0; i < 4; ++i) {
      write(std::string("digits/") + digit + "/000" + std::to_string(i) + "_more.png", "x");
    }
  }
  std::vector<std::string> again = line;
  again.push_back("--overwrite");
  ASSERT_EQ(folio(again).exit_code, 0);
  const std::string after = text_of("split.csv");
  for (const char* subset : {"training", "validation"}) {
    const std::set<std::string> all = rows(after, subset);
    for (const std::string& path : rows(before, subset)) {
      EXPECT_TRUE(all.contains(path)) << path << " was " << subset;
    }
  }
}

TEST_F(DatasetSplitCommandTest, KeptFilesStayAndNewOnesFillTheShares) {
  make_digits(4);
  ASSERT_EQ(
      folio({"dataset", "split", "digits", "--validation", "0.25", "--out", "a.csv"}).exit_code, 0);
  for (int i = 0; i < 4; ++i) write("digits/0/new" + std::to_string(i) + ".png", "x");
  const CommandResult result =
      folio({"dataset", "split", "digits", "--validation", "0.25", "--keep", "a.csv", "--strategy",
             "balanced", "--out", "b.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* subset : {"training", "validation"}) {
    const std::set<std::string> all = rows(text_of("b.csv"), subset);
    for (const std::string& path : rows(text_of("a.csv"), subset)) {
      EXPECT_TRUE(all.contains(path)) << path;
    }
  }
  EXPECT_EQ(rows(text_of("b.csv"), "validation").size(), 11U);
}

TEST_F(DatasetSplitCommandTest, FoldsAreWrittenOneEachOrAllAtOnce) {
  make_digits(6);
  ASSERT_EQ(folio({"dataset", "split", "digits", "--folds", "3", "--out", "f{fold}.csv"}).exit_code,
            0);
  std::set<std::string> validated;
  for (const char* name : {"f1.csv", "f2.csv", "f3.csv"}) {
    const std::set<std::string> fold = rows(text_of(name), "validation");
    EXPECT_EQ(fold.size(), 20U);
    validated.insert(fold.begin(), fold.end());
  }
  EXPECT_EQ(validated.size(), 60U);
  ASSERT_EQ(folio({"dataset", "split", "digits", "--folds", "3", "--fold", "2", "--out", "two.csv"})
                .exit_code,
            0);
  EXPECT_EQ(text_of("two.csv"), text_of("f2.csv"));
}

TEST_F(DatasetSplitCommandTest, TreesHoldCopiesOrLinksThatTrain) {
  make_digits(8);
  for (const std::string how : {"copy", "link"}) {
    const CommandResult result =
        folio({"dataset", "split", "digits", "--validation", "0.25", "--out", how, "--" + how});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(fs::is_symlink(at(how + "/validation/0/00000.png")), how == "link");
    EXPECT_EQ(text_of(how + "/validation/0/00000.png"), text_of("digits/0/00000.png"));
    EXPECT_FALSE(fs::exists(at(how + "/train/0/00000.png")));
    const CommandResult stats = folio({"dataset", "stats", how + "/train", "--json"});
    EXPECT_EQ(Json::parse(stats.out).at("samples"), 60);
    expect_failure(folio({"dataset", "split", "digits", "--out", how, "--" + how}), 2,
                   how + " exists already");
  }
}

TEST_F(DatasetSplitCommandTest, CopiesGoToOtherFileSystems) {
  std::error_code unknown;
  if (!fs::is_directory("/dev/shm", unknown)) GTEST_SKIP() << "there is no /dev/shm";
  make_digits(2);
  const std::string tree = "/dev/shm/folio-test-" + std::to_string(getpid());
  const CommandResult split =
      folio({"dataset", "split", "digits", "--validation", "0.5", "--out", tree, "--copy"});
  const bool copied = fs::exists(tree + "/validation/9", unknown);
  fs::remove_all(tree, unknown);
  EXPECT_EQ(split.exit_code, 0) << split.err;
  EXPECT_TRUE(copied);
}

TEST_F(DatasetSplitCommandTest, GroupsStayTogether) {
  for (int patient = 0; patient < 20; ++patient) {
    for (int shot = 0; shot < 3; ++shot) {
      const std::string name = std::to_string(patient) + "_" + std::to_string(shot) + ".png";
      write("scans/ill/" + name, "x");
      write("scans/well/" + name, "x");
    }
  }
  ASSERT_EQ(folio({"dataset", "split", "scans", "--group-regex", "/([0-9]+)_", "--strategy",
                   "balanced", "--out", "split.csv"})
                .exit_code,
            0);
  const std::set<std::string> validation = rows(text_of("split.csv"), "validation");
  EXPECT_EQ(validation.size(), 24U);
  for (const std::string& path : validation) {
    const std::string patient = path.substr(path.find('/') + 1, path.find('_') - path.find('/'));
    for (const char* rest : {"0.png", "1.png", "2.png"}) {
      EXPECT_TRUE(validation.contains("ill/" + patient + rest)) << patient;
      EXPECT_TRUE(validation.contains("well/" + patient + rest)) << patient;
    }
  }
}

TEST_F(DatasetSplitCommandTest, AManifestIsReplacedOnlyOnRequest) {
  make_digits(4);
  const auto split = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"dataset", "split", "digits"});
    return folio(options);
  };
  ASSERT_EQ(split({"--out", "a.csv", "--validation", "0.5"}).exit_code, 0);
  const std::string written = text_of("a.csv");
  expect_failure(split({"--out", "a.csv", "--validation", "0.25"}), 2,
                 "a.csv exists already; --overwrite replaces it");
  EXPECT_EQ(text_of("a.csv"), written);
  EXPECT_EQ(split({"--out", "a.csv", "--validation", "0.25", "--overwrite"}).exit_code, 0);
  EXPECT_NE(text_of("a.csv"), written);
  // Of several folds none is written where one exists.
  write("fold-3.csv", "mine");
  expect_failure(split({"--out", "fold-{fold}.csv", "--folds", "3"}), 2, "fold-3.csv exists");
  EXPECT_FALSE(fs::exists(at("fold-1.csv")));
}

TEST_F(DatasetSplitCommandTest, WrongUseIsExplained) {
  make_digits(4);
  const auto split = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"dataset", "split", "digits"});
    return folio(options);
  };
  expect_failure(split({"--out", "folder"}), 2, "--copy and --link");
  expect_failure(split({"--out", "a.csv", "--copy"}), 2, "is a manifest");
  expect_failure(split({"--out", "a.csv", "--fold", "1"}), 2, "needs --folds");
  expect_failure(split({"--out", "a.csv", "--folds", "3"}), 2, "{fold}");
  expect_failure(split({"--out", "{fold}.csv", "--folds", "3", "--test", "0.1"}), 2, "--test");
  expect_failure(split({"--out", "a.csv", "--strategy", "balancd"}), 2,
                 "did you mean \"balanced\"");
  expect_failure(split({"--out", "a.csv", "--group-regex", "x(y)"}), 1, "finds no group");
  expect_failure(split({"--out", "a.csv", "--validation", "1"}), 2, "between 0 and 1");
  EXPECT_FALSE(fs::exists(at("a.csv")));

  expect_failure(split({"--out", "a.csv", "--keep", "b.csv", "--folds", "2"}), 2, "--folds");
  ASSERT_EQ(split({"--out", "a.csv", "--validation", "0.5"}).exit_code, 0);
  expect_failure(folio({"train", "digits", "--manifest", "a.csv", "--validation-split", "0.2",
                        "--model", "lenet"}),
                 2, "--manifest");
  expect_failure(folio({"train", "digits", "--manifest", "a.csv", "--validation-dir", "digits",
                        "--model", "lenet"}),
                 2, "--validation-dir");
  expect_failure(folio({"evaluate", "x.h5", "digits", "--manifest", "none.csv"}), 1, "");
  expect_failure(
      folio({"batches", "digits", "--manifest", "a.csv", "--subset", "test", "--out", "b"}), 1,
      "leaves no image for subset 'test'");
}

}  // namespace
}  // namespace folio::test
