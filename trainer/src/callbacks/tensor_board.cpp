#include <folio/trainer/tensor_board.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "tensorboard/event_file.h"

namespace folio {

struct TensorBoard::Files {
  explicit Files(const std::filesystem::path& log_dir)
      : train((log_dir / "train").string()), validation((log_dir / "validation").string()) {}
  internal::EventFile train;
  internal::EventFile validation;
};

TensorBoard::TensorBoard(std::string log_dir, TensorBoardOptions options)
    : log_dir_(std::move(log_dir)), options_(options), files_(std::make_shared<Files>(log_dir_)) {}

void TensorBoard::on_train_begin(TrainingContext& /*context*/) {
  *files_ = Files(log_dir_);
  epoch_begin_ = std::chrono::steady_clock::now();
}

void TensorBoard::on_epoch_begin(TrainingContext& /*context*/, std::size_t /*epoch*/) {
  epoch_begin_ = std::chrono::steady_clock::now();
}

void TensorBoard::on_train_batch_end(TrainingContext& context, std::size_t batch, double /*loss*/,
                                     const Logs& logs) {
  const std::size_t step = context.epoch * context.steps + batch;
  if (options_.update_freq == 0 || step % options_.update_freq != 0) return;
  for (const auto& [name, value] : logs) {
    files_->train.scalar("batch_" + name, static_cast<std::int64_t>(step), value);
  }
}

void TensorBoard::on_test_end(TrainingContext& context, const Logs& logs) {
  const std::size_t iterations = context.epoch * context.steps + context.step;
  for (const auto& [name, value] : logs) {
    files_->validation.scalar("evaluation_" + name + "_vs_iterations",
                              static_cast<std::int64_t>(iterations), value);
  }
}

void TensorBoard::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  const auto step = static_cast<std::int64_t>(epoch);
  constexpr std::string_view kValidation = "val_";
  for (const auto& [name, value] : logs) {
    if (name == "learning_rate") continue;  // Comes below, whether or not a callback logs it.
    if (name.starts_with(kValidation)) {
      files_->validation.scalar("epoch_" + name.substr(kValidation.size()), step, value);
    } else {
      files_->train.scalar("epoch_" + name, step, value);
    }
  }
  files_->train.scalar("epoch_learning_rate", step, context.trainer->learning_rate());
  if (options_.write_steps_per_second) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - epoch_begin_;
    files_->train.scalar("epoch_steps_per_second", step,
                         static_cast<double>(context.step) / seconds.count());
  }
  if (options_.histogram_freq > 0 && epoch % options_.histogram_freq == 0) {
    constexpr std::string_view kWeight = "weight/";
    for (const auto& [name, tensor] : context.trainer->state().tensors) {
      if (!name.starts_with(kWeight)) continue;
      files_->train.histogram(name.substr(kWeight.size()) + "/histogram", step, tensor);
    }
  }
  flush();
}

void TensorBoard::on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) { flush(); }

void TensorBoard::flush() {
  files_->train.flush();
  files_->validation.flush();
}

State TensorBoard::state() {
  State state;
  for (const auto& [prefix, file] :
       {std::pair{"train/", &files_->train}, std::pair{"validation/", &files_->validation}}) {
    for (const auto& [name, value] : file->state().values) state.values[prefix + name] = value;
  }
  return state;
}

void TensorBoard::set_state(const State& state) {
  if (state.values.empty()) return;  // The run had none before.
  for (const auto& [prefix, file] : {std::pair{std::string("train/"), &files_->train},
                                     std::pair{std::string("validation/"), &files_->validation}}) {
    State own;
    for (const auto& [name, value] : state.values) {
      if (name.starts_with(prefix)) own.values[name.substr(prefix.size())] = value;
    }
    file->set_state(own);
  }
}

}  // namespace folio
