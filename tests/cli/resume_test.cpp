// --resume: a run that is killed and goes on leaves the files of one that never stopped.
// FOLIO_KILLS sets how many times; 1,000 take about half an hour.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "checkpoint_file.h"
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
    const std::vector<std::pair<std::string, std::string>> defaults = {{"--model", "net.json"},
                                                                       {"--epochs", "5"},
                                                                       {"--seed", "4"},
                                                                       {"--batch-size", "8"},
                                                                       {"--optimizer", "adam"}};
    for (const auto& [option, value] : defaults) {
      if (std::find(more.begin(), more.end(), option) != more.end()) continue;
      arguments.insert(arguments.end(), {option, value});
    }
    return arguments;
  }

  /// After a kill: a checkpoint can be read, if there ever was one, and so can every model.
  void expect_all_readable(const std::string& run) {
    std::size_t readable = 0;
    for (const char* name : {"checkpoint.folio", "checkpoint.previous.folio"}) {
      const std::string path = at(run + "/" + name).string();
      if (!fs::exists(path)) continue;
      had_checkpoint_ = true;
      try {
        internal::run_state_from_bytes(read_file(path));
        ++readable;
      } catch (const Error& error) {
        std::cout << path << ": " << error.what() << '\n';
      }
    }
    EXPECT_TRUE(readable > 0 || !had_checkpoint_);
    for (const char* name : {"best.h5", "model.h5"}) {
      const std::string path = at(run + "/" + name).string();
      if (!fs::exists(path)) continue;
      EXPECT_NO_THROW(load_model(path)) << path;
    }
  }

  void expect_no_remains(const std::string& run) const {
    for (const auto& entry : fs::directory_iterator(at(run))) {
      const std::string name = entry.path().filename().string();
      EXPECT_FALSE(name.starts_with(".") || name.ends_with(".next")) << name;
    }
  }

  bool had_checkpoint_ = false;

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
  const char* wanted = std::getenv("FOLIO_KILLS");
  const int kills = wanted == nullptr ? 20 : std::atoi(wanted);
  std::mt19937 random(7);
  std::uniform_real_distribution<double> moment(0.0, whole.count());
  int finished = 0;
  const auto expect_finished = [&](const CommandResult& result) {
    ASSERT_EQ(result.exit_code, 0) << result.err;
    expect_same("broken", "whole");
    expect_no_remains("broken");
    ++finished;
  };
  for (int done = 0; done < kills && !HasFailure();) {
    RunningCommand training = start_folio(line("broken", {"--resume"}));
    std::this_thread::sleep_for(std::chrono::duration<double>(moment(random)));
    training.send(SIGKILL);
    const CommandResult result = training.wait();
    if (result.exit_code == -SIGKILL) {
      ++done;
      if (fs::exists(at("broken"))) expect_all_readable("broken");
      continue;
    }
    expect_finished(result);  // Came to its end first.
    fs::remove_all(at("broken"));
    had_checkpoint_ = false;
  }
  expect_finished(folio(line("broken", {"--resume"})));
  std::cout << kills << " kills, " << finished << " runs that ended with the same bits\n";
}

TEST_F(ResumeTest, OptionsThatAreNotGivenComeFromTheRun) {
  ASSERT_EQ(folio(line("whole", {"--epochs", "2"})).exit_code, 0);
  ASSERT_EQ(folio(line("short", {"--epochs", "1"})).exit_code, 0);
  fs::copy(at("short"), at("quiet"), fs::copy_options::recursive);
  const CommandResult result = folio({"train", "--resume", "--output", "short", "--epochs", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_same("short", "whole");
  const CommandResult quiet = folio(
      {"train", "--resume", "--output", "quiet", "--epochs", "2", "--quiet", "--tensorboard"});
  ASSERT_EQ(quiet.exit_code, 0) << quiet.err;
  expect_same("quiet", "whole");
  EXPECT_FALSE(fs::is_empty(at("quiet/tensorboard")));
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

TEST_F(ResumeTest, ARunThatHasNothingLeftToDoStaysAsItIs) {
  ASSERT_EQ(folio(line("run", {"--epochs", "2"})).exit_code, 0);
  const std::string config = text_of("run/config.json");
  const std::string model = text_of("run/model.h5");
  const CommandResult again = folio({"train", "--resume", "--output", "run", "--epochs", "1"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.err.find("nothing is left to train: run has all of its 2 epochs"),
            std::string::npos)
      << again.err;
  EXPECT_EQ(text_of("run/config.json"), config);
  EXPECT_EQ(text_of("run/model.h5"), model);
}

TEST_F(ResumeTest, ARunThatBeganWithTheModelInItsFolderFindsItAgain) {
  ASSERT_EQ(folio(line("run", {"--epochs", "1"})).exit_code, 0);
  std::vector<std::string> more = line("run", {"--epochs", "1"});
  *(std::find(more.begin(), more.end(), "--model") + 1) = "run/model.h5";
  ASSERT_EQ(folio(more).exit_code, 0);
  const auto config = nlohmann::json::parse(text_of("run/config.json"));
  EXPECT_EQ(config.at("model"), "run/model.previous.h5");
  EXPECT_EQ(config.at("options").at("model"), "run/model.previous.h5");
  fs::remove(at("run/model.h5"));  // As if it had been killed.
  const CommandResult result = folio({"train", "--resume", "--output", "run", "--epochs", "2"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(at("run/model.h5")));
  expect_failure(folio({"train", "--config", "run/config.json", "--output", "run"}), 2,
                 "this run would replace run/model.previous.h5, with which it begins");
}

TEST_F(ResumeTest, WhatHasChangedIsNamed) {
  ASSERT_EQ(folio(line("run", {"--epochs", "1"})).exit_code, 0);
  const std::string config = text_of("run/config.json");
  expect_failure(folio(line("run", {"--resume", "--batch-size", "16"})), 2,
                 "batch_size is 16, it was 8");
  expect_failure(folio(line("run", {"--resume", "--seed", "5"})), 2, "seed is 5, it was 4");
  expect_failure(folio(line("run", {"--resume", "--zoom-range", "0.1"})), 2, "zoom_range is");
  expect_failure(folio(line("run", {"--resume", "--optimizer", "sgd"})), 2,
                 "optimizer is \"SGD\", it was \"Adam\"");
  const std::string network = text_of("net.json");
  std::string wider = network;
  wider.replace(wider.find("\"filters\": 4"), 12, "\"filters\": 5");
  write("net.json", wider);
  expect_failure(folio(line("run", {"--resume"})), 2, "layer 'conv': filters is 5, it was 4");
  write("net.json", network);
  expect_failure(folio(line("run", {"--resume", "--model", "mnist_cnn"})), 2, "layer 'conv' is");
  EXPECT_EQ(text_of("run/config.json"), config);
}

TEST_F(ResumeTest, FilesThatHaveChangedAreNamed) {
  ASSERT_EQ(folio(line("run", {"--epochs", "1"})).exit_code, 0);
  const std::string files = text_of("run/files.csv");
  EXPECT_EQ(line_count(files), 1U + 80U);
  EXPECT_TRUE(files.starts_with("subset,path,class,bytes")) << files;
  std::vector<fs::path> threes;
  for (const auto& entry : fs::directory_iterator(at("digits/3"))) threes.push_back(entry.path());
  std::sort(threes.begin(), threes.end());
  const std::string last = "3/" + threes.back().filename().string();
  const std::string bytes = text_of("digits/" + last);

  write("digits/" + last, bytes + "more");
  expect_failure(folio(line("run", {"--resume"})), 2,
                 "1 file is of another size (training: " + last + ", " +
                     std::to_string(bytes.size() + 4) + " bytes, it had " +
                     std::to_string(bytes.size()) + ")");
  write("digits/" + last, bytes);
  EXPECT_EQ(folio(line("run", {"--resume", "--epochs", "1"})).exit_code, 0);

  fs::rename(at("digits/" + last), at("gone.png"));
  // One file less also moves one from validation to training.
  expect_failure(folio(line("run", {"--resume"})), 2, "2 files are missing (training: " + last);
  fs::copy_file(at("gone.png"), at("digits/3/zzz.png"));
  expect_failure(folio(line("run", {"--resume"})), 2, "1 file is new (training: 3/zzz.png)");
  EXPECT_EQ(text_of("run/files.csv"), files);
  const CommandResult anyway = folio(line("run", {"--resume-anyway", "--epochs", "2"}));
  EXPECT_EQ(anyway.exit_code, 0) << anyway.err;
  EXPECT_NE(anyway.err.find("the run is continued although"), std::string::npos) << anyway.err;
}

TEST_F(ResumeTest, ARunThatDoesNotExistIsNotContinued) {
  expect_failure(folio({"train", "--resume", "--output", "runs/none-1"}), 2,
                 "runs/none-1 holds no run to continue");
  ASSERT_EQ(folio(line("runs/one-1", {"--epochs", "1"})).exit_code, 0);
  expect_failure(folio({"train", "--resume", "--output", "runs/none-1"}), 2,
                 "there are runs/one-1");
  expect_failure(folio({"train", "--resume"}), 2, "there are runs/one-1");
  EXPECT_FALSE(fs::exists(at("runs/none-1")));
}

TEST_F(ResumeTest, TwoRunsDoNotShareAFolder) {
  RunningCommand first = start_folio(line("run", {"--epochs", "100000"}));
  for (int tries = 0; tries < 600 && !fs::exists(at("run/checkpoint.folio")); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const std::string config = text_of("run/config.json");
  expect_failure(folio(line("run")), 1, "is training into this folder");
  expect_failure(folio(line("run", {"--resume"})), 1, "another --output");
  EXPECT_EQ(text_of("run/config.json"), config);
  first.send(SIGKILL);
  first.wait();
  const CommandResult next = folio(line("run"));
  EXPECT_EQ(next.exit_code, 0) << next.err;
  expect_no_remains("run");
}

TEST_F(ResumeTest, ADamagedCheckpointGivesWayToTheOneBeforeIt) {
  ASSERT_EQ(folio(line("whole")).exit_code, 0);
  ASSERT_EQ(folio(line("run", {"--epochs", "3"})).exit_code, 0);
  std::string bytes = text_of("run/checkpoint.folio");
  bytes[bytes.size() / 2] ^= 1;
  write("run/checkpoint.folio", bytes);
  const CommandResult result = folio(line("run", {"--resume"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("the checkpoint before it is taken"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("checkpoint.previous.folio"), std::string::npos) << result.err;
  expect_same("run", "whole");
}

TEST_F(ResumeTest, AFullDiskNeedNotEndTraining) {
  ASSERT_EQ(folio(line("whole")).exit_code, 0);
  // No checkpoint is so small; the model at the end is not either.
  const CommandResult stop = folio(line("stop"), {.file_bytes = 20000});
  expect_failure(stop, 1, " bytes): File too large");
  const CommandResult warn =
      folio(line("warn", {"--on-save-error", "warn"}), {.file_bytes = 20000});
  EXPECT_NE(warn.err.find("training goes on"), std::string::npos) << warn.err;
  expect_failure(warn, 1, "model.h5");
  for (const char* run : {"stop", "warn"}) {
    if (fs::exists(at(run))) expect_no_remains(run);
    EXPECT_EQ(folio(line(run, {"--resume"})).exit_code, 0);
    expect_same(run, "whole");
  }
}

TEST_F(ResumeTest, AFullDiskLeavesWhatWasThere) {
  ASSERT_EQ(folio(line("whole")).exit_code, 0);
  ASSERT_EQ(folio(line("run", {"--epochs", "2"})).exit_code, 0);
  const std::string model = text_of("run/model.h5");
  const std::string checkpoint = text_of("run/checkpoint.folio");
  const CommandResult full = folio(line("run", {"--resume"}), {.file_bytes = 20000});
  expect_failure(full, 1, "folio train --resume --output run");
  EXPECT_TRUE(text_of("run/model.h5") == model);
  EXPECT_TRUE(text_of("run/checkpoint.folio") == checkpoint);
  expect_no_remains("run");
  EXPECT_EQ(folio(line("run", {"--resume"})).exit_code, 0);
  expect_same("run", "whole");
}

TEST_F(ResumeTest, AFolderThatBecomesReadOnlyIsToldAndTheRunGoesOn) {
  ASSERT_EQ(folio(line("whole")).exit_code, 0);
  fs::create_directory(at("run"));
  fs::permissions(at("run"), fs::perms::owner_read | fs::perms::owner_exec);
  const CommandResult never = folio(line("run"), {.unprivileged = true});
  expect_failure(never, 1, "Permission denied");
  hand_over("run");
  fs::permissions(at("run"), fs::perms::all);
  RunningCommand training = start_folio(
      line("run", {"--epochs", "2", "--on-save-error", "warn", "--steps-per-epoch", "200"}),
      {.unprivileged = true});
  for (int tries = 0; tries < 600 && !fs::exists(at("run/checkpoint.previous.folio")); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  fs::permissions(at("run"), fs::perms::owner_read | fs::perms::owner_exec);
  const CommandResult result = training.wait();
  fs::permissions(at("run"), fs::perms::all);
  EXPECT_NE(result.err.find("training goes on"), std::string::npos) << result.err;
  expect_failure(result, 1, "model.h5");
  expect_failure(result, 1, "Permission denied");
  const CommandResult resumed =
      folio(line("run", {"--resume", "--epochs", "2", "--steps-per-epoch", "200"}));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

}  // namespace
}  // namespace folio::test
