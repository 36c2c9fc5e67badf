// What a run leaves behind about itself, and the commands that show it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;

class ReportTest : public CommandTest {
 protected:
  CommandResult train(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"train", "digits", "--model", "mnist_cnn", "--seed", "5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folio(arguments);
  }
  [[nodiscard]] Json record(const std::string& run) const {
    return Json::parse(text_of(run + "/report.json"));
  }
};

TEST_F(ReportTest, FiguresAreThoseOfTheModelOnItsValidationData) {
  make_digits();
  train_a_model();
  const Json report = record("run");
  const Json evaluated = Json::parse(folio({"evaluate", "run/model.h5", "digits", "--json",
                                            "--validation-split", "0.25", "--subset", "validation"})
                                         .out);
  const Json& validation = report["validation"];
  EXPECT_EQ(validation["confusion"], evaluated["confusion"]);
  EXPECT_EQ(validation["accuracy"], evaluated["accuracy"]);
  EXPECT_EQ(validation["samples"], 30);

  // Precision and recall by hand from the matrix.
  for (std::size_t label = 0; label < 10; ++label) {
    int samples = 0;
    int predictions = 0;
    for (std::size_t other = 0; other < 10; ++other) {
      samples += validation["confusion"][label][other].get<int>();
      predictions += validation["confusion"][other][label].get<int>();
    }
    const double right = validation["confusion"][label][label].get<int>();
    const Json& scores = validation["classes"][label];
    EXPECT_EQ(scores["samples"], samples);
    EXPECT_DOUBLE_EQ(scores["recall"].get<double>(), right / samples);
    if (predictions == 0) {
      EXPECT_TRUE(scores["precision"].is_null());
    } else {
      EXPECT_DOUBLE_EQ(scores["precision"].get<double>(), right / predictions);
    }
  }
  // The worst mistakes first, and each one wrong.
  const Json& mistakes = validation["mistakes"];
  ASSERT_GT(mistakes.size(), 1U);
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    EXPECT_NE(mistakes[i]["true"], mistakes[i]["predicted"]);
    EXPECT_TRUE(mistakes[i]["file"].get<std::string>().starts_with(
        mistakes[i]["true"].get<std::string>() + "/"));
    EXPECT_LE(mistakes[i]["true_probability"], mistakes[i]["probability"]);
    if (i == 0) continue;
    EXPECT_GE(mistakes[i]["true_probability"], mistakes[i - 1]["true_probability"]);
  }
  EXPECT_EQ(report["data"]["training"], Json(std::vector<int>(10, 9)));
  EXPECT_EQ(report["data"]["validation"], Json(std::vector<int>(10, 3)));
}

TEST_F(ReportTest, EpochsHaveLearningRateAndThroughput) {
  make_digits();
  ASSERT_EQ(train({"--epochs", "3", "--learning-rate", "0.02", "--output", "run"}).exit_code, 0);
  const Json epochs = record("run")["epochs"];
  ASSERT_EQ(epochs.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(epochs[i]["epoch"], i + 1);
    EXPECT_NEAR(epochs[i]["learning_rate"].get<double>(), 0.02, 1e-6);
    EXPECT_NEAR(epochs[i]["images_per_second"].get<double>() * epochs[i]["seconds"].get<double>(),
                120, 1e-6);
  }
}

TEST_F(ReportTest, PageStandsAlone) {
  make_digits();
  train_a_model();
  const std::string page = text_of("run/report.html");
  for (const char* part : {"<polyline", "Confusion matrix", "Worst mistakes", "data:image/png",
                           "precision", "learning rate", "images a second", "conv2d"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  for (const char* part : {"http://", "https://", "<script", "{{", "}}"}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
}

TEST_F(ReportTest, WithoutValidationDataTheReportSaysSo) {
  make_digits(3);
  ASSERT_EQ(train({"--output", "run"}).exit_code, 0);
  EXPECT_TRUE(record("run")["validation"].is_null());
  EXPECT_NE(text_of("run/report.html").find("no validation data"), std::string::npos);
  const CommandResult result = folio({"report", "run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("no validation data"), std::string::npos);
}

TEST_F(ReportTest, ZeroEpochsHaveAReportToo) {
  make_digits(3);
  ASSERT_EQ(train({"--epochs", "0", "--validation-split", "0.34", "--output", "run"}).exit_code, 0);
  EXPECT_EQ(record("run")["validation"]["samples"], 10);
  EXPECT_NE(text_of("run/report.html").find("No epoch ended"), std::string::npos);
  EXPECT_EQ(folio({"report", "run"}).exit_code, 0);
}

TEST_F(ReportTest, TerminalShowsMetricsAndClasses) {
  make_digits();
  train_a_model();
  const CommandResult result = folio({"report", "run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"mnist_cnn on digits", "val_accuracy", "recall", "taken for"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " in " << result.out;
  }
  EXPECT_EQ(Json::parse(folio({"report", "run", "--json"}).out), record("run"));
}

TEST_F(ReportTest, RunThatDidNotEndIsShownFromItsHistory) {
  make_digits(3);
  ASSERT_EQ(train({"--epochs", "2", "--output", "run"}).exit_code, 0);
  std::filesystem::remove(at("run/report.json"));
  const CommandResult result = folio({"report", "run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("accuracy"), std::string::npos);
  EXPECT_NE(result.out.find("did not come to its end"), std::string::npos);
}

TEST_F(ReportTest, WhatIsNoRunIsRefused) {
  make_digits(3);
  expect_failure(folio({"report", "digits"}), 1, "digits");
  expect_failure(folio({"report", "none"}), 1, "none");
  write("run/report.json", R"({"epochs": []})");
  expect_failure(folio({"report", "run"}), 1, "report.json");
  write("run/report.json", "{");
  expect_failure(folio({"report", "run"}), 1, "report.json");
}

TEST_F(ReportTest, CompareTellsFiguresAndDifferences) {
  make_digits(3);
  ASSERT_EQ(train({"--epochs", "1", "--output", "a"}).exit_code, 0);
  ASSERT_EQ(train({"--epochs", "2", "--zoom-range", "0.2", "--output", "b"}).exit_code, 0);
  const CommandResult result = folio({"compare", "a", "b", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json compared = Json::parse(result.out);
  EXPECT_EQ(compared["figures"]["epochs"], Json({1.0, 2.0}));
  EXPECT_EQ(compared["configuration"]["augment.zoom_range"], Json({"[1.0,1.0]", "[0.8,1.2]"}));
  EXPECT_FALSE(compared["configuration"].contains("model"));
  EXPECT_NE(folio({"compare", "a", "b"}).out.find("augment.zoom_range"), std::string::npos);
  const std::string same = folio({"compare", "a", "a"}).out;
  EXPECT_NE(same.find("are the same"), std::string::npos);
  EXPECT_NE(same.find("(1) a"), std::string::npos) << same;
  EXPECT_NE(same.find("(2) a"), std::string::npos) << same;
  expect_failure(folio({"compare", "a"}), 2, "run_b is required");
}

// Columns of text with characters of at most three bytes, the wide ones counted as two.
std::size_t columns_of(const std::string& line) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    if (byte >> 6U == 2) continue;
    // CJK ideographs begin with E4 to E9 in UTF-8.
    columns += byte >= 0xE4 && byte <= 0xE9 ? 2 : 1;
  }
  return columns;
}

TEST_F(ReportTest, NarrowTerminalsAndWideNamesStayInLine) {
  make_digits();
  std::filesystem::rename(at("digits/0"), at("digits/數字零數字零數字零數字零數字零"));
  std::filesystem::rename(at("digits/1"), at("digits/一"));
  train_a_model();
  setenv("COLUMNS", "40", 1);
  const CommandResult report = folio({"report", "run"});
  const CommandResult evaluated = folio({"evaluate", "run/model.h5", "digits"});
  unsetenv("COLUMNS");
  for (const CommandResult& result : {report, evaluated}) {
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out.find("一"), std::string::npos);
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("Found") || line.starts_with("confusion")) continue;
      EXPECT_LE(columns_of(line), 40U) << line;
    }
  }
  // The column of curves is empty after one epoch: no block for it.
  EXPECT_EQ(report.out.find("\nval_loss\n"), std::string::npos) << report.out;
  // The columns of a block end where their headings do.
  std::istringstream lines(report.out);
  std::size_t heading = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("class ")) heading = columns_of(line);
    if (line.starts_with("一 ") && heading > 0) {
      EXPECT_EQ(columns_of(line), heading);
      heading = 0;
    }
  }
}

}  // namespace
}  // namespace folio::test
