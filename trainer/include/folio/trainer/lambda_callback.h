/// LambdaCallback: a callback from functions.
#pragma once
#include <cstddef>
#include <functional>
#include <utility>

#include <folio/trainer/callback.h>

namespace folio {

/// Functions for the hooks of Callback; those left out do nothing.
struct LambdaHooks {
  std::function<void(TrainingContext&)> on_train_begin{};
  std::function<void(TrainingContext&, const Logs&)> on_train_end{};
  std::function<void(TrainingContext&, std::size_t)> on_epoch_begin{};
  std::function<void(TrainingContext&, std::size_t, Logs&)> on_epoch_end{};
  std::function<void(TrainingContext&, std::size_t)> on_train_batch_begin{};
  std::function<void(TrainingContext&, std::size_t, double, const Logs&)> on_train_batch_end{};
};

/// Calls the functions it was given: `LambdaCallback({.on_epoch_end = ...})`.
class LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaHooks hooks) : hooks_(std::move(hooks)) {}

  void on_train_begin(TrainingContext& context) override { call(hooks_.on_train_begin, context); }
  void on_train_end(TrainingContext& context, const Logs& logs) override {
    call(hooks_.on_train_end, context, logs);
  }
  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override {
    call(hooks_.on_epoch_begin, context, epoch);
  }
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override {
    call(hooks_.on_epoch_end, context, epoch, logs);
  }
  void on_train_batch_begin(TrainingContext& context, std::size_t batch) override {
    call(hooks_.on_train_batch_begin, context, batch);
  }
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override {
    call(hooks_.on_train_batch_end, context, batch, loss, logs);
  }

 private:
  template <typename Hook, typename... Arguments>
  static void call(const Hook& hook, Arguments&&... arguments) {
    if (hook) hook(std::forward<Arguments>(arguments)...);
  }
  LambdaHooks hooks_;
};

}  // namespace folio
