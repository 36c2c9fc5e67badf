/// LambdaCallback: a callback written where it is used.
#pragma once
#include <cstddef>
#include <functional>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Functions for the hooks of Callback; empty ones do nothing.
struct LambdaCallbackOptions {
  ///@{
  /// As the function of Callback of that name.
  std::function<void(TrainingContext&)> on_train_begin{};
  std::function<void(TrainingContext&, const Logs&)> on_train_end{};
  std::function<void(TrainingContext&, std::size_t epoch)> on_epoch_begin{};
  std::function<void(TrainingContext&, std::size_t epoch, Logs&)> on_epoch_end{};
  std::function<void(TrainingContext&, std::size_t batch)> on_train_batch_begin{};
  std::function<void(TrainingContext&, std::size_t batch, double loss, const Logs&)>
      on_train_batch_end{};
  std::function<void(TrainingContext&)> on_test_begin{};
  std::function<void(TrainingContext&, std::size_t batch)> on_test_batch_begin{};
  std::function<void(TrainingContext&, std::size_t batch, const Logs&)> on_test_batch_end{};
  std::function<void(TrainingContext&, const Logs&)> on_test_end{};
  std::function<void(TrainingContext&)> on_predict_begin{};
  std::function<void(TrainingContext&, std::size_t batch)> on_predict_batch_begin{};
  std::function<void(TrainingContext&, std::size_t batch, const Tensor& outputs)>
      on_predict_batch_end{};
  std::function<void(TrainingContext&)> on_predict_end{};
  ///@}
};

/// Calls functions:
///
///     LambdaCallback({.on_epoch_end = [](auto& context, auto epoch, auto& logs) { ... }})
class LambdaCallback : public Callback {
 public:
  /// Copies of the callback share what the functions hold by reference.
  explicit LambdaCallback(LambdaCallbackOptions options);

  void on_train_begin(TrainingContext& context) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;
  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_batch_begin(TrainingContext& context, std::size_t batch) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_test_begin(TrainingContext& context) override;
  void on_test_batch_begin(TrainingContext& context, std::size_t batch) override;
  void on_test_batch_end(TrainingContext& context, std::size_t batch, const Logs& logs) override;
  void on_test_end(TrainingContext& context, const Logs& logs) override;
  void on_predict_begin(TrainingContext& context) override;
  void on_predict_batch_begin(TrainingContext& context, std::size_t batch) override;
  void on_predict_batch_end(TrainingContext& context, std::size_t batch,
                            const Tensor& outputs) override;
  void on_predict_end(TrainingContext& context) override;

 private:
  LambdaCallbackOptions options_;
};

}  // namespace folio
