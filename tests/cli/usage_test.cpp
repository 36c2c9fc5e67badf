// Wrong usage: exit code 2 and one line that helps. Right usage: help and version.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using UsageTest = CommandTest;

TEST_F(UsageTest, EveryCommandHasHelpWithAnExample) {
  const std::vector<std::vector<std::string>> commands = {{},
                                                          {"train"},
                                                          {"evaluate"},
                                                          {"predict"},
                                                          {"preview"},
                                                          {"batches"},
                                                          {"summary"},
                                                          {"bench"},
                                                          {"report"},
                                                          {"compare"},
                                                          {"completion"},
                                                          {"man"},
                                                          {"dataset", "stats"},
                                                          {"dataset", "import", "mnist"},
                                                          {"dataset", "synthesize", "digits"}};
  for (std::vector<std::string> command : commands) {
    command.emplace_back("--help");
    const CommandResult result = folio(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out.find("Example"), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(UsageTest, VersionIsPrinted) {
  const CommandResult result = folio({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(line_count(result.out), 1U);
}

TEST_F(UsageTest, NoCommandIsAnError) { expect_failure(folio({}), 2, "a command is needed"); }

TEST_F(UsageTest, UnknownCommandSuggestsTheClosest) {
  expect_failure(folio({"trian", "digits"}), 2, "did you mean \"train\"?");
  expect_failure(folio({"dataset", "stat", "digits"}), 2, "did you mean \"stats\"?");
}

TEST_F(UsageTest, UnknownOptionSuggestsTheClosest) {
  expect_failure(folio({"train", "digits", "--model", "mnist_cnn", "--shear-rnage", "0.2"}), 2,
                 "did you mean \"--shear-range\"?");
}

TEST_F(UsageTest, MissingArgumentIsNamed) {
  expect_failure(folio({"train", "--model", "mnist_cnn"}), 2, "directory");
  expect_failure(folio({"train", "digits"}), 2, "--model");
}

TEST_F(UsageTest, UnknownValueSuggestsTheClosest) {
  expect_failure(folio({"batches", "digits", "--out", "b", "--class-mode", "categorial"}), 2,
                 "did you mean \"categorical\"?");
  expect_failure(folio({"summary", "mnist_cn"}), 2, "did you mean \"mnist_cnn\"?");
}

TEST_F(UsageTest, GroupsOfCommandsHaveExamplesOfTheirOwn) {
  const std::string of_folio = folio({"--help"}).out;
  EXPECT_NE(of_folio.find("Example:\n  folio train"), std::string::npos) << of_folio;
  for (const auto& group :
       {std::vector<std::string>{"dataset"}, {"dataset", "import"}, {"dataset", "synthesize"}}) {
    std::vector<std::string> line = group;
    line.emplace_back("--help");
    const std::string help = folio(line).out;
    EXPECT_NE(help.find("Example:\n  folio dataset"), std::string::npos) << help;
  }
}

TEST_F(UsageTest, HelpHasNoneOfTheParsersOwnWords) {
  for (const char* command : {"train", "predict", "compare", "preview"}) {
    const std::string help = folio({command, "--help"}).out;
    for (const char* words : {"Needs:", "Excludes:", "... ...", "(2x)", " x 2"}) {
      EXPECT_EQ(help.find(words), std::string::npos) << command << ": " << words;
    }
  }
}

TEST_F(UsageTest, WhatStandsForNothingIsRefused) {
  make_digits(2);
  expect_failure(folio({"train", "digits", "--model", "mnist_cnn", "--output", ""}), 2,
                 "--output: expected a path, got nothing");
  expect_failure(folio({"preview", "digits", "--port", "8080"}), 2, "--port requires --serve");
  expect_failure(folio({"compare", "digits"}), 2, "run_b is required");
  expect_failure(folio({"compare", "a", "b", "c"}), 2, "unexpected argument \"c\"");
  expect_failure(folio({"batches", "digits", "rotation-range", "--out", "b"}), 2,
                 "did you mean \"--rotation-range\"?");
}

TEST_F(UsageTest, KeysThatAreThereTwiceAreRefused) {
  write("augment.json", R"({"shear_range": 0.2, "zoom_range": 0.1, "shear_range": 0.3})");
  expect_failure(folio({"batches", "digits", "--out", "b", "--augment", "augment.json"}), 2,
                 "augment.json: has the key \"shear_range\" twice");
  write("one.json", "{}");
  expect_failure(folio({"batches", "digits", "--config", "one.json", "--config=one.json"}), 2,
                 "--config: expected once");
  write("config.json", R"({"flow": {"seed": 1, "seed": 2}})");
  expect_failure(folio({"batches", "digits", "--out", "b", "--config", "config.json"}), 2,
                 "config.json: has the key \"seed\" twice");
}

TEST_F(UsageTest, UnknownKeyInAFileNamesFileAndKey) {
  write("augment.json", R"({"shear_rnage": 0.2})");
  const CommandResult result =
      folio({"batches", "digits", "--out", "b", "--augment", "augment.json"});
  expect_failure(result, 2, "shear_rnage");
  expect_failure(result, 2, "augment.json");
  write("flow.json", "[1, 2]");
  expect_failure(folio({"batches", "digits", "--out", "b", "--flow", "flow.json"}), 2, "flow.json");
  expect_failure(folio({"batches", "digits", "--out", "b", "--flow", "none.json"}), 1, "none.json");
}

TEST_F(UsageTest, NumbersOutOfRangeAreRefusedInPlainWords) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"train", "digits", "--model", "lenet", "--warmup-steps", "-1"},
       "--warmup-steps: expected a whole number from 0 to 999999999, got -1"},
      {{"dataset", "synthesize", "digits", "d", "--per-class", "0"},
       "--per-class: expected a whole number from 1 on, got 0"},
      {{"bench", "--seconds", "-1"}, "--seconds: expected a number above 0, got -1"},
      {{"bench", "--seconds", "nan"}, "--seconds: expected a number above 0, got nan"},
      {{"preview", "digits", "--rows", "201"},
       "--rows: expected a whole number from 1 to 200, got 201"},
      {{"preview", "digits", "--port", "1e3"},
       "--port: expected a whole number from 0 to 65535, got 1e3"},
      {{"batches", "digits", "--out", "b", "--batches", "-1"},
       "--batches: expected a whole number"},
      {{"summary", "lenet", "--num-classes", "0"},
       "--num-classes: expected a whole number from 1 on, got 0"},
      {{"predict", "m.h5", "p.png", "--threads", "two"},
       "--threads: expected a whole number from 0 to 1024, got two"},
      {{"dataset", "split", "digits", "--out", "s.csv", "--folds", "1"},
       "--folds: expected a whole number from 2 to 1000, got 1"}};
  for (const auto& [line, message] : lines) expect_failure(folio(line), 2, message);
}

TEST_F(UsageTest, OptionsThatWouldDoNothingAreRefused) {
  make_digits(2);
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"--checkpoint", "../w.h5"},
       "--checkpoint: expected a name in the run's folder, got ../w.h5"},
      {{"--checkpoint", at("w.h5")}, "--checkpoint: expected a name in the run's folder, got /"},
      {{"--save-best-only"}, "--save-best-only: needs --checkpoint"},
      {{"--save-weights-only"}, "--save-weights-only: needs --checkpoint"},
      {{"--restore-best-weights"}, "--restore-best-weights: needs --patience"},
      {{"--skip-mismatch"}, "--skip-mismatch: needs --weights"},
      {{"--class-mode", "binary"}, "class_mode binary tells two classes apart, digits has 10"}};
  for (const auto& [options, message] : lines) {
    std::vector<std::string> line = {"train", "digits", "--model", "lenet", "--output", "run"};
    line.insert(line.end(), options.begin(), options.end());
    expect_failure(folio(line), 2, message);
  }
  EXPECT_FALSE(fs::exists(at("run")));
}

// 412 GB a batch.
TEST_F(UsageTest, MoreMemoryThanThereIsIsRefused) {
  make_digits(4);
  expect_failure(folio({"batches", "digits", "--out", "b", "--target-size", "32768x32768"}), 2,
                 "loading batches of 32 images of 32768 x 32768 pixels takes ");
}

TEST_F(UsageTest, HelpHasNoNotesOfTheParser) {
  EXPECT_THAT(folio({"train", "--help"}).out, testing::Not(testing::HasSubstr("{false}")));
}

TEST_F(UsageTest, NearMissesAreSuggestedEverywhere) {
  make_digits(2);
  write("net.json", R"({"class_name": "Sequential", "config": {"layers": [
      {"class_name": "Conv2d", "config": {"name": "c", "filters": 4, "kernel_size": 3}}]}})");
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"--optimizer", "adma"}, "did you mean \"adam\"?"},
      {{"--loss", "categorical_crosentropy"}, "did you mean \"categorical_crossentropy\"?"},
      {{"--metrics", "accurracy"}, "did you mean \"accuracy\"?"},
      {{"--color-mode", "gray"}, "did you mean \"grayscale\"?"},
      {{"--learning-rate-schedule", "cosine"}, "did you mean \"cosine_decay\"?"},
      {{"--on-nan", "eror"}, "expected error, stop or continue, got eror; did you mean \"error\"?"},
      {{"--patience", "2", "--monitor", "acc"}, "did you mean \"accuracy\"?"},
      {{"--checkpoint", "{accurcy}.h5"}, "did you mean \"accuracy\"?"},
      {{"--lr", "0.1"}, "did you mean \"--learning-rate\"?"},
      {{"epochs"}, "did you mean \"--epochs\"?"}};
  for (const auto& [options, message] : lines) {
    std::vector<std::string> line = {"train", "digits", "--model", "lenet"};
    line.insert(line.end(), options.begin(), options.end());
    expect_failure(folio(line), 2, message);
  }
  expect_failure(folio({"train", "digits", "--model", "resnet"}), 2, "did you mean \"resnet18\"?");
  expect_failure(folio({"train", "digits", "--model", "net.json"}), 1, "did you mean \"Conv2D\"?");
  expect_failure(folio({"train", "digit", "--model", "lenet"}), 1,
                 "no such directory: digit; did you mean \"digits\"?");
  expect_failure(folio({"--verison"}), 2, "unknown option --verison; did you mean \"--version\"?");
}

TEST_F(UsageTest, MissingAndWrongValuesAreToldInPlainWords) {
  expect_failure(folio({"train", "digits", "--model"}), 2,
                 "--model: a value is missing, mnist_cnn|lenet|");
  expect_failure(folio({"train", "digits", "--model", "lenet", "--momentum", "fast"}), 2,
                 "--momentum: expected a number, got fast");
  for (const char* rate : {"fast", "inf", "-1"}) {
    expect_failure(folio({"train", "digits", "--model", "lenet", "--learning-rate", rate}), 2,
                   std::string("--learning-rate: expected a number from 0 on, got ") + rate);
  }
  expect_failure(folio({"train", "digits", "--model", "lenet", "--epochs", "1", "--epochs", "2"}),
                 2, "--epochs: expected once, got it 2 times");
  expect_failure(folio({"train", "digits", "--model", "lenet", "--max-bad", "5"}), 2,
                 "max_bad must be in [0, 1], or a percentage such as \"5%\", got 5");
  write("a.json", "{\"zoom_range\": }");
  expect_failure(folio({"train", "digits", "--model", "lenet", "--augment", "a.json"}), 2,
                 "a.json: not JSON: parse error at line 1");
  expect_failure(folio({"train", "--resume", "--output", "nowhere"}), 2,
                 "nowhere holds no run to continue");
}

TEST_F(UsageTest, ArgumentsInTheWrongPlaceAreTold) {
  make_digits(2);
  ASSERT_EQ(folio({"train", "digits", "--model", "lenet", "--epochs", "0", "--output", "run", "-q"})
                .exit_code,
            0);
  expect_failure(folio({"evaluate", "digits", "run/model.h5"}), 2,
                 "digits: is a folder, expected a model");
  expect_failure(folio({"evaluate", "run", "digits"}), 2, "the model of this run is run/model.h5");
  expect_failure(folio({"evaluate", "lenet", "digits"}), 2, "which has no weights; train it first");
  expect_failure(folio({"train", "digits", "--model", "digits"}), 2, "which is a directory");
  expect_failure(folio({"train", "digits/0", "--model", "lenet"}), 1, "images lie in it directly");
  expect_failure(folio({"report", "run/model.h5"}), 1, "expected the folder of a run");
  expect_failure(folio({"preview", "digits", "--serve", "--out", "p.png"}), 2, "--out");
  std::filesystem::create_directories(at("above/digits"));
  std::filesystem::rename(at("digits"), at("above/digits"));
  expect_failure(folio({"evaluate", "run/model.h5", "above"}), 1,
                 "above has no class folder '0'; it has digits");
  const CommandResult training =
      folio({"train", "above", "--model", "lenet", "--epochs", "0", "--output", "run2"});
  EXPECT_NE(training.err.find("one class only, digits"), std::string::npos) << training.err;
}

TEST_F(UsageTest, CountsAreWholeNumbers) {
  for (const char* option : {"--epochs", "--steps-per-epoch", "--patience", "--checkpoint-every"}) {
    expect_failure(folio({"train", "digits", "--model", "mnist_cnn", option, "-1"}), 2, option);
  }
  expect_failure(
      folio({"train", "digits", "--model", "mnist_cnn", "--epochs", "18446744073709551616"}), 2,
      "--epochs");
}

TEST_F(UsageTest, OptionFilesMayBePipes) {
  make_digits(2);
  ASSERT_EQ(::mkfifo(at("flow").c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(at("flow")) << R"({"batch_size": 3})"; });
  const CommandResult result = folio({"batches", "digits", "--out", "b", "--flow", "flow"});
  writer.join();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::exists(at("b/0_x.npy")));
}

TEST_F(UsageTest, NumbersMustBeNumbers) {
  for (const char* value : {"abc", "0.2x", "", "1/0", "0.1.2"}) {
    expect_failure(folio({"batches", "digits", "--out", "b", "--shear-range", value}), 2,
                   "shear-range");
  }
  expect_failure(folio({"batches", "digits", "--out", "b", "--target-size", "28x0"}), 2,
                 "target-size");
  expect_failure(folio({"summary", "mnist_cnn", "--input", "28x28"}), 2, "--input");
}

TEST_F(UsageTest, ContradictionsAreRefused) {
  expect_failure(folio({"train", "digits", "--model", "mnist_cnn", "--validation-split", "0.2",
                        "--validation-dir", "other"}),
                 2, "--validation-dir");
  expect_failure(folio({"train", "digits", "--model", "mnist_cnn", "--optimizer", "adam",
                        "--momentum", "0.9"}),
                 2, "--momentum");
  expect_failure(folio({"bench"}), 2, "--model");
  expect_failure(folio({"predict", "model.h5", "a.png", "--out", "p.txt"}), 2, "p.txt");
  expect_failure(folio({"preview", "digits", "--out", "p.jpg"}), 2, "p.jpg");
}

TEST_F(UsageTest, QuietLeavesResultsVerboseAddsOptions) {
  make_digits(4);
  train_a_model();
  const std::vector<std::string> line = {"evaluate", "run/model.h5", "digits", "--batch-size", "7"};
  const auto with = [&](const std::string& option) {
    std::vector<std::string> words = line;
    words.push_back(option);
    return folio(words);
  };
  const CommandResult quiet = with("--quiet");
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(quiet.out.find("Found"), std::string::npos) << quiet.out;
  EXPECT_NE(quiet.out.find("accuracy"), std::string::npos) << quiet.out;
  EXPECT_NE(with("-v").err.find("\"batch_size\":7"), std::string::npos);
  expect_failure(folio({"evaluate", "run/model.h5", "digits", "-q", "-v"}), 2, "--quiet");
  const CommandResult training = folio({"train", "digits", "--model", "lenet", "-q"});
  EXPECT_EQ(training.exit_code, 0);
  EXPECT_EQ(training.err, "");
}

}  // namespace
}  // namespace folio::test
