/// ModelCheckpoint: saves the model as training goes on.
#pragma once
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <limits>
#include <optional>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Arguments of ModelCheckpoint beside filepath.
struct ModelCheckpointOptions {
  std::string monitor = "val_loss";  ///< What save_best_only compares.
  bool save_best_only = false;       ///< Save only when `monitor` is better than ever before.
  bool save_weights_only = false;    ///< Without architecture and optimizer.
  std::string mode = "auto";         ///< `min`, `max`, or `auto`: by the name of `monitor`.
  std::size_t save_freq = 0;         ///< 0: after every epoch; else after this many batches.
  std::optional<double> initial_value_threshold{};    ///< Only better values are saved.
  std::function<void(const std::string&)> verbose{};  ///< Gets one line for every decision.
};

/// Saves to a file whose name may hold `{epoch:02d}`, `{batch:04d}` and any log, as in
/// `weights-{epoch:02d}-{val_accuracy:.2f}.h5`; epochs and batches count from 1 there.
///
/// Training goes on while a file is written (see Trainer::prepare_save): only a save that comes
/// before the last one is done waits for it.
///
/// The best value is the least or largest seen since this callback was made, also across a resume;
/// one that is not a number is never better.
///
/// Errors  Error (kUsage) when training begins, if the trainer writes no files of that ending, or
///         the template or `monitor` names a value that there will not be, listing those there
///         will; Error (kIo), soon after and at the latest when training ends, if a file could not
///         be written; its value does not count as the best then.
class ModelCheckpoint : public Callback {
 public:
  /// Touches no file before there is something to save.
  explicit ModelCheckpoint(std::string filepath, ModelCheckpointOptions options = {});

  void on_train_begin(TrainingContext& context) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void at_safe_point(TrainingContext& context) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;
  [[nodiscard]] std::shared_future<void> pending_save() const override { return pending_; }

  /// The best value of `monitor` so far; nothing before the first.
  [[nodiscard]] std::optional<double> best() const { return best_; }

 private:
  void save(TrainingContext& context, std::optional<std::size_t> batch, const Logs& logs);
  void save_if_better(TrainingContext& context, std::optional<std::size_t> batch, const Logs& logs);
  /// Waits for the save that is under way. Returns what went wrong with it, if anything has.
  std::exception_ptr finish_save();
  void say(const std::string& line) const;

  std::string filepath_;
  ModelCheckpointOptions options_;
  bool larger_is_better_ = false;
  std::optional<double> best_;
  std::size_t batches_ = 0;  ///< Since the last save, for save_freq.
  std::shared_future<void> pending_;
  std::optional<double> best_before_pending_;  ///< Of which there is a file in any case.
};

}  // namespace folio
