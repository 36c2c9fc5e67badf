/// LearningRateScheduler: the learning rate of each epoch by a function.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Sets the learning rate at the beginning of each epoch to what `schedule` says for the epoch,
/// counted from 0, and the rate so far. Adds `learning_rate` to the logs.
///
/// Errors  Error (kUsage) for no function; Error (kUsage) naming the epoch for a rate that is
///         negative or not finite.
class LearningRateScheduler : public Callback {
 public:
  /// The rate for an epoch, from the epoch and the rate so far.
  using Schedule = std::function<double(std::size_t epoch, double learning_rate)>;
  /// `verbose` gets a line for every epoch.
  explicit LearningRateScheduler(Schedule schedule,
                                 std::function<void(const std::string&)> verbose = {});

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;

 private:
  Schedule schedule_;
  std::function<void(const std::string&)> verbose_;
};

}  // namespace folio
