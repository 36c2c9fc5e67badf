#include "run_recorder.h"

#include <cmath>
#include <utility>

namespace folio::cli {

void RunRecorder::on_epoch_begin(TrainingContext& context, std::size_t /*epoch*/) {
  learning_rate_ = context.trainer->learning_rate();
  begin_ = Clock::now();
  seconds_ = 0.0;
  begun_ = true;
}

void RunRecorder::on_test_begin(TrainingContext& /*context*/) {
  seconds_ = std::chrono::duration<double>(Clock::now() - begin_).count();
}

void RunRecorder::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  if (seconds_ == 0.0) seconds_ = std::chrono::duration<double>(Clock::now() - begin_).count();
  Json record = {{"epoch", epoch + 1}};
  for (const auto& [name, value] : logs) {
    record[name] = std::isfinite(value) ? Json(value) : Json(nullptr);
  }
  record["learning_rate"] = begun_ ? learning_rate_ : context.trainer->learning_rate();
  if (begun_) {
    record["seconds"] = seconds_;
    record["images_per_second"] = static_cast<double>(epoch_images_) / seconds_;
  }
  epochs_.push_back(std::move(record));
  begun_ = false;
}

State RunRecorder::state() {
  State state;
  state.values["epochs"] = json_text(epochs_);
  return state;
}

void RunRecorder::set_state(const State& state) { epochs_ = Json::parse(state.text("epochs")); }

}  // namespace folio::cli
