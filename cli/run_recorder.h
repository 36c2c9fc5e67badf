/// RunRecorder: what happened in each epoch of a run, for its report.
#pragma once
#include <chrono>
#include <cstddef>

#include <folio/trainer/callback.h>

#include "argument.h"

namespace folio::cli {

/// Writes down, for every epoch that ends, its number, its logs, the learning rate it began with,
/// the seconds its training took (without validation) and its images a second.
class RunRecorder : public Callback {
 public:
  /// `epoch_images`: how many images an epoch trains on.
  explicit RunRecorder(std::size_t epoch_images) : epoch_images_(epoch_images) {}

  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_test_begin(TrainingContext& context) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;

  /// A list of objects: `epoch` (from 1), then the logs, then `learning_rate`, `seconds`,
  /// `images_per_second`; of an epoch that a continued run began in the middle without the last
  /// two.
  [[nodiscard]] const Json& epochs() const { return epochs_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::size_t epoch_images_;
  Json epochs_ = Json::array();
  double learning_rate_ = 0.0;
  Clock::time_point begin_;
  double seconds_ = 0.0;  // Of training; 0 until it is over.
  bool begun_ = false;    // Whether this epoch was seen from its first batch on.
};

}  // namespace folio::cli
