#include <folio/trainer/early_stopping.h>

#include <cmath>
#include <string>
#include <utility>

#include "monitor.h"

namespace folio {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)),
      larger_is_better_(
          internal::larger_is_better("EarlyStopping", options_.mode, options_.monitor)) {}

void EarlyStopping::on_train_begin(TrainingContext& context) {
  internal::require_monitor("EarlyStopping", context, options_.monitor);
  best_.reset();
  wait_ = 0;
  stopped_epoch_.reset();
  best_weights_.clear();
}

void EarlyStopping::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  const double* value = find_log(logs, options_.monitor);
  if (value == nullptr || epoch < options_.start_from_epoch) return;
  const auto better_than = [&](double other, double margin) {
    return larger_is_better_ ? *value - margin > other : *value + margin < other;
  };
  ++wait_;
  const bool better =
      std::isfinite(*value) && (!best_ || better_than(*best_, std::abs(options_.min_delta)));
  if (better) {
    best_ = *value;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = context.trainer->weights();
    if (!options_.baseline || better_than(*options_.baseline, std::abs(options_.min_delta)))
      wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    context.stop_training = true;
  }
}

void EarlyStopping::on_train_end(TrainingContext& context, const Logs&) {
  const auto say = [&](const std::string& line) {
    if (options_.verbose) options_.verbose(line);
  };
  if (stopped_epoch_) say("Epoch " + std::to_string(*stopped_epoch_ + 1) + ": early stopping");
  if (best_weights_.empty()) return;
  say("Restoring model weights from the end of the best epoch: " + std::to_string(best_epoch_ + 1) +
      ".");
  context.trainer->set_weights(best_weights_);
}

}  // namespace folio
