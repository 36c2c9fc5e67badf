/// Callback: code that fit() calls as training goes on.
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/run_state.h>
#include <folio/trainer/trainer.h>

namespace [[gnu::visibility("default")]] folio {

/// What fit() does about a loss that is not a number, or infinite.
enum class OnNan {
  kError,     ///< Error (kData) that names epoch, batch and files.
  kContinue,  ///< Training goes on; callbacks see the value.
};

/// What a callback sees of the run it belongs to.
struct TrainingContext {
  Trainer* trainer = nullptr;         ///< What is trained; callbacks may change it.
  const BatchStream* data = nullptr;  ///< What is trained on, or tested or predicted.
  std::size_t epochs = 0;             ///< Index after the last epoch.
  std::size_t steps = 0;              ///< Batches in an epoch, or of the test or prediction.
  std::size_t validation_steps = 0;   ///< 0 without validation data.
  /// Names that the logs of an epoch will have. A callback that adds logs in on_epoch_end adds
  /// their names here in on_train_begin, so that later callbacks can monitor them.
  std::vector<std::string> log_names{};
  std::size_t epoch = 0;       ///< The current epoch.
  std::size_t step = 0;        ///< Batches of it that are done.
  bool resumed = false;        ///< This run continues another: set_state() follows on_train_begin.
  bool interrupted = false;    ///< The user has asked to stop.
  bool stop_training = false;  ///< Set to end the run after the current batch.
  OnNan on_nan = OnNan::kError;  ///< A callback may decide in on_train_begin.
  /// The run as it stands. Complete only while at_safe_point() is called.
  std::function<RunState()> run_state{};
};

/// Base of all callbacks; every hook does nothing unless overridden. Epochs and batches count from
/// 0. `logs` holds running means in batch hooks and the epoch's result in epoch hooks; what a
/// callback changes in on_epoch_end, later callbacks and the History see.
///
/// Threads Called on the thread that called fit().
class Callback {
 public:
  virtual ~Callback() = default;

  ///@{
  /// fit() as a whole; `logs` of the end are those of the last epoch.
  virtual void on_train_begin(TrainingContext& /*context*/) {}
  virtual void on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) {}
  ///@}
  ///@{
  /// An epoch with its validation; the end may add to the logs and change them.
  virtual void on_epoch_begin(TrainingContext& /*context*/, std::size_t /*epoch*/) {}
  virtual void on_epoch_end(TrainingContext& /*context*/, std::size_t /*epoch*/, Logs& /*logs*/) {}
  ///@}
  ///@{
  /// A batch that is learnt from, `batch` of its epoch; `loss` is that of this batch alone.
  virtual void on_train_batch_begin(TrainingContext& /*context*/, std::size_t /*batch*/) {}
  virtual void on_train_batch_end(TrainingContext& /*context*/, std::size_t /*batch*/,
                                  double /*loss*/, const Logs& /*logs*/) {}
  ///@}
  ///@{
  /// Validation in fit(), and evaluate(), as a whole and batch by batch.
  virtual void on_test_begin(TrainingContext& /*context*/) {}
  virtual void on_test_batch_begin(TrainingContext& /*context*/, std::size_t /*batch*/) {}
  virtual void on_test_batch_end(TrainingContext& /*context*/, std::size_t /*batch*/,
                                 const Logs& /*logs*/) {}
  virtual void on_test_end(TrainingContext& /*context*/, const Logs& /*logs*/) {}
  ///@}
  ///@{
  /// predict(), as a whole and batch by batch.
  virtual void on_predict_begin(TrainingContext& /*context*/) {}
  virtual void on_predict_batch_begin(TrainingContext& /*context*/, std::size_t /*batch*/) {}
  virtual void on_predict_batch_end(TrainingContext& /*context*/, std::size_t /*batch*/,
                                    const Tensor& /*outputs*/) {}
  virtual void on_predict_end(TrainingContext& /*context*/) {}
  ///@}

  // For runs that continue.

  /// Asked before training begins: a run to continue, or nothing.
  virtual std::optional<RunState> restore(TrainingContext& /*context*/) { return std::nullopt; }
  /// Called after every batch and every epoch, when all callbacks have seen it: the moments at
  /// which context.run_state() is complete.
  virtual void at_safe_point(TrainingContext& /*context*/) {}
  ///@{
  /// What this callback must remember for the run to continue as if it had never stopped.
  virtual State state() { return {}; }
  virtual void set_state(const State& /*state*/) {}
  ///@}
  /// A file that is being written and that state() takes for there; none by default. Whoever keeps
  /// that state waits for it, and keeps nothing if it fails, which this callback reports.
  [[nodiscard]] virtual std::shared_future<void> pending_save() const { return {}; }
};

/// Callbacks in the order in which they are called. Takes callbacks by value
/// (`{ModelCheckpoint(...), EarlyStopping(...)}`) or shared, to look at them afterwards.
class CallbackList {
 public:
  /// One element of the list.
  class Item {
   public:
    /// A callback of the list's own.
    template <typename Kind>
    requires std::is_base_of_v<Callback, std::remove_cvref_t<Kind>> Item(
        Kind&& callback)  // NOLINT(*-explicit-*): the list is written as a braced list.
        : callback_(std::make_shared<std::remove_cvref_t<Kind>>(std::forward<Kind>(callback))) {}
    /// A callback that the caller keeps too.
    template <typename Kind>
    requires std::is_base_of_v<Callback, Kind> Item(std::shared_ptr<Kind> callback)
        : callback_(std::move(callback)) {}  // NOLINT
    /// Never null for what was made from a value.
    [[nodiscard]] const std::shared_ptr<Callback>& get() const { return callback_; }

   private:
    std::shared_ptr<Callback> callback_;
  };

  CallbackList() = default;  ///< No callbacks.
  /// As a braced list of callbacks.
  CallbackList(std::initializer_list<Item> items) : items_(items) {}
  /// Adds one that is called after all others.
  void add(Item item) { items_.push_back(std::move(item)); }
  ///@{
  /// The items, for a range-for.
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }
  ///@}

 private:
  std::vector<Item> items_;
};

}  // namespace folio
