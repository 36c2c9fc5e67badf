#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/trainer/reduce_lr_on_plateau.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "monitor.h"

namespace folio {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : options_(std::move(options)),
      larger_is_better_(
          internal::larger_is_better("ReduceLROnPlateau", options_.mode, options_.monitor)) {
  if (!(options_.factor > 0.0 && options_.factor < 1.0)) {
    throw Error(ErrorKind::kUsage,
                "ReduceLROnPlateau: factor must be in (0, 1), got " + number_text(options_.factor));
  }
  if (!(options_.min_lr >= 0.0)) {
    throw Error(ErrorKind::kUsage, "ReduceLROnPlateau: min_lr must be at least 0, got " +
                                       number_text(options_.min_lr));
  }
}

void ReduceLROnPlateau::on_train_begin(TrainingContext& context) {
  internal::require_monitor("ReduceLROnPlateau", context, options_.monitor);
  internal::add_log_name(context, "learning_rate");
  best_.reset();
  wait_ = 0;
  cooldown_ = 0;
}

void ReduceLROnPlateau::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  const double rate = context.trainer->learning_rate();
  internal::set_log(logs, "learning_rate", rate);
  const double* value = find_log(logs, options_.monitor);
  if (value == nullptr) return;  // No validation in this epoch.
  if (cooldown_ > 0) {
    --cooldown_;
    wait_ = 0;
  }
  if (internal::improves(*value, best_, larger_is_better_, options_.min_delta)) {
    best_ = *value;
    wait_ = 0;
    return;
  }
  if (cooldown_ > 0 || ++wait_ < options_.patience || rate <= options_.min_lr) return;
  const double reduced = std::max(rate * options_.factor, options_.min_lr);
  context.trainer->set_learning_rate(reduced);
  cooldown_ = options_.cooldown;
  wait_ = 0;
  if (options_.verbose) {
    options_.verbose("Epoch " + std::to_string(epoch + 1) +
                     ": ReduceLROnPlateau reducing learning rate to " +
                     internal::short_number(reduced) + ".");
  }
}

State ReduceLROnPlateau::state() {
  State state;
  if (best_) state.put("best", *best_);
  state.put("wait", static_cast<double>(wait_));
  state.put("cooldown", static_cast<double>(cooldown_));
  return state;
}

void ReduceLROnPlateau::set_state(const State& state) {
  best_.reset();
  if (state.values.count("best") > 0) best_ = state.number("best");
  wait_ = static_cast<std::size_t>(state.number("wait"));
  cooldown_ = static_cast<std::size_t>(state.number("cooldown"));
}

}  // namespace folio
