/// fit, evaluate and predict: the loops around any Trainer.
#pragma once
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <set>

#include <folio/datasets/error.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/arrays.h>
#include <folio/trainer/callback.h>
#include <folio/trainer/class_weight.h>
#include <folio/trainer/history.h>
#include <folio/trainer/trainer.h>

namespace [[gnu::visibility("default")]] folio {

/// What fit() validates with: `&stream`, or arrays.
class ValidationData {
 public:
  /// A stream that must live as long as fit() runs; null: no validation.
  ValidationData(BatchStream* stream = nullptr)  // NOLINT(*-explicit-*)
      : stream_(stream, [](BatchStream*) {}) {}
  /// Arrays, of which a copy is kept.
  ValidationData(Arrays data);  // NOLINT(*-explicit-*)

  /// What is read; null without validation.
  [[nodiscard]] BatchStream* stream() const { return stream_.get(); }

 private:
  std::shared_ptr<BatchStream> stream_;
};

/// When fit() validates: after every `epochs`-th epoch, or after the ones listed, counted from 1.
class ValidationFreq {
 public:
  /// After every `epochs`-th epoch.
  ValidationFreq(std::size_t epochs = 1) : every_(epochs) {}  // NOLINT(*-explicit-*)
  ///@{
  /// After these epochs, counted from 1.
  ValidationFreq(std::initializer_list<std::size_t> epochs)  // NOLINT(*-explicit-*)
      : ValidationFreq(std::set<std::size_t>(epochs)) {}
  ValidationFreq(std::set<std::size_t> epochs)  // NOLINT(*-explicit-*)
      : every_(0), epochs_(std::move(epochs)) {}
  ///@}

  /// Whether to validate after `epoch`, counted from 0.
  [[nodiscard]] bool due(std::size_t epoch) const {
    return every_ > 0 ? (epoch + 1) % every_ == 0 : epochs_.count(epoch + 1) > 0;
  }
  /// Throws Error (kUsage) unless there is a positive number, or a list of such.
  void validate() const;

 private:
  std::size_t every_;
  std::set<std::size_t> epochs_;
};

/// Arguments of fit(), named and ordered as Keras' are.
struct FitOptions {
  std::size_t epochs = 1;            ///< Index after the last epoch, not a count.
  CallbackList callbacks{};          ///< Called in this order.
  ValidationData validation_data{};  ///< Read from its start at every validation.
  ClassWeight class_weight{};        ///< Multiplies sample weights; in the training loss only.
  std::size_t initial_epoch = 0;     ///< Index of the first epoch: `epochs - initial_epoch` run.
  /// Batches in an epoch; 0: all of the stream. An epoch continues where the one before stopped.
  std::size_t steps_per_epoch = 0;
  std::size_t validation_steps = 0;  ///< Batches of a validation; 0: all of the stream.
  ValidationFreq validation_freq{};  ///< `2`, or `{1, 5, 10}`.

  // Not in Keras.
  OnNan on_nan = OnNan::kError;  ///< What a loss that is not finite does.
  /// Asked after every batch; true ends the run with Error (kInterrupted) after on_train_end.
  std::function<bool()> interrupted{};
  /// Gets what a callback could not write (an Error of kind kIo) and lets training go on; without
  /// it that ends the run.
  std::function<void(const Error&)> on_save_error{};
};

/// Trains on `data` epoch by epoch, from batch initial_epoch * steps of the stream on.
///
/// Errors  Error (kModel) if the model does not fit the data; Error (kData) naming epoch, batch and
///         files if the loss is not finite; Error (kUsage) for options that cannot be meant;
///         whatever the stream, the trainer or a callback throws.
History fit(Trainer& trainer, BatchStream& data, const FitOptions& options = {});

/// The same on data in memory.
History fit(Trainer& trainer, Arrays data, FitOptions options = {});

/// Arguments of evaluate() and predict().
struct TestOptions {
  std::size_t steps = 0;     ///< Batches; 0: one epoch of the stream.
  CallbackList callbacks{};  ///< Their hooks for tests, or for predictions.
};

/// Loss and metrics over one epoch of `data`, from its start, without learning.
Logs evaluate(Trainer& trainer, BatchStream& data, const TestOptions& options = {});
/// The same on data in memory, in its order; all of it, whatever its validation_split.
Logs evaluate(Trainer& trainer, Arrays data, const TestOptions& options = {});

/// Outputs for one epoch of `data`, in stream order; use a stream with `shuffle = false`.
///
/// Shapes  samples x outputs.
Tensor predict(Trainer& trainer, BatchStream& data, const TestOptions& options = {});

}  // namespace folio
