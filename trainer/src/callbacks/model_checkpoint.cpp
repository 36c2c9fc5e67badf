#include <folio/datasets/error.h>
#include <folio/trainer/model_checkpoint.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "monitor.h"
#include "plain_nan.h"

namespace folio {
namespace {

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5f", internal::plain_nan(value));
  return text;
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::string filepath, ModelCheckpointOptions options)
    : filepath_(std::move(filepath)), options_(std::move(options)) {
  if (options_.save_best_only) {
    larger_is_better_ =
        internal::larger_is_better("ModelCheckpoint", options_.mode, options_.monitor);
  }
  best_ = options_.initial_value_threshold;
}

void ModelCheckpoint::on_train_begin(TrainingContext& context) {
  context.trainer->check_file_name(filepath_, options_.save_weights_only);
  if (options_.save_best_only) {
    if (options_.save_freq > 0 && options_.monitor.starts_with("val_")) {
      throw Error(ErrorKind::kUsage, "ModelCheckpoint: '" + options_.monitor +
                                         "' is known after an epoch, not after save_freq batches");
    }
    internal::require_monitor("ModelCheckpoint", context, options_.monitor);
  }
  // Finds out now, not after an hour, whether the name can be filled.
  Logs values{{"epoch", 1.0}};
  if (options_.save_freq > 0) values.emplace_back("batch", 1.0);
  for (const std::string& name : context.log_names) {
    if (options_.save_freq == 0 || !name.starts_with("val_")) values.emplace_back(name, 0.0);
  }
  internal::fill_template(filepath_, values);
}

void ModelCheckpoint::on_train_batch_end(TrainingContext& context, std::size_t batch, double,
                                         const Logs& logs) {
  if (options_.save_freq == 0 || ++batches_ < options_.save_freq) return;
  batches_ = 0;
  save(context, batch, logs);
}

void ModelCheckpoint::on_epoch_end(TrainingContext& context, std::size_t, Logs& logs) {
  if (options_.save_freq == 0) save(context, std::nullopt, logs);
}

std::exception_ptr ModelCheckpoint::finish_save() {
  if (!pending_.valid()) return nullptr;
  std::exception_ptr failed;
  try {
    std::exchange(pending_, {}).get();
  } catch (...) {
    failed = std::current_exception();
    best_ = best_before_pending_;
  }
  return failed;
}

void ModelCheckpoint::at_safe_point(TrainingContext&) {
  using namespace std::chrono_literals;
  if (!pending_.valid() || pending_.wait_for(0s) != std::future_status::ready) return;
  if (const std::exception_ptr failed = finish_save()) std::rethrow_exception(failed);
}

void ModelCheckpoint::on_train_end(TrainingContext&, const Logs&) {
  if (const std::exception_ptr failed = finish_save()) std::rethrow_exception(failed);
}

void ModelCheckpoint::save(TrainingContext& context, std::optional<std::size_t> batch,
                           const Logs& logs) {
  const std::exception_ptr failed = finish_save();  // First: it decides what the best value is.
  save_if_better(context, batch, logs);
  if (failed) std::rethrow_exception(failed);
}

void ModelCheckpoint::save_if_better(TrainingContext& context, std::optional<std::size_t> batch,
                                     const Logs& logs) {
  const std::string epoch = "Epoch " + std::to_string(context.epoch + 1) + ": ";
  Logs values{{"epoch", static_cast<double>(context.epoch + 1)}};
  if (batch) values.emplace_back("batch", static_cast<double>(*batch + 1));
  values.insert(values.end(), logs.begin(), logs.end());
  std::string reason;
  if (options_.save_best_only) {
    // Missing where validation is not due in this epoch.
    const double* value = find_log(logs, options_.monitor);
    if (value == nullptr) return;
    if (!internal::improves(*value, best_, larger_is_better_)) {
      say(epoch + options_.monitor + " did not improve from " +
          (best_ ? shown(*best_) : "nothing"));
      return;
    }
    reason = options_.monitor + " improved from " + (best_ ? shown(*best_) : "nothing") + " to " +
             shown(*value) + ", ";
  }
  // Epochs without validation lack its values; a name that shows one waits for the next that does.
  for (const std::string& name : context.log_names) {
    const bool shown_in_name = filepath_.find("{" + name) != std::string::npos;
    if (shown_in_name && find_log(logs, name) == nullptr) return;
  }
  const std::string path = internal::fill_template(filepath_, values);
  say(epoch + reason + "saving model to " + path);
  pending_ = std::async(std::launch::async,
                        context.trainer->prepare_save(path, options_.save_weights_only));
  best_before_pending_ = best_;
  if (options_.save_best_only) best_ = *find_log(logs, options_.monitor);
}

State ModelCheckpoint::state() {
  State state;
  if (best_) state.put("best", *best_);
  state.put("batches", static_cast<double>(batches_));
  return state;
}

void ModelCheckpoint::set_state(const State& state) {
  best_.reset();
  if (state.values.count("best") > 0) best_ = state.number("best");
  batches_ = static_cast<std::size_t>(state.number("batches"));
}

void ModelCheckpoint::say(const std::string& line) const {
  if (options_.verbose) options_.verbose(line);
}

}  // namespace folio
