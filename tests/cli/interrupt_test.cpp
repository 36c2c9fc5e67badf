// Ctrl-C: a clean end with the model written, or a prompt one the second time.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace folio::test
