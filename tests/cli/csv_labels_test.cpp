// Labels that a table gives: numbers of one or several columns, several labels an image.
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <folio/datasets/npy.h>

#include "command_runner.h"

namespace folio::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class CsvLabelsTest : public CommandTest {
 protected:
  void SetUp() override {
    make_digits(4);
    std::vector<std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(at("digits"))) {
      if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), at("digits")));
    }
    std::sort(files.begin(), files.end());
    // Every image: its digit, the half of it, and what it is: even or odd, perhaps small.
    std::string table = "filename,digit,half,kind,weight\n";
    for (const std::string& file : files) {
      const int digit = file[0] - '0';
      table += file + ',' + std::to_string(digit) + ',' + std::to_string(digit / 2.0) + ',' +
               (digit % 2 == 0 ? "even" : "odd") + (digit < 5 ? "|small" : "") + ',' +
               std::to_string(1 + digit) + '\n';
    }
    write("labels.csv", table);
  }
  /// `given`, and those of `defaults` (option and value) that it leaves open.
  static std::vector<std::string> with_defaults(
      std::vector<std::string> arguments, const std::vector<std::string>& given,
      const std::vector<std::pair<std::string, std::string>>& defaults) {
    arguments.insert(arguments.end(), given.begin(), given.end());
    for (const auto& [option, value] : defaults) {
      if (std::find(given.begin(), given.end(), option) != given.end()) continue;
      arguments.insert(arguments.end(), {option, value});
    }
    return arguments;
  }
  CommandResult batches(const std::vector<std::string>& more) const {
    return folio(
        with_defaults({"batches", "digits", "--csv", "labels.csv", "--out", "b", "--no-shuffle"},
                      more, {{"--target-size", "8x8"}, {"--batch-size", "40"}}));
  }
  [[nodiscard]] Tensor labels() const { return read_npy(at("b/0_y.npy").string()); }
  /// A network with so many outputs.
  void write_net(int units, const std::string& activation) const {
    write("net.json",
          R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
            {"class_name": "Flatten", "config": {"name": "flatten"}},
            {"class_name": "Dense", "config": {"name": "dense", "units": )" +
              std::to_string(units) + R"(, "activation": ")" + activation + R"("}}]}})");
  }
  CommandResult train(const std::string& output, const std::vector<std::string>& more) const {
    return folio(with_defaults({"train", "digits", "--csv", "labels.csv", "--output", output}, more,
                               {{"--model", "net.json"},
                                {"--target-size", "8x8"},
                                {"--color-mode", "grayscale"},
                                {"--epochs", "8"},
                                {"--optimizer", "adam"},
                                {"--learning-rate", "0.01"},
                                {"--seed", "3"},
                                {"--validation-split", "0.25"}}));
  }
  /// Of an epoch, by the column's name.
  [[nodiscard]] double logged(const std::string& run, const std::string& name,
                              std::size_t epoch) const {
    const Json report = Json::parse(text_of(run + "/report.json"));
    return report.at("epochs").at(epoch).at(name).get<double>();
  }
};

TEST_F(CsvLabelsTest, ColumnsOfNumbersAreLabels) {
  const CommandResult one = batches({"--class-mode", "raw", "--y-col", "half"});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_NE(one.out.find("Found 40 images.\n"), std::string::npos) << one.out;
  EXPECT_EQ(labels().shape(), (Shape{40}));
  EXPECT_EQ(labels()[39], 4.5F);
  for (const char* mode : {"raw", "multi_output"}) {
    ASSERT_EQ(batches({"--class-mode", mode, "--y-col", "half,digit"}).exit_code, 0);
    EXPECT_EQ(labels().shape(), (Shape{40, 2}));
    EXPECT_THAT(labels().row(39), ElementsAre(4.5F, 9.0F));
  }
  ASSERT_EQ(batches({"--class-mode", "multi_output", "--y-col", "half"}).exit_code, 0);
  EXPECT_EQ(labels().shape(), (Shape{40, 1}));
  // By a file of arguments too.
  write("flow.json", R"({"class_mode": "raw"})");
  ASSERT_EQ(batches({"--flow", "flow.json", "--y-col", "digit", "--y-col", "half"}).exit_code, 0);
  EXPECT_THAT(labels().row(39), ElementsAre(9.0F, 4.5F));
}

TEST_F(CsvLabelsTest, ImagesHaveSeveralLabels) {
  ASSERT_EQ(batches({"--y-col", "kind", "--label-separator", "|"}).exit_code, 0);
  EXPECT_EQ(labels().shape(), (Shape{40, 3}));          // even, odd, small
  EXPECT_THAT(labels().row(0), ElementsAre(1, 0, 1));   // A zero.
  EXPECT_THAT(labels().row(39), ElementsAre(0, 1, 0));  // A nine.
  ASSERT_EQ(
      batches({"--y-col", "kind", "--label-separator", "|", "--classes", "small,even"}).exit_code,
      0);
  EXPECT_EQ(labels().shape(), (Shape{28, 2}));  // Without 5, 7 and 9.
  EXPECT_THAT(labels().row(0), ElementsAre(1, 1));
}

TEST_F(CsvLabelsTest, WeightsAreWritten) {
  ASSERT_EQ(batches({"--y-col", "digit", "--weight-col", "weight"}).exit_code, 0);
  const Tensor weights = read_npy(at("b/0_sample_weight.npy").string());
  EXPECT_EQ(weights.shape(), (Shape{40}));
  EXPECT_EQ(weights[0], 1.0F);
  EXPECT_EQ(weights[39], 10.0F);
}

TEST_F(CsvLabelsTest, FilesThatAreNotThereAreLeftOutUnlessAskedFor) {
  write("labels.csv", text_of("labels.csv") + "9/none.png,9,4.5,odd,1\n");
  const CommandResult without = batches({"--y-col", "digit"});
  ASSERT_EQ(without.exit_code, 0) << without.err;
  EXPECT_NE(without.err.find("none.png (line 42)"), std::string::npos) << without.err;
  expect_failure(batches({"--y-col", "digit", "--batch-size", "41", "--no-validate-filenames"}), 1,
                 "none.png");
}

TEST_F(CsvLabelsTest, WhatContradictsItselfIsRefused) {
  expect_failure(batches({"--y-col", "digit,half"}), 2, "raw");
  expect_failure(batches({"--y-col", "kind", "--label-separator", "|", "--class-mode", "sparse"}),
                 2, "categorical");
  expect_failure(batches({"--y-col", "half", "--class-mode", "raw", "--balance-classes"}), 2,
                 "balance_classes");
  expect_failure(folio({"batches", "digits", "--class-mode", "raw", "--out", "b"}), 2, "--csv");
  EXPECT_EQ(folio({"batches", "digits", "--label-separator", "|", "--out", "b"}).exit_code, 2);
  // A model has one output.
  write_net(2, "linear");
  expect_failure(train("run", {"--y-col", "half,digit", "--class-mode", "multi_output"}), 2,
                 "several outputs");
  expect_failure(train("run", {"--y-col", "half", "--class-mode", "raw", "--model", "mnist_cnn"}),
                 2, "mnist_cnn");
  expect_failure(
      train("run", {"--y-col", "kind", "--label-separator", "|", "--model", "mnist_cnn"}), 2,
      "mnist_cnn");
  const CommandResult balanced =
      train("run", {"--y-col", "half,digit", "--class-mode", "raw", "--class-weight", "balanced"});
  expect_failure(balanced, 2, "class_weight");
  expect_failure(train("run", {"--y-col", "half", "--class-mode", "raw"}), 1, "(");
  expect_failure(folio({"bench", "digits", "--csv", "labels.csv", "--y-col", "half", "--class-mode",
                        "raw", "--model", "mnist_cnn", "--seconds", "0.1"}),
                 2, "--model");
}

TEST_F(CsvLabelsTest, NumbersAreLearned) {
  write_net(2, "linear");
  const std::vector<std::string> labels = {"--y-col", "half,digit", "--class-mode", "raw"};
  const CommandResult result = train("run", labels);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(logged("run", "loss", 7), logged("run", "loss", 0));
  const double val_loss = logged("run", "val_loss", 7);
  EXPECT_GT(logged("run", "val_mean_absolute_error", 7), 0.0);
  EXPECT_NE(text_of("run/report.html").find("The labels of this run are no classes."),
            std::string::npos);
  EXPECT_EQ(folio({"report", "run"}).exit_code, 0);

  const CommandResult evaluated = folio(
      {"evaluate", "run/model.h5", "digits", "--csv", "labels.csv", "--y-col", "half,digit",
       "--class-mode", "raw", "--validation-split", "0.25", "--subset", "validation", "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const Json figures = Json::parse(evaluated.out);
  EXPECT_NEAR(figures.at("loss"), val_loss, 1e-5);
  EXPECT_EQ(figures.at("samples"), 10);
  EXPECT_FALSE(figures.contains("accuracy"));
  EXPECT_FALSE(figures.contains("confusion"));

  ASSERT_EQ(folio({"predict", "run/model.h5", "digits", "--out", "p.npy"}).exit_code, 0);
  EXPECT_EQ(read_npy(at("p.npy").string()).shape(), (Shape{40, 2}));
  expect_failure(folio({"predict", "run/model.h5", "digits"}), 2, "trained on numbers");

  // The configuration holds the columns.
  ASSERT_EQ(folio({"train", "--config", "run/config.json", "--output", "again"}).exit_code, 0);
  EXPECT_TRUE(text_of("again/model.h5") == text_of("run/model.h5"));
}

TEST_F(CsvLabelsTest, OneNumberIsLearnedByOneOutput) {
  write_net(1, "linear");
  const CommandResult result = train("run", {"--y-col", "digit", "--class-mode", "raw"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(logged("run", "loss", 7), logged("run", "loss", 0));
  ASSERT_EQ(folio({"predict", "run/model.h5", "digits/0", "--out", "p.npy"}).exit_code, 0);
  EXPECT_EQ(read_npy(at("p.npy").string()).shape(), (Shape{4, 1}));
}

TEST_F(CsvLabelsTest, SeveralLabelsAreLearned) {
  write_net(3, "sigmoid");
  const std::vector<std::string> labels = {"--y-col", "kind", "--label-separator", "|"};
  const CommandResult result = train("run", labels);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(logged("run", "loss", 7), logged("run", "loss", 0));
  EXPECT_NE(text_of("run/config.json").find("binary_crossentropy"), std::string::npos);
  const CommandResult evaluated = folio(
      {"evaluate", "run/model.h5", "digits", "--csv", "labels.csv", "--y-col", "kind",
       "--label-separator", "|", "--validation-split", "0.25", "--subset", "validation", "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_NEAR(Json::parse(evaluated.out).at("loss"), logged("run", "val_loss", 7), 1e-5);
  const CommandResult predicted = folio({"predict", "run/model.h5", "digits/0", "--json"});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_TRUE(Json::parse(predicted.out).at(0).at("probabilities").contains("small"));
  // Continued to the same bits.
  ASSERT_EQ(
      train("short", {"--y-col", "kind", "--label-separator", "|", "--epochs", "2"}).exit_code, 0);
  ASSERT_EQ(folio({"train", "--resume", "--output", "short", "--epochs", "8"}).exit_code, 0);
  EXPECT_TRUE(text_of("short/model.h5") == text_of("run/model.h5"));
}

}  // namespace
}  // namespace folio::test
