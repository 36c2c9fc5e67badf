#include <folio/trainer/early_stopping.h>

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
  ++wait_;
  if (internal::improves(*value, best_, larger_is_better_, options_.min_delta)) {
    best_ = *value;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = context.trainer->weights();
    const bool beats_baseline =
        !options_.baseline ||
        internal::improves(*value, options_.baseline, larger_is_better_, options_.min_delta);
    if (beats_baseline) wait_ = 0;
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

State EarlyStopping::state() {
  State state;
  if (best_) state.put("best", *best_);
  state.put("best_epoch", static_cast<double>(best_epoch_));
  state.put("wait", static_cast<double>(wait_));
  if (stopped_epoch_) state.put("stopped_epoch", static_cast<double>(*stopped_epoch_));
  state.put("best_weights", static_cast<double>(best_weights_.size()));
  for (std::size_t i = 0; i < best_weights_.size(); ++i) {
    state.tensors["best_weights/" + std::to_string(i)] = best_weights_[i];
  }
  return state;
}

void EarlyStopping::set_state(const State& state) {
  const auto known = [&](const char* name) { return state.values.count(name) > 0; };
  best_.reset();
  if (known("best")) best_ = state.number("best");
  best_epoch_ = static_cast<std::size_t>(state.number("best_epoch"));
  wait_ = static_cast<std::size_t>(state.number("wait"));
  stopped_epoch_.reset();
  if (known("stopped_epoch")) {
    stopped_epoch_ = static_cast<std::size_t>(state.number("stopped_epoch"));
  }
  best_weights_.clear();
  const auto count = static_cast<std::size_t>(state.number("best_weights"));
  for (std::size_t i = 0; i < count; ++i) {
    best_weights_.push_back(state.tensor("best_weights/" + std::to_string(i)));
  }
}

}  // namespace folio
