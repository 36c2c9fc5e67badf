// Ctrl-C: a clean end with the model written, or a prompt one the second time.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

using Clock = std::chrono::steady_clock;

class InterruptTest : public CommandTest {
 protected:
  RunningCommand start_long_training() const {
    RunningCommand training = start_folio({"train", "digits", "--model", "mnist_cnn", "--epochs",
                                           "100000", "--output", "run", "--log-every", "1"});
    // steps.csv is written when an epoch ends: training is under way then.
    for (int tries = 0; tries < 600 && line_count(text_of("run/steps.csv")) < 2; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_GT(line_count(text_of("run/steps.csv")), 1U);
    return training;
  }
};

TEST_F(InterruptTest, FirstSignalWritesTheModelAndEndsPromptly) {
  make_digits(8);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    std::filesystem::remove_all(at("run"));
    RunningCommand training = start_long_training();
    const auto start = Clock::now();
    training.send(signal_number);
    const CommandResult result = training.wait();
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
    expect_failure(result, 1, "interrupted");
    expect_failure(result, 1, "run/model.h5");
    EXPECT_EQ(folio({"evaluate", "run/model.h5", "digits"}).exit_code, 0);
  }
}

TEST_F(InterruptTest, BatchesThatWereWrittenAreToldOf) {
  make_digits(8);
  RunningCommand writing = start_folio({"batches", "digits", "--target-size", "64x64", "--seed",
                                        "1", "--batches", "100000", "--out", "b"});
  for (int tries = 0; tries < 600 && !std::filesystem::exists(at("b/1_x.npy")); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  writing.send(SIGINT);
  const CommandResult result = writing.wait();
  expect_failure(result, 1, "interrupted");
  const std::size_t told = nlohmann::json::parse(text_of("b/index.json")).at("batches").size();
  EXPECT_GE(told, 2U);
  EXPECT_TRUE(std::filesystem::exists(at("b/" + std::to_string(told - 1) + "_y.npy")));
  EXPECT_FALSE(std::filesystem::exists(at("b/" + std::to_string(told) + "_x.npy")));
}

TEST_F(InterruptTest, SecondSignalEndsAtOnce) {
  make_digits(8);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    std::filesystem::remove_all(at("run"));
    // A batch takes long enough here that the clean end, which waits for it, is still to come.
    RunningCommand training =
        start_folio({"train", "digits", "--model", "vgg_small", "--target-size", "128x128",
                     "--batch-size", "80", "--epochs", "1000", "--output", "run"});
    const auto wait_until = [&](bool caught) {
      for (int tries = 0; tries < 30000 && training.catches(signal_number) != caught; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    };
    wait_until(true);
    training.send(signal_number);
    wait_until(false);
    training.send(signal_number);
    EXPECT_EQ(training.wait().exit_code, -signal_number);
    EXPECT_FALSE(std::filesystem::exists(at("run/model.h5")));
  }
}

}  // namespace
}  // namespace folio::test
