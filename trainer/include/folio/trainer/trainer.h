/// Trainer: the plug. Whatever can learn from a batch can be driven by fit().
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/pipeline/batch.h>
#include <folio/trainer/state.h>

namespace [[gnu::visibility("default")]] folio {

/// Named numbers in a fixed order: `loss`, then the metrics, then the same with `val_`.
using Logs = std::vector<std::pair<std::string, double>>;

/// The value called `name`, or null.
const double* find_log(const Logs& logs, const std::string& name);

/// A model that fit(), evaluate() and predict() can drive. `Model` is folio's own.
///
/// Threads One caller at a time.
class Trainer {
 public:
  virtual ~Trainer() = default;

  /// Called before the first batch with the shape of one image, H x W x C, the number of classes
  /// (0 where labels are no classes) and the size of a full batch; throws Error (kModel) if the
  /// model does not fit them.
  virtual void prepare(const Shape& image_shape, std::size_t num_classes,
                       std::size_t batch_size) = 0;

  /// One step of learning. Returns the loss of this batch alone.
  virtual double train_on_batch(const Batch& batch) = 0;

  /// The loss of this batch without learning from it.
  virtual double test_on_batch(const Batch& batch) = 0;

  /// Outputs for N images, N x outputs.
  virtual Tensor predict_on_batch(const Tensor& x) = 0;

  /// Names that metrics() will have, `loss` first; known before the first batch.
  [[nodiscard]] virtual std::vector<std::string> metric_names() const = 0;
  /// `loss` and the metrics over all batches since reset_metrics().
  [[nodiscard]] virtual Logs metrics() const = 0;
  /// Forgets what metrics() has gathered; called before every epoch and every test.
  virtual void reset_metrics() = 0;

  ///@{
  /// All weights, in a fixed order; set_weights() takes them back.
  [[nodiscard]] virtual std::vector<Tensor> weights() const = 0;
  virtual void set_weights(const std::vector<Tensor>& weights) = 0;
  ///@}

  ///@{
  /// Everything the next step depends on beside its batch: weights, optimizer, counters, sums of
  /// the metrics. A trainer built alike that takes it continues to the same bits. Here the weights
  /// alone; a trainer that remembers more says so.
  ///
  /// Errors  Error (kModel) from set_state() if it belongs to another model.
  [[nodiscard]] virtual State state() const;
  virtual void set_state(const State& state);
  ///@}

  /// Throws Error (kUsage) if save(), or save_weights(), cannot write a file of this name; asked
  /// before a long training. Here any name will do.
  virtual void check_file_name(const std::string& path, bool weights_only) const;

  ///@{
  /// Writes the model (or its weights alone) atomically. Errors: Error (kIo) naming the path.
  virtual void save(const std::string& path) const = 0;
  virtual void save_weights(const std::string& path) const = 0;
  ///@}

  /// Copies what save(), or save_weights(), would write; the call of what is returned writes it, on
  /// any thread, while training goes on. Here nothing is put off: the file is written at once.
  [[nodiscard]] virtual std::function<void()> prepare_save(const std::string& path,
                                                           bool weights_only) const;

  ///@{
  /// The optimizer's step size; callbacks read and change it.
  [[nodiscard]] virtual double learning_rate() const = 0;
  virtual void set_learning_rate(double rate) = 0;
  ///@}
};

}  // namespace folio
