#include <folio/datasets/error.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/lambda_callback.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "message_of.h"
#include "scripted_trainer.h"

namespace folio {
namespace {

using test::counting_stream;
using test::message_of;
using test::ScriptedTrainer;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(FitTest, TrainsOnEveryBatchInOrderAndKeepsTheHistory) {
  ScriptedTrainer trainer({0.5, 0.25}, 3);
  BatchStream data = counting_stream(3);
  const History history = fit(trainer, data, {.epochs = 2});
  EXPECT_THAT(trainer.trained, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(history.epoch, ElementsAre(0, 1));
  EXPECT_THAT(history["loss"], ElementsAre(0.5, 0.25));
  EXPECT_THAT(history["accuracy"], ElementsAre(0.5, 0.75));
  EXPECT_THAT(message_of([&] { (void)history["val_loss"]; }),
              AllOf(HasSubstr("val_loss"), HasSubstr("accuracy"), HasSubstr("loss")));
}

TEST(FitTest, ContinuesAtTheBatchWhereInitialEpochBegins) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(3);
  const History history =
      fit(trainer, data, {.epochs = 4, .initial_epoch = 3, .steps_per_epoch = 2});
  EXPECT_THAT(trainer.trained, ElementsAre(6, 7));
  EXPECT_THAT(history.epoch, ElementsAre(3));
}

TEST(FitTest, ValidatesFromTheFirstBatchWhenItIsDue) {
  ScriptedTrainer trainer({0.5}, 1);
  BatchStream data = counting_stream(1);
  BatchStream validation = counting_stream(3);
  const History history = fit(
      trainer, data,
      {.epochs = 5, .validation_data = &validation, .validation_steps = 2, .validation_freq = 2});
  EXPECT_THAT(trainer.tested, ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(history["loss"].size(), 5U);
  EXPECT_EQ(history["val_loss"].size(), 2U);
}

TEST(FitTest, CallsHooksInKerasOrder) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(2);
  BatchStream validation = counting_stream(1);
  std::string calls;
  const auto note = [&](const char* name) { calls += std::string(name) + " "; };
  const LambdaCallback callback({
      .on_train_begin = [&](auto&) { note("train("); },
      .on_train_end = [&](auto&, auto&) { note(")train"); },
      .on_epoch_begin = [&](auto&, auto) { note("epoch("); },
      .on_epoch_end =
          [&](auto&, auto, Logs& logs) {
            note(")epoch");
            logs.emplace_back("extra", 7.0);
          },
      .on_train_batch_begin = [&](auto&, auto) { note("batch("); },
      .on_train_batch_end = [&](auto&, auto, auto, auto&) { note(")batch"); },
      .on_test_begin = [&](auto&) { note("test("); },
      .on_test_batch_end = [&](auto&, auto, auto&) { note("tested"); },
      .on_test_end = [&](auto&, auto&) { note(")test"); },
  });
  const History history =
      fit(trainer, data, {.callbacks = {callback}, .validation_data = &validation});
  EXPECT_EQ(calls, "train( epoch( batch( )batch batch( )batch test( tested )test )epoch )train ");
  EXPECT_THAT(history["extra"], ElementsAre(7.0));
}

TEST(FitTest, StopsAfterTheBatchThatAsksForIt) {
  ScriptedTrainer trainer({0.5}, 4);
  BatchStream data = counting_stream(4);
  const LambdaCallback stop(
      {.on_train_batch_end = [](TrainingContext& context, std::size_t batch, double, const Logs&) {
        context.stop_training = batch == 1;
      }});
  const History history = fit(trainer, data, {.epochs = 3, .callbacks = {stop}});
  EXPECT_THAT(trainer.trained, ElementsAre(0, 1));
  EXPECT_THAT(history.epoch, ElementsAre(0));
}

TEST(FitTest, InterruptionEndsTheRunWithItsEpochAfterTrainEnd) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(2);
  bool ended = false;
  const LambdaCallback callback({.on_train_end = [&](auto&, auto&) { ended = true; }});
  try {
    fit(trainer, data, {.epochs = 9, .callbacks = {callback}, .interrupted = [&] {
                          return trainer.trained.size() == 3;
                        }});
    FAIL() << "was not interrupted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
    EXPECT_STREQ(error.what(), "training was interrupted in epoch 2");
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(trainer.trained.size(), 3U);
}

TEST(FitTest, ALossThatIsNotANumberNamesEpochBatchAndFiles) {
  ScriptedTrainer trainer({0.5, std::nan("")}, 2);
  BatchStream data = counting_stream(2);
  const std::string message = message_of([&] { fit(trainer, data, {.epochs = 3}); });
  EXPECT_THAT(message, HasSubstr("epoch 2, batch 1"));
}

TEST(FitTest, RefusesOptionsThatCannotBeMeant) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(2);
  EXPECT_THAT(message_of([&] { fit(trainer, data, {.validation_data = &data}); }),
              HasSubstr("validation_data"));
  EXPECT_THAT(message_of([&] { fit(trainer, data, {.validation_freq = 0}); }),
              HasSubstr("validation_freq"));
}

TEST(FitTest, EvaluateAndPredictReadOneEpochFromItsStart) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(3);
  (void)data.next();
  const Logs logs = evaluate(trainer, data);
  EXPECT_THAT(trainer.tested, ElementsAre(0, 1, 2));
  EXPECT_EQ(trainer.classes, 2U);
  EXPECT_EQ(*find_log(logs, "loss"), 0.5);
  const Tensor outputs = predict(trainer, data);
  EXPECT_EQ(outputs.shape(), (Shape{6, 1}));
  EXPECT_THAT(std::vector<float>(outputs.values().begin(), outputs.values().end()),
              ElementsAre(0, 4, 8, 12, 16, 20));
}

}  // namespace
}  // namespace folio
