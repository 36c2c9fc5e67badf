/// Callback: code that fit() calls as training goes on.
#pragma once
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <folio/trainer/trainer.h>

namespace folio {

/// What a callback sees of the run it belongs to.
struct TrainingContext {
  Trainer* trainer = nullptr;
  std::size_t epochs = 0;            ///< Index after the last epoch.
  std::size_t steps = 0;             ///< Batches in an epoch.
  std::size_t validation_steps = 0;  ///< 0 without validation data.
  bool stop_training = false;        ///< Set to end the run after the current batch.
};

/// Base of all callbacks; every hook does nothing unless overridden. Epochs and batches count from
/// 0. `logs` holds running means in batch hooks and the epoch's result in epoch hooks; what a
/// callback changes in on_epoch_end, later callbacks and the History see.
///
/// Threads Called on the thread that called fit().
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingContext& /*context*/) {}
  virtual void on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) {}
  virtual void on_epoch_begin(TrainingContext& /*context*/, std::size_t /*epoch*/) {}
  virtual void on_epoch_end(TrainingContext& /*context*/, std::size_t /*epoch*/, Logs& /*logs*/) {}
  virtual void on_train_batch_begin(TrainingContext& /*context*/, std::size_t /*batch*/) {}
  /// `loss` is that of this batch alone.
  virtual void on_train_batch_end(TrainingContext& /*context*/, std::size_t /*batch*/,
                                  double /*loss*/, const Logs& /*logs*/) {}
  virtual void on_test_begin(TrainingContext& /*context*/) {}
  virtual void on_test_batch_end(TrainingContext& /*context*/, std::size_t /*batch*/,
                                 const Logs& /*logs*/) {}
  virtual void on_test_end(TrainingContext& /*context*/, const Logs& /*logs*/) {}
};

/// Callbacks in the order in which they are called. Takes callbacks by value
/// (`{ModelCheckpoint(...), EarlyStopping(...)}`) or shared, to look at them afterwards.
class CallbackList {
 public:
  /// One element of the list.
  class Item {
   public:
    template <typename Kind>
    requires std::is_base_of_v<Callback, std::remove_cvref_t<Kind>> Item(
        Kind&& callback)  // NOLINT(*-explicit-*): the list is written as a braced list.
        : callback_(std::make_shared<std::remove_cvref_t<Kind>>(std::forward<Kind>(callback))) {}
    template <typename Kind>
    requires std::is_base_of_v<Callback, Kind> Item(std::shared_ptr<Kind> callback)
        : callback_(std::move(callback)) {}  // NOLINT
    [[nodiscard]] const std::shared_ptr<Callback>& get() const { return callback_; }

   private:
    std::shared_ptr<Callback> callback_;
  };

  CallbackList() = default;
  CallbackList(std::initializer_list<Item> items) : items_(items) {}
  void add(Item item) { items_.push_back(std::move(item)); }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }

 private:
  std::vector<Item> items_;
};

}  // namespace folio
