/// fit, evaluate and predict: the loops around any Trainer.
#pragma once
#include <cstddef>
#include <functional>

#include <folio/datasets/tensor.h>
#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/callback.h>
#include <folio/trainer/history.h>
#include <folio/trainer/trainer.h>

namespace folio {

/// Arguments of fit(), named as Keras names them.
struct FitOptions {
  std::size_t epochs = 1;  ///< Index after the last epoch, not a count.
  CallbackList callbacks{};
  BatchStream* validation_data = nullptr;  ///< Read from its start at every validation.
  std::size_t initial_epoch = 0;
  std::size_t steps_per_epoch = 0;   ///< Batches in an epoch; 0: all of the stream.
  std::size_t validation_steps = 0;  ///< Batches of a validation; 0: all of the stream.
  std::size_t validation_freq = 1;   ///< Validate every this many epochs.
  /// Asked after every batch; true ends the run with Error (kInterrupted) after on_train_end.
  std::function<bool()> interrupted{};
};

/// Trains on `data` epoch by epoch, from batch initial_epoch * steps of the stream on.
///
/// Errors  Error (kModel) if the model does not fit the data; Error (kData) naming epoch, batch and
///         files if the loss is not finite; whatever the stream, the trainer or a callback throws.
History fit(Trainer& trainer, BatchStream& data, const FitOptions& options = {});

/// Loss and metrics over one epoch of `data` (or its first `steps` batches), without learning.
Logs evaluate(Trainer& trainer, BatchStream& data, std::size_t steps = 0);

/// Outputs for one epoch of `data`, in stream order; use a stream with `shuffle = false`.
///
/// Shapes  samples x outputs.
Tensor predict(Trainer& trainer, BatchStream& data);

}  // namespace folio
