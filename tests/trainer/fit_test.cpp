#include <folio/datasets/error.h>
#include <folio/datasets/synthetic_digits.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/lambda_callback.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "message_of.h"
#include "scripted_trainer.h"
#include "temporary_directory.h"

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
      .on_test_batch_begin = [&](auto&, auto) { note("test"); },
      .on_test_batch_end = [&](auto&, auto, auto&) { note("tested"); },
      .on_test_end = [&](auto&, auto&) { note(")test"); },
  });
  const History history =
      fit(trainer, data, {.callbacks = {callback}, .validation_data = &validation});
  EXPECT_EQ(calls,
            "train( epoch( batch( )batch batch( )batch test( test tested )test )epoch )train ");
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

  const test::TemporaryDirectory directory;
  synthesize_digits(directory.path("digits"), 1, 1);
  BatchStream files = ImageDataGenerator().flow_from_directory(
      directory.path("digits"), {.batch_size = 2, .shuffle = false, .seed = 1});
  ScriptedTrainer other({0.5, std::nan("")}, 1);
  const std::string named = message_of([&] { fit(other, files); });
  EXPECT_THAT(named, testing::AllOf(HasSubstr("the loss is nan in epoch 1, batch 2 ("),
                                    HasSubstr("2/"), HasSubstr("3/")));
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

TEST(FitTest, ValidatesAfterTheEpochsListed) {
  ScriptedTrainer trainer({0.5}, 1);
  BatchStream data = counting_stream(1);
  BatchStream validation = counting_stream(2);
  const History history =
      fit(trainer, data, {.epochs = 6, .validation_data = &validation, .validation_freq = {1, 5}});
  EXPECT_THAT(trainer.tested, ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(history["val_loss"].size(), 2U);
  EXPECT_THAT(message_of([&] {
                fit(trainer, data, {.validation_data = &validation, .validation_freq = {0, 1}});
              }),
              HasSubstr("validation_freq"));
}

TEST(FitTest, AnEpochOfFewerStepsContinuesWhereTheOneBeforeStopped) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(3);
  fit(trainer, data, {.epochs = 2, .steps_per_epoch = 2});
  EXPECT_THAT(trainer.trained, ElementsAre(0, 1, 2, 3));
}

TEST(FitTest, ClassWeightMultipliesTheSampleWeightsOfTrainingAlone) {
  ScriptedTrainer trainer({0.5}, 2);
  BatchStream data = counting_stream(2);  // Labels 0, 1, 0, 1.
  BatchStream validation = counting_stream(1);
  fit(trainer, data, {.validation_data = &validation, .class_weight = {{1, 2.5}}});
  EXPECT_THAT(trainer.train_weights, ElementsAre(1, 2.5, 1, 2.5));
  EXPECT_TRUE(trainer.test_weights.empty());
  EXPECT_THAT(message_of([&] {
                fit(trainer, data, {.class_weight = {{2, 1.0}}});
              }),
              AllOf(HasSubstr("no label 2"), HasSubstr("2 classes")));
  EXPECT_THAT(message_of([&] { ClassWeight({{0, -1.0}}); }), HasSubstr("-1"));
  EXPECT_THAT(message_of([&] { ClassWeight("balance"); }), HasSubstr("'balance'"));
}

TEST(FitTest, BalancedClassesCountAlike) {
  // 3 of class 0, 1 of class 1: 4 / (2 * 3) and 4 / (2 * 1).
  EXPECT_THAT(ClassWeight("balanced").factors({0, 0, 1, 0}, 2),
              ElementsAre(testing::FloatEq(2.0F / 3), 2.0F));
  // A class without samples is asked for by none.
  EXPECT_THAT(ClassWeight("balanced").factors({0, 0}, 2), ElementsAre(0.5F, 1.0F));
}

Tensor counted(Shape shape) {
  Tensor tensor(std::move(shape));
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<float>(i);
  return tensor;
}

TEST(FitTest, ArraysHoldBackTheirLastSamples) {
  ScriptedTrainer trainer({0.5}, 2);
  Tensor y({10});
  y[3] = 1.0F;
  const History history = fit(trainer,
                              Arrays{.x = counted({10, 1, 1, 1}),
                                     .y = y,
                                     .batch_size = 4,
                                     .validation_split = 0.25,
                                     .shuffle = false},
                              {.class_weight = "balanced"});
  // int(10 * 0.75) = 7 to train on: 4 and 3.
  EXPECT_THAT(trainer.train_pixels, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(trainer.test_pixels, ElementsAre(7, 8, 9));
  EXPECT_FLOAT_EQ(trainer.train_weights.at(3), 3.5F);
  EXPECT_FLOAT_EQ(trainer.train_weights.at(0), 7.0F / 12);
  EXPECT_EQ(history["val_loss"].size(), 1U);
  const auto split = [&](double share) {
    return message_of([&] {
      fit(trainer, Arrays{.x = counted({3, 1, 1, 1}), .y = Tensor({3}), .validation_split = share});
    });
  };
  EXPECT_THAT(split(1.0), HasSubstr("validation_split"));
  EXPECT_THAT(split(0.9), HasSubstr("leaves none"));
}

TEST(FitTest, ValidationDataCanBeArrays) {
  ScriptedTrainer trainer({0.5}, 1);
  BatchStream data = counting_stream(1);
  fit(trainer, data, {.validation_data = Arrays{.x = counted({3, 2, 2, 1}), .y = Tensor({3, 2})}});
  EXPECT_THAT(trainer.test_pixels, ElementsAre(0, 4, 8));
}

TEST(FitTest, ArraysHaveSampleWeights) {
  ScriptedTrainer trainer({0.5}, 2);
  const Tensor weights({4}, std::vector<float>{1, 2, 3, 4});
  Tensor y({4});
  y[1] = 1.0F;
  fit(trainer,
      Arrays{.x = counted({4, 1, 1, 1}),
             .y = y,
             .validation_split = 0.25,
             .shuffle = false,
             .sample_weight = weights},
      {.class_weight = {{1, 10.0}}});
  EXPECT_THAT(trainer.train_weights, ElementsAre(1, 20, 3));
  EXPECT_THAT(trainer.test_weights, ElementsAre(4));

  ScriptedTrainer other({0.5}, 1);
  BatchStream data = counting_stream(1);
  const Arrays validation{
      .x = counted({4, 2, 2, 1}), .y = Tensor({4, 2}), .sample_weight = weights};
  fit(other, data, {.validation_data = validation});
  EXPECT_THAT(other.test_weights, ElementsAre(1, 2, 3, 4));
  other.test_weights.clear();
  evaluate(other, validation);
  EXPECT_THAT(other.test_weights, ElementsAre(1, 2, 3, 4));
  for (const double share : {0.0, 0.25}) {
    EXPECT_THAT(message_of([&] {
                  fit(trainer, Arrays{.x = counted({3, 1, 1, 1}),
                                      .y = Tensor({3}),
                                      .validation_split = share,
                                      .sample_weight = weights});
                }),
                HasSubstr("4"))
        << share;
  }
}

TEST(FitTest, PredictCallsItsHooksAndTakesSteps) {
  ScriptedTrainer trainer({0.5}, 1);
  BatchStream data = counting_stream(3);
  std::string calls;
  const LambdaCallback callback({
      .on_predict_begin = [&](auto&) { calls += "("; },
      .on_predict_batch_begin = [&](auto&, std::size_t batch) { calls += std::to_string(batch); },
      .on_predict_batch_end =
          [&](auto&, auto, const Tensor& outputs) {
            calls += ":" + std::to_string(outputs.size()) + " ";
          },
      .on_predict_end = [&](auto&) { calls += ")"; },
  });
  const Tensor outputs = predict(trainer, data, {.steps = 2, .callbacks = {callback}});
  EXPECT_EQ(outputs.shape(), (Shape{4, 1}));
  EXPECT_EQ(calls, "(0:2 1:2 )");
}

TEST(FitTest, ANanCanBeLetThrough) {
  ScriptedTrainer trainer({0.5, std::nan(""), 0.25}, 1);
  BatchStream data = counting_stream(1);
  const History history = fit(trainer, data, {.epochs = 3, .on_nan = OnNan::kContinue});
  EXPECT_EQ(history.epoch.size(), 3U);
}

TEST(FitTest, WhatACallbackCannotWriteNeedNotEndTraining) {
  const auto run = [](FitOptions options) {
    ScriptedTrainer trainer({0.5}, 1);
    BatchStream data = counting_stream(1);
    options.epochs = 3;
    options.callbacks.add(LambdaCallback(
        {.on_epoch_end = [](auto&, auto, auto&) { throw Error(ErrorKind::kIo, "disk full"); }}));
    return fit(trainer, data, options).epoch.size();
  };
  EXPECT_EQ(message_of([&] { run({}); }), "disk full");
  std::vector<std::string> told;
  EXPECT_EQ(run({.on_save_error = [&](const Error& error) { told.push_back(error.what()); }}), 3U);
  EXPECT_THAT(told, ElementsAre("disk full", "disk full", "disk full"));
}

}  // namespace
}  // namespace folio
