// Files are written while training goes on: what is in them, and what becomes of errors.
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include <folio/datasets/error.h>
#include <folio/trainer/backup_and_restore.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/lambda_callback.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/model_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "reference_network.h"
#include "scripted_trainer.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::counting_stream;
using test::message_of;
using test::ScriptedTrainer;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// Writes when it is told to.
class SlowTrainer : public ScriptedTrainer {
 public:
  using ScriptedTrainer::ScriptedTrainer;

  [[nodiscard]] std::function<void()> prepare_save(const std::string& path, bool) const override {
    return [this, path, now = weight] {
      std::unique_lock lock(mutex);
      in_time &= released.wait_for(lock, 20s, [&] { return allowed > 0; });
      --allowed;
      written[std::filesystem::path(path).filename().string()] = now;
    };
  }
  void allow_one() {
    const std::lock_guard lock(mutex);
    ++allowed;
    released.notify_all();
  }

  mutable std::mutex mutex;
  mutable std::condition_variable released;
  mutable int allowed = 0;
  mutable bool in_time = true;
  mutable std::map<std::string, float> written;  ///< The weight that each file holds.
};

TEST(BackgroundSaveTest, TrainingGoesOnWhileAFileIsWritten) {
  SlowTrainer trainer({.5}, 2);
  BatchStream data = counting_stream(2);
  fit(trainer, data,
      {.epochs = 3,
       .callbacks = {
           ModelCheckpoint("{epoch}"),
           // Each file is allowed a batch after the epoch that it belongs to.
           LambdaCallback({.on_epoch_end =
                               [&](auto&, std::size_t epoch, auto&) {
                                 if (epoch == 2) trainer.allow_one();
                               },
                           .on_train_batch_end =
                               [&](TrainingContext& context, std::size_t batch, auto, auto&) {
                                 if (context.epoch > 0 && batch == 0) trainer.allow_one();
                               }})}});
  EXPECT_TRUE(trainer.in_time);
  EXPECT_EQ(trainer.written, (std::map<std::string, float>{{"1", 2}, {"2", 4}, {"3", 6}}));
}

/// Fails to write the files of these names.
class FailingTrainer : public ScriptedTrainer {
 public:
  FailingTrainer(std::vector<double> losses, std::string fails)
      : ScriptedTrainer(std::move(losses), 2), fails_(std::move(fails)) {}
  [[nodiscard]] std::function<void()> prepare_save(const std::string& path, bool) const override {
    return [this, path] {
      if (path == fails_) throw Error(ErrorKind::kIo, "no space for " + path);
    };
  }

 private:
  std::string fails_;
};

TEST(BackgroundSaveTest, WhatCouldNotBeWrittenIsNotTheBest) {
  FailingTrainer trainer({.5, .6, .7}, "1");
  BatchStream data = counting_stream(2);
  const auto checkpoint = std::make_shared<ModelCheckpoint>(
      "{epoch}", ModelCheckpointOptions{.monitor = "loss", .save_best_only = true});
  std::vector<std::string> errors;
  fit(trainer, data,
      {.epochs = 3, .callbacks = {checkpoint}, .on_save_error = [&](const Error& error) {
         errors.emplace_back(error.what());
       }});
  EXPECT_THAT(errors, ElementsAre("no space for 1"));
  EXPECT_EQ(checkpoint->best(), .6);
}

TEST(BackgroundSaveTest, AFailureAtTheEndIsReported) {
  FailingTrainer trainer({.5}, "2");
  BatchStream data = counting_stream(2);
  EXPECT_THAT(message_of([&] {
                fit(trainer, data, {.epochs = 2, .callbacks = {ModelCheckpoint("{epoch}")}});
              }),
              HasSubstr("no space for 2"));
}

TEST(BackgroundSaveTest, ACheckpointNeverTakesAFileForThereThatIsNot) {
  const test::TemporaryDirectory directory;
  const auto run = [&](ScriptedTrainer& trainer) {
    BatchStream data = counting_stream(2);
    const auto best = std::make_shared<ModelCheckpoint>(
        "{epoch}", ModelCheckpointOptions{.monitor = "loss", .save_best_only = true});
    const std::string message = message_of([&] {
      fit(trainer, data,
          {.epochs = 3,
           .callbacks = {best, BackupAndRestore(directory.path(), {.delete_checkpoint = false})}});
    });
    return std::pair(message, best->best());
  };
  FailingTrainer failing({.5, .4, .3}, "2");
  EXPECT_THAT(run(failing).first, HasSubstr("no space for 2"));
  // The second epoch is run again, and its file written this time.
  FailingTrainer again({.5, .4, .3}, "");
  EXPECT_EQ(run(again), std::pair(std::string("no error"), std::optional(.3)));
  EXPECT_EQ(again.trained.front(), 2U);
}

TEST(BackgroundSaveTest, WhatIsWrittenIsTheModelAsItWas) {
  const test::TemporaryDirectory directory;
  Model model = model_by_name("mnist_cnn", 10);
  model.set_seed(1);
  model.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
  model.train_on_batch(test::random_batch({28, 28, 1}, 8, 10, 1));
  for (const char* name : {"a.h5", "a.keras"}) {
    const std::vector<Tensor> before = model.weights();
    const auto write = model.prepare_save(directory.path(name), false);
    EXPECT_FALSE(std::filesystem::exists(directory.path(name)));
    model.train_on_batch(test::random_batch({28, 28, 1}, 8, 10, 2));
    write();
    const std::vector<Tensor> loaded = load_model(directory.path(name)).weights();
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_THAT(loaded[i].values(), testing::ElementsAreArray(before[i].values()));
    }
  }
}

}  // namespace
}  // namespace folio
