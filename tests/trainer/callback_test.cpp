// ModelCheckpoint, EarlyStopping, CSVLogger and ProgressBar, driven by fit() over a script of
// losses.
#include <folio/datasets/error.h>
#include <folio/trainer/csv_logger.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/lambda_callback.h>
#include <folio/trainer/metric.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/progress_bar.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>

#include "callbacks/monitor.h"
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

constexpr std::size_t kSteps = 2;

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Runs as many epochs as there are losses, each of kSteps batches, with validation.
History run(ScriptedTrainer& trainer, CallbackList callbacks, std::size_t epochs,
            std::size_t validation_freq = 1) {
  BatchStream data = counting_stream(kSteps);
  BatchStream validation = counting_stream(1);
  return fit(trainer, data,
             {.epochs = epochs,
              .callbacks = std::move(callbacks),
              .validation_data = &validation,
              .validation_freq = validation_freq});
}

History run(const std::vector<double>& losses, CallbackList callbacks) {
  ScriptedTrainer trainer(losses, kSteps);
  return run(trainer, std::move(callbacks), losses.size());
}

std::size_t epochs_run(const std::vector<double>& losses, EarlyStoppingOptions options) {
  options.monitor = "loss";
  return run(losses, {EarlyStopping(options)}).epoch.size();
}

// Epoch counts measured from Keras.
TEST(EarlyStoppingTest, StopsWhereKerasStops) {
  EXPECT_EQ(epochs_run({1, 1, 1, 1, 1, 1}, {.patience = 0}), 2U);
  EXPECT_EQ(epochs_run({1, 1, 1, 1, 1, 1}, {.patience = 1}), 2U);
  EXPECT_EQ(epochs_run({1, 2, 2, 2, 2, 2}, {.patience = 2}), 3U);
  EXPECT_EQ(epochs_run({1, .95, .91, .8, .7}, {.min_delta = .1, .patience = 1}), 2U);
  EXPECT_EQ(epochs_run({1, 2, 3, 4, 5, 6, 7}, {.patience = 0, .start_from_epoch = 3}), 5U);
  EXPECT_EQ(epochs_run({5, 4, 3, 2, 1}, {.patience = 1, .baseline = 0.5}), 5U);
}

TEST(EarlyStoppingTest, AccuracyIsBetterWhenLarger) {
  const EarlyStopping stopping({.monitor = "val_accuracy", .patience = 2});
  EXPECT_EQ(run({.9, .5, .6, .7, .8}, {stopping}).epoch.size(), 4U);
}

TEST(EarlyStoppingTest, RestoresTheBestWeightsHoweverTrainingEnds) {
  for (const std::size_t patience : {1U, 9U}) {
    ScriptedTrainer trainer({.5, .4, .6, .7}, kSteps);
    run(trainer,
        {EarlyStopping({.monitor = "loss", .patience = patience, .restore_best_weights = true})},
        4);
    EXPECT_EQ(trainer.weight, 4.0F) << "patience " << patience;
  }
}

TEST(EarlyStoppingTest, AMonitorThatWillNotBeThereIsAnErrorThatListsWhatWill) {
  EXPECT_THAT(message_of([] { run({1}, {EarlyStopping({.monitor = "val_auc", .mode = "max"})}); }),
              AllOf(HasSubstr("val_auc"), HasSubstr("loss, accuracy, val_loss, val_accuracy")));
  EXPECT_THAT(message_of([] { EarlyStopping({.mode = "maximum"}); }), HasSubstr("maximum"));
}

TEST(EarlyStoppingTest, LogsThatAnotherCallbackAddsCanBeMonitored) {
  const auto adding = [](bool announced) {
    return LambdaCallback({
        .on_train_begin =
            [announced](TrainingContext& context) {
              if (announced) context.log_names.emplace_back("gap");
            },
        .on_epoch_end = [](TrainingContext&, std::size_t epoch,
                           Logs& logs) { logs.emplace_back("gap", epoch == 0 ? 1.0 : 2.0); },
    });
  };
  const EarlyStopping stopping({.monitor = "gap", .patience = 1, .mode = "min"});
  EXPECT_EQ(run({1, 1, 1, 1}, {adding(true), stopping}).epoch.size(), 2U);
  EXPECT_THAT(message_of([&] { run({1, 1}, {adding(false), stopping}); }), HasSubstr("'gap'"));
}

TEST(EarlyStoppingTest, TheModeIsKnownOfEveryMetric) {
  const auto larger = [](const std::string& monitor) {
    return internal::larger_is_better("EarlyStopping", "auto", monitor);
  };
  for (const std::string& name : metric_names()) {
    EXPECT_EQ(larger(name), name != "root_mean_squared_error") << name;
  }
  for (const std::string& name : loss_names()) {
    EXPECT_EQ(larger("val_" + name), name == "cosine_similarity") << name;
  }
  for (const char* name :
       {"val_weighted_accuracy", "acc_1", "CategoricalAccuracy", "val_AUC", "precision_0.3"}) {
    EXPECT_TRUE(larger(name)) << name;
  }
  for (const char* name : {"loss", "mse", "val_ce", "val_mae_2"})
    EXPECT_FALSE(larger(name)) << name;
  EXPECT_THAT(message_of([&] { larger("gap"); }), HasSubstr("set mode"));
}

TEST(EarlyStoppingTest, EpochsWithoutValidationDoNotCount) {
  ScriptedTrainer trainer({1, 2, 2, 2, 2, 2, 2, 2}, kSteps);
  EXPECT_EQ(run(trainer, {EarlyStopping({.patience = 1})}, 8, 2).epoch.size(), 4U);
}

TEST(ModelCheckpointTest, FillsTheNameWithEpochAndMetrics) {
  const test::TemporaryDirectory directory;
  run({.5, .25},
      {ModelCheckpoint(directory.path("weights-improvement-{epoch:02d}-{accuracy:.2f}.h5"))});
  EXPECT_THAT(files_in(directory.path()),
              ElementsAre("weights-improvement-01-0.50.h5", "weights-improvement-02-0.75.h5"));
}

TEST(ModelCheckpointTest, SaveBestOnlyKeepsTheBestAndSaysWhatItDid) {
  const test::TemporaryDirectory directory;
  std::vector<std::string> lines;
  const auto checkpoint = std::make_shared<ModelCheckpoint>(
      directory.path("best.h5"),
      ModelCheckpointOptions{.monitor = "val_accuracy",
                             .save_best_only = true,
                             .verbose = [&](const std::string& line) { lines.push_back(line); }});
  run({.5, .25, .75}, {checkpoint});
  EXPECT_EQ(text_of(directory.path("best.h5")), "model 4");
  EXPECT_EQ(checkpoint->best(), 0.75);
  const std::string path = directory.path("best.h5");
  EXPECT_THAT(
      lines,
      ElementsAre("Epoch 1: val_accuracy improved from nothing to 0.50000, saving model to " + path,
                  "Epoch 2: val_accuracy improved from 0.50000 to 0.75000, saving model to " + path,
                  "Epoch 3: val_accuracy did not improve from 0.75000"));
}

TEST(ModelCheckpointTest, OnlyValuesBetterThanTheThresholdAreSaved) {
  const test::TemporaryDirectory directory;
  run({.5, .25}, {ModelCheckpoint(directory.path("{epoch}.h5"),
                                  {.save_best_only = true, .initial_value_threshold = 0.3})});
  EXPECT_THAT(files_in(directory.path()), ElementsAre("2.h5"));
}

TEST(ModelCheckpointTest, SaveFreqCountsBatchesAcrossEpochs) {
  const test::TemporaryDirectory directory;
  run({.5, .5, .5}, {ModelCheckpoint(directory.path("{epoch}-{batch}.h5"),
                                     {.save_weights_only = true, .save_freq = 3})});
  EXPECT_THAT(files_in(directory.path()), ElementsAre("2-1.h5", "3-2.h5"));
  EXPECT_EQ(text_of(directory.path("2-1.h5")), "weights 3");
}

TEST(ModelCheckpointTest, NamesThatCannotBeFilledAreErrorsBeforeTraining) {
  const auto begin = [](const std::string& name, ModelCheckpointOptions options = {}) {
    ScriptedTrainer trainer({.5}, kSteps);
    const std::string message =
        message_of([&] { run(trainer, {ModelCheckpoint(name, options)}, 1); });
    EXPECT_EQ(trainer.trained.size(), 0U) << name;
    return message;
  };
  EXPECT_THAT(begin("{val_auc:.2f}.h5"), AllOf(HasSubstr("val_auc"), HasSubstr("val_accuracy")));
  EXPECT_THAT(begin("{epoch:02x}.h5"), HasSubstr("02x"));
  EXPECT_THAT(begin("{epoch.h5"), HasSubstr("open {"));
  EXPECT_THAT(begin("a.h5", {.monitor = "val_f1", .save_best_only = true}), HasSubstr("val_f1"));
}

TEST(ModelCheckpointTest, NamesThatTheTrainerDoesNotWriteAreErrorsBeforeTraining) {
  const auto begin = [](const std::string& name, ModelCheckpointOptions options = {}) {
    Sequential model({Flatten(), Dense(2, {.activation = "softmax"})});
    model.compile({.loss = "categorical_crossentropy"});
    BatchStream data = test::counting_stream(1);
    const std::string message =
        message_of([&] { model.fit(data, {.callbacks = {ModelCheckpoint(name, options)}}); });
    EXPECT_EQ(model.iterations(), 0U) << name;
    return message;
  };
  EXPECT_THAT(begin("model.png"), AllOf(HasSubstr("model.png"), HasSubstr(".keras, .h5")));
  EXPECT_THAT(begin("model.keras", {.save_weights_only = true}), HasSubstr("save weights"));
}

TEST(CSVLoggerTest, WritesColumnsInOrderOfNamesAndExactNumbers) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("deeper/history.csv");
  ScriptedTrainer trainer({0.1, 1.0 / 3}, kSteps);
  run(trainer, {CSVLogger(path)}, 2, 2);
  EXPECT_EQ(text_of(path),
            "epoch,accuracy,loss,val_accuracy,val_loss\n"
            "0,0.9,0.1,NA,NA\n"
            "1,0.6666666666666667,0.3333333333333333,0.6666666666666667,0.3333333333333333\n");
}

TEST(CSVLoggerTest, AppendContinuesWithTheColumnsOfTheFile) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("history.csv");
  std::ofstream(path) << "epoch;loss;lr\n0;1;2\n";
  run({.5}, {CSVLogger(path, {.separator = ";", .append = true})});
  EXPECT_EQ(text_of(path), "epoch;loss;lr\n0;1;2\n0;0.5;NA\n");
  std::ofstream(path) << "something else\n";
  EXPECT_THAT(message_of([&] { run({.5}, {CSVLogger(path, {.append = true})}); }),
              AllOf(HasSubstr(path), HasSubstr("something else")));
}

TEST(CSVLoggerTest, AFullDiskIsAnErrorThatNamesTheFile) {
  EXPECT_THAT(message_of([] { run({.5}, {CSVLogger("/dev/full")}); }), HasSubstr("/dev/full"));
}

std::string drawn(bool terminal, std::size_t width) {
  std::FILE* stream = std::tmpfile();
  run({.5, .25},
      {ProgressBar({.stream = stream, .terminal = terminal, .width = width, .color = false})});
  std::string text(static_cast<std::size_t>(std::ftell(stream)), '\0');
  std::rewind(stream);
  text.resize(std::fread(text.data(), 1, text.size(), stream));
  std::fclose(stream);
  return text;
}

TEST(ProgressBarTest, WritesOnePlainLineForEveryEpochInALog) {
  const std::string text = drawn(false, 0);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_THAT(text, AllOf(HasSubstr("Epoch 1/2"), HasSubstr("Epoch 2/2"), HasSubstr("0.5000"),
                          HasSubstr("val_accuracy: 0.7500")));
}

TEST(ProgressBarTest, LinesThatAreDrawnOverFitTheTerminal) {
  constexpr std::size_t kWidth = 40;
  const std::string text = drawn(true, kWidth);
  std::size_t columns = 0;
  std::size_t drawn_over = 0;
  for (const char letter : text) {
    if (letter == '\r') {
      ASSERT_LE(columns, kWidth) << text;
      ++drawn_over;
    }
    if (letter == '\r' || letter == '\n') {
      columns = 0;
    } else if ((letter & 0xC0) != 0x80) {  // Not the continuation of a UTF-8 letter.
      ++columns;
    }
  }
  EXPECT_GE(drawn_over, 4U);
  EXPECT_THAT(text, HasSubstr("2/2"));
}

}  // namespace
}  // namespace folio
