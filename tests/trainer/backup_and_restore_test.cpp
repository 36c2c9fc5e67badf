// A run that is broken off anywhere and goes on from its checkpoint is the run that never stopped.
#include <folio/datasets/file.h>
#include <folio/trainer/backup_and_restore.h>
#include <folio/trainer/csv_logger.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/lambda_callback.h>
#include <folio/trainer/learning_rate_scheduler.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/reduce_lr_on_plateau.h>
#include <folio/trainer/sequential.h>
#include <folio/trainer/steps_logger.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <random>

#include "checkpoint_file.h"
#include "message_of.h"
#include "scripted_trainer.h"
#include "temporary_directory.h"
#include "text_of.h"

namespace folio {
namespace {

using test::counting_stream;
using test::message_of;
using test::ScriptedTrainer;
using test::text_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// What a run has left behind.
struct Result {
  std::vector<float> weights{};
  std::map<std::string, std::vector<double>> history{};
  std::string csv{}, steps{}, best{};
  bool operator==(const Result&) const = default;
};

constexpr std::size_t kEpochs = 4;

/// A run in `directory` that is broken off after `batches` batches, without a chance to tidy up.
/// Returns nothing then.
std::optional<Result> run(const std::string& directory, std::size_t batches) {
  std::mt19937 random(1);
  Tensor x({22, 12, 12, 1});
  for (float& value : x.values()) value = static_cast<float>(random() % 256) / 255.0F;
  Tensor y({22, 3});
  for (std::size_t i = 0; i < 22; ++i) y.row(i)[i % 3] = 1.0F;
  BatchStream data = ImageDataGenerator({.rotation_range = 20, .zoom_range = {.8, 1.2}})
                         .flow(x, y, {.batch_size = 6, .seed = 5});
  Sequential model({Conv2D(8, 3, {.activation = "relu"}), MaxPooling2D(), Dropout(0.3), Flatten(),
                    Dense(3, {.activation = "softmax"})});
  model.set_seed(3);
  model.compile({.optimizer = Adam{.learning_rate = 0.01, .use_ema = true},
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy"}});
  std::size_t seen = 0;
  struct Killed {};
  const auto kill = [&] {
    if (seen++ == batches) throw Killed{};
  };
  const std::string best = directory + "/best.h5";
  try {
    const History history = model.fit(
        data,
        {.epochs = kEpochs,
         .callbacks = {ModelCheckpoint(best, {.monitor = "loss", .save_best_only = true}),
                       ReduceLROnPlateau(
                           {.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 0.05}),
                       LearningRateScheduler([](std::size_t, double rate) { return rate * 0.9; }),
                       EarlyStopping(
                           {.monitor = "loss", .patience = 2, .restore_best_weights = true}),
                       CSVLogger(directory + "/history.csv"), StepsLogger(directory + "/steps.csv"),
                       BackupAndRestore(directory, {.save_freq = 1, .delete_checkpoint = false}),
                       LambdaCallback({.on_train_batch_begin = [&](auto&, auto) { kill(); },
                                       .on_test_batch_end = [&](auto&, auto, auto&) { kill(); }})},
         .validation_data = Arrays{.x = x, .y = y, .batch_size = 11}});
    Result result{.history = history.history,
                  .csv = text_of(directory + "/history.csv"),
                  .steps = text_of(directory + "/steps.csv"),
                  .best = text_of(best)};
    for (const Tensor& weight : model.weights()) {
      result.weights.insert(result.weights.end(), weight.values().begin(), weight.values().end());
    }
    return result;
  } catch (const Killed&) {
    return std::nullopt;
  }
}

TEST(BackupAndRestoreTest, ARunBrokenOffAnywhereEndsWithTheSameBits) {
  constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  const test::TemporaryDirectory whole;
  const std::optional<Result> expected = run(whole.path(), kNever);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->history.at("learning_rate").size(), expected->history.at("loss").size());
  // 4 training and 2 validation batches an epoch.
  for (const std::size_t batches : {0, 1, 3, 4, 5, 6, 9, 12}) {
    const test::TemporaryDirectory directory;
    ASSERT_FALSE(run(directory.path(), batches));
    EXPECT_TRUE(run(directory.path(), kNever) == expected) << "broken off after " << batches;
  }
  // And one that is broken off again and again.
  const test::TemporaryDirectory directory;
  std::optional<Result> result;
  for (int times = 0; times < 40 && !result; ++times) result = run(directory.path(), 2);
  EXPECT_TRUE(result == expected);
}

TEST(BackupAndRestoreTest, AFinishedRunLeavesNoCheckpointUnlessAsked) {
  const test::TemporaryDirectory directory;
  ScriptedTrainer trainer({.5}, 2);
  BatchStream data = counting_stream(2);
  fit(trainer, data, {.callbacks = {BackupAndRestore(directory.path("backup"))}});
  EXPECT_FALSE(std::filesystem::exists(directory.path("backup")));
}

/// A finished run of two epochs of two batches whose checkpoints stay.
void finished_run(const std::string& directory, const BackupAndRestoreOptions& options = {}) {
  ScriptedTrainer trainer({.5}, 2);
  BatchStream data = counting_stream(2);
  BackupAndRestoreOptions kept = options;
  kept.delete_checkpoint = false;
  fit(trainer, data, {.epochs = 2, .callbacks = {BackupAndRestore(directory, kept)}});
}

TEST(BackupAndRestoreTest, MoreEpochsContinueAFinishedRun) {
  const test::TemporaryDirectory directory;
  finished_run(directory.path());
  ScriptedTrainer trainer({.5}, 2);
  BatchStream data = counting_stream(2);
  const History history =
      fit(trainer, data, {.epochs = 3, .callbacks = {BackupAndRestore(directory.path())}});
  EXPECT_THAT(trainer.trained, ElementsAre(4, 5));
  EXPECT_THAT(history.epoch, ElementsAre(0, 1, 2));
}

TEST(BackupAndRestoreTest, ADamagedCheckpointGivesWayToTheOneBeforeIt) {
  const test::TemporaryDirectory directory;
  finished_run(directory.path());
  const std::string path = directory.path("checkpoint.folio");
  std::string bytes = text_of(path);
  bytes[bytes.size() / 2] ^= 4;
  std::ofstream(path, std::ios::binary) << bytes;
  ScriptedTrainer trainer({.5}, 2);
  BatchStream data = counting_stream(2);
  std::vector<std::string> lines;
  const auto resume = [&] {
    fit(trainer, data,
        {.epochs = 2,
         .callbacks = {BackupAndRestore(directory.path(), {.verbose = [&](const std::string& line) {
                                          lines.push_back(line);
                                        }})}});
  };
  resume();
  EXPECT_THAT(trainer.trained, ElementsAre(2, 3));
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("checksum"), HasSubstr("the checkpoint before")),
                                 HasSubstr("continuing in epoch 2 after 0 batches")));
  finished_run(directory.path());
  for (const char* name : {"checkpoint.folio", "checkpoint.previous.folio"}) {
    std::ofstream(directory.path(name)) << "nonsense";
  }
  EXPECT_THAT(message_of(resume), HasSubstr("no checkpoint can be read"));
}

TEST(BackupAndRestoreTest, AnotherRunIsRefusedWithTheDifference) {
  const test::TemporaryDirectory directory;
  finished_run(directory.path(), {.conditions = {{"augmentation", "zoom"}}});
  ScriptedTrainer trainer({.5}, 2);
  BatchStream data = counting_stream(3);
  const auto resume = [&](bool anyway) {
    return message_of([&] {
      fit(trainer, data,
          {.epochs = 3,
           .callbacks = {BackupAndRestore(
               directory.path(),
               {.conditions = {{"augmentation", "none"}}, .ignore_differences = anyway})}});
    });
  };
  EXPECT_THAT(resume(false),
              AllOf(HasSubstr("augmentation is none, it was zoom"),
                    HasSubstr("number of images is 6, it was 4"), HasSubstr("list of files")));
  EXPECT_TRUE(trainer.trained.empty());
  EXPECT_EQ(resume(true), "no error");
}

TEST(BackupAndRestoreTest, WhatCannotBeWrittenIsAnErrorOrGoesOn) {
  const test::TemporaryDirectory directory;
  std::ofstream(directory.path("file")) << "in the way";
  const auto run = [&](FitOptions options) {
    ScriptedTrainer trainer({.5}, 2);
    BatchStream data = counting_stream(2);
    options.epochs = 3;
    options.callbacks.add(BackupAndRestore(directory.path("file")));
    return fit(trainer, data, options).epoch.size();
  };
  EXPECT_THAT(message_of([&] { run({}); }), HasSubstr(directory.path("file")));
  std::size_t told = 0;
  EXPECT_EQ(run({.on_save_error = [&](const Error&) { ++told; }}), 3U);
  EXPECT_EQ(told, 3U);
}

RunState some_state() {
  RunState state{.epoch = 3, .step = 7, .in_epoch = true};
  state.logs = {{"loss", 0.1}, {"val_loss", std::nan("")}};
  state.history.epoch = {0, 1, 2};
  state.history.history["loss"] = {1.0 / 3, std::numeric_limits<double>::infinity(), 0.0};
  state.trainer.tensors["weight/a"] = Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  state.trainer.tensors["weight/scalar"] = Tensor(Shape{}, std::vector<float>{7});
  state.trainer.put("iterations", 12);
  state.callbacks.resize(2);
  state.callbacks[1].tensors["best"] = Tensor({1}, std::vector<float>{8});
  state.conditions = {{"seed", "4"}};
  return state;
}

TEST(CheckpointFileTest, GivesBackWhatWasWritten) {
  const RunState read = internal::run_state_from_bytes(internal::run_state_to_bytes(some_state()));
  EXPECT_EQ(read.epoch, 3U);
  EXPECT_EQ(read.step, 7U);
  EXPECT_TRUE(read.in_epoch);
  EXPECT_EQ(*find_log(read.logs, "loss"), 0.1);
  EXPECT_TRUE(std::isnan(*find_log(read.logs, "val_loss")));
  EXPECT_EQ(read.history.history, some_state().history.history);
  EXPECT_EQ(read.trainer.tensor("weight/a").shape(), (Shape{2, 3}));
  EXPECT_EQ(read.trainer.tensor("weight/a")[5], 6.0F);
  EXPECT_EQ(read.trainer.tensor("weight/scalar")[0], 7.0F);
  EXPECT_EQ(read.trainer.number("iterations"), 12.0);
  EXPECT_EQ(read.callbacks.at(1).tensor("best")[0], 8.0F);
  EXPECT_EQ(read.conditions, some_state().conditions);
}

TEST(CheckpointFileTest, FindsEveryFlippedBitAndEveryCut) {
  std::vector<std::byte> bytes = internal::run_state_to_bytes(some_state());
  std::size_t found = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    found += message_of([&] { internal::run_state_from_bytes(bytes); }) != "no error" ? 1 : 0;
    bytes[bit / 8] ^= mask;
  }
  EXPECT_EQ(found, bytes.size() * 8);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(message_of([&] { internal::run_state_from_bytes(std::span(bytes).first(size)); }),
              "no error")
        << size;
  }
}

}  // namespace
}  // namespace folio
