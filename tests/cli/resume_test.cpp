// --resume: a run that is killed and goes on leaves the files of one that never stopped.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

class ResumeTest : public CommandTest {
 protected:
  void SetUp() override {
    make_digits(8);
    write("net.json", R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
      {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3],
        "strides": [2, 2], "activation": "relu"}},
      {"class_name": "Dropout", "config": {"name": "dropout", "rate": 0.2}},
      {"class_name": "Flatten", "config": {"name": "flatten"}},
      {"class_name": "Dense", "config": {"name": "dense", "units": 10,
        "activation": "softmax"}}]}})");
  }

  static std::vector<std::string> line(const std::string& output,
                                       const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"train",
                                          "digits",
                                          "--validation-split",
                                          "0.25",
                                          "--optimizer",
                                          "adam",
                                          "--rotation-range",
                                          "10",
                                          "--log-every",
                                          "1",
                                          "--patience",
                                          "3",
                                          "--restore-best-weights",
                                          "--checkpoint",
                                          "best.h5",
                                          "--save-best-only",
                                          "--reduce-lr-patience",
                                          "1",
                                          "--checkpoint-every",
                                          "1",
                                          "--output",
                                          output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::vector<std::pair<std::string, std::string>> defaults = {
        {"--model", "net.json"}, {"--epochs", "5"}, {"--seed", "4"}, {"--batch-size", "8"}};
    for (const auto& [option, value] : defaults) {
      if (std::find(more.begin(), more.end(), option) != more.end()) continue;
      arguments.insert(arguments.end(), {option, value});
    }
    return arguments;
  }

  void expect_same(const std::string& run, const std::string& other) const {
    for (const char* name : {"/model.h5", "/best.h5", "/history.csv", "/steps.csv"}) {
      EXPECT_FALSE(text_of(other + name).empty()) << name;
      EXPECT_TRUE(text_of(run + name) == text_of(other + name)) << name;
    }
  }
};

TEST_F(ResumeTest, KilledRunsEndWithTheSameBits) {
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(folio(line("whole")).exit_code, 0);
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begin;
  std::mt19937 random(7);
  std::uniform_real_distribution<double> moment(0.0, whole.count());
  for (int times = 0; times < 6; ++times) {
    RunningCommand training = start_folio(line("broken", {"--resume"}));
    std::this_thread::sleep_for(std::chrono::duration<double>(moment(random)));
    training.send(SIGKILL);
    training.wait();
  }
  const CommandResult last = folio(line("broken", {"--resume"}));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  expect_same("broken", "whole");
}

TEST_F(ResumeTest, OptionsThatAreNotGivenComeFromTheRun) {
  ASSERT_EQ(folio(line("whole", {"--epochs", "2"})).exit_code, 0);
  ASSERT_EQ(folio(line("short", {"--epochs", "1"})).exit_code, 0);
  const CommandResult result = folio({"train", "--resume", "--output", "short", "--epochs", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_same("short", "whole");
}

TEST_F(ResumeTest, ConfigurationReproducesTheWeights) {
  ASSERT_EQ(folio(line("first", {"--epochs", "1"})).exit_code, 0);
  const CommandResult result =
      folio({"train", "--config", "first/config.json", "--output", "second"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_same("second", "first");
  EXPECT_EQ(text_of("first/config.json"), text_of("second/config.json"));
  // The line wins.
  ASSERT_EQ(folio({"train", "--config", "first/config.json", "--output", "third", "--seed", "5"})
                .exit_code,
            0);
  EXPECT_NE(text_of("third/model.h5"), text_of("first/model.h5"));
  write("augment.json", R"({"rotation_range": 20})");
  ASSERT_EQ(folio({"train", "--config", "first/config.json", "--output", "fourth", "--augment",
                   "augment.json"})
                .exit_code,
            0);
  EXPECT_NE(text_of("fourth/config.json").find("\"rotation_range\": 20"), std::string::npos);
  write("wrong.json", R"({"options": {"epoch": 3}})");
  expect_failure(folio({"train", "--config", "wrong.json"}), 2, "'epoch'");
  expect_failure(folio({"train", "--resume"}), 2, "--output");
}

TEST_F(ResumeTest, WhatHasChangedIsNamed) {
  ASSERT_EQ(folio(line("run", {"--epochs", "1"})).exit_code, 0);
  const std::string config = text_of("run/config.json");
  expect_failure(folio(line("run", {"--resume", "--batch-size", "16"})), 2,
                 "batch_size is 16, it was 8");
  expect_failure(folio(line("run", {"--resume", "--seed", "5"})), 2, "seed is 5, it was 4");
  expect_failure(folio(line("run", {"--resume", "--zoom-range", "0.1"})), 2, "zoom_range is");
  expect_failure(folio(line("run", {"--resume", "--model", "mnist_cnn"})), 2, "architecture");
  EXPECT_EQ(text_of("run/config.json"), config);
  const fs::path one = fs::directory_iterator(at("digits/3"))->path();
  fs::copy_file(one, at("digits/3/zzz.png"));
  expect_failure(folio(line("run", {"--resume"})), 2, "list of files");
  const CommandResult anyway = folio(line("run", {"--resume-anyway", "--epochs", "2"}));
  EXPECT_EQ(anyway.exit_code, 0) << anyway.err;
  EXPECT_NE(anyway.err.find("the run is continued although"), std::string::npos) << anyway.err;
}

TEST_F(ResumeTest, AFullDiskNeedNotEndTraining) {
  // No checkpoint is so small; the model at the end is not either.
  const CommandResult stop = folio(line("stop"), {.file_bytes = 20000});
  EXPECT_EQ(stop.exit_code, 1) << stop.err;
  const CommandResult warn =
      folio(line("warn", {"--on-save-error", "warn"}), {.file_bytes = 20000});
  EXPECT_NE(warn.err.find("training goes on"), std::string::npos) << warn.err;
  expect_failure(warn, 1, "model.h5");
}

}  // namespace
}  // namespace folio::test
