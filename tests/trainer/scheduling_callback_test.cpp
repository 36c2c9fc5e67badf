// ReduceLROnPlateau, LearningRateScheduler and TerminateOnNaN, over a script of losses.
#include <folio/trainer/csv_logger.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/learning_rate_scheduler.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/reduce_lr_on_plateau.h>
#include <folio/trainer/terminate_on_nan.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "message_of.h"
#include "scripted_trainer.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::counting_stream;
using test::message_of;
using test::ScriptedTrainer;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kStepsPerEpoch = 2;

History run_epochs(const std::vector<double>& losses, CallbackList callbacks,
                   OnNan on_nan = OnNan::kError) {
  ScriptedTrainer trainer(losses, kStepsPerEpoch);
  BatchStream data = counting_stream(kStepsPerEpoch);
  return fit(trainer, data,
             {.epochs = losses.size(), .callbacks = std::move(callbacks), .on_nan = on_nan});
}

TEST(ReduceLROnPlateauTest, ReducesAfterPatienceAndCoolsDown) {
  std::vector<std::string> lines;
  const ReduceLROnPlateau reduce(
      {.monitor = "loss",
       .factor = 0.5,
       .patience = 2,
       .verbose = [&](const std::string& line) { lines.push_back(line); },
       .cooldown = 2});
  // Each log is the rate of its epoch: the change after the third shows in the fourth. Two epochs
  // of cooldown follow, the second of which counts again.
  const History history = run_epochs({1, 1, 1, 1, 1, 1, 1}, {reduce});
  EXPECT_THAT(history["learning_rate"], ElementsAre(.1, .1, .1, .05, .05, .05, .025));
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("Epoch 3: ReduceLROnPlateau reducing learning rate to 0.05"),
                          HasSubstr("Epoch 6")));
}

TEST(ReduceLROnPlateauTest, StopsAtTheLeastRateAndSeesSmallStepsAsNone) {
  const ReduceLROnPlateau reduce({.monitor = "loss", .patience = 1, .min_lr = 0.04});
  const History history = run_epochs({1, .99995, .9999, .9}, {reduce});
  EXPECT_THAT(history["learning_rate"], ElementsAre(.1, .1, .04, .04));
}

TEST(ReduceLROnPlateauTest, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(message_of([] { ReduceLROnPlateau({.factor = 1.0}); }), HasSubstr("factor"));
  EXPECT_THAT(message_of([] { ReduceLROnPlateau({.min_lr = -1.0}); }), HasSubstr("min_lr"));
  EXPECT_THAT(message_of([] { run_epochs({1}, {ReduceLROnPlateau()}); }),
              HasSubstr("there is no value 'val_loss' to monitor, there are loss, accuracy"));
}

TEST(ReduceLROnPlateauTest, LaterCallbacksCanMonitorTheRate) {
  const History history =
      run_epochs({1, 1, 1}, {ReduceLROnPlateau({.monitor = "loss"}),
                             EarlyStopping({.monitor = "learning_rate", .mode = "min"})});
  EXPECT_EQ(history.epoch.size(), 2U);
}

TEST(LearningRateSchedulerTest, SetsAndLogsTheRateOfEachEpoch) {
  std::vector<std::string> lines;
  const LearningRateScheduler scheduler(
      [](std::size_t epoch, double rate) { return epoch < 1 ? rate : rate / 4; },
      [&](const std::string& line) { lines.push_back(line); });
  const History history = run_epochs({1, 1, 1}, {scheduler});
  EXPECT_THAT(history["learning_rate"],
              ElementsAre(DoubleEq(.1), DoubleEq(.025), DoubleEq(.00625)));
  EXPECT_EQ(lines.at(1), "Epoch 2: LearningRateScheduler setting learning rate to 0.025.");
  EXPECT_THAT(message_of([] {
                run_epochs({1}, {LearningRateScheduler([](std::size_t, double) { return -1.0; })});
              }),
              HasSubstr("for epoch 1"));
  EXPECT_THAT(message_of([] { LearningRateScheduler({}); }), HasSubstr("no schedule"));
}

TEST(TerminateOnNaNTest, EndsTheEpochAfterTheBatch) {
  std::vector<std::string> lines;
  ScriptedTrainer trainer({1, std::nan(""), 1}, kStepsPerEpoch);
  BatchStream data = counting_stream(kStepsPerEpoch);
  const History history =
      fit(trainer, data,
          {.epochs = 3,
           .callbacks = {TerminateOnNaN([&](const std::string& line) { lines.push_back(line); })}});
  EXPECT_THAT(trainer.trained, ElementsAre(0, 1, 2));
  EXPECT_EQ(history.epoch.size(), 2U);
  EXPECT_THAT(lines, ElementsAre("Epoch 2, batch 1: Invalid loss, terminating training"));
}

TEST(EarlyStoppingTest, NanIsNeverTheBestAndBlocksNothing) {
  const double nan = std::nan("");
  const auto epochs = [](const std::vector<double>& losses, std::size_t patience) {
    return run_epochs(losses, {EarlyStopping({.monitor = "loss", .patience = patience})},
                      OnNan::kContinue)
        .epoch.size();
  };
  EXPECT_EQ(epochs({1, nan, nan, nan, nan}, 2), 3U);  // As Keras.
  EXPECT_EQ(epochs({nan, 3, 2, 1, .5}, 2), 5U);       // Keras would stop here.
}

TEST(ModelCheckpointTest, NanIsNeverTheBestAndBatchesCanBeCompared) {
  const test::TemporaryDirectory directory;
  run_epochs({std::nan(""), .5, .6, .4},
             {ModelCheckpoint(directory.path("{epoch}-{batch}.h5"),
                              {.monitor = "loss", .save_best_only = true, .save_freq = 2})},
             OnNan::kContinue);
  EXPECT_FALSE(std::filesystem::exists(directory.path("1-2.h5")));
  EXPECT_TRUE(std::filesystem::exists(directory.path("2-2.h5")));
  EXPECT_FALSE(std::filesystem::exists(directory.path("3-2.h5")));
  EXPECT_TRUE(std::filesystem::exists(directory.path("4-2.h5")));
}

}  // namespace
}  // namespace folio
