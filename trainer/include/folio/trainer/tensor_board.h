/// TensorBoard: curves and histograms for the program of that name.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Arguments of TensorBoard beside log_dir.
struct TensorBoardOptions {
  std::size_t histogram_freq = 0;  ///< Histograms of all weights every so many epochs; 0: none.
  bool write_steps_per_second = false;  ///< `epoch_steps_per_second`.
  /// 0: after every epoch; else `batch_loss` and the other metrics every this many batches too.
  std::size_t update_freq = 0;
};

/// Writes event files into `log_dir/train` and `log_dir/validation`: `epoch_loss` and the other
/// logs by epoch, without `val_` in the latter; `epoch_learning_rate`; and what the options add. A
/// run that continues goes on in the same files.
///
/// Errors  Error (kIo) naming the file when it cannot be written.
class TensorBoard : public Callback {
 public:
  /// Makes the folders when training begins.
  explicit TensorBoard(std::string log_dir = "logs", TensorBoardOptions options = {});

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_test_end(TrainingContext& context, const Logs& logs) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;

 private:
  struct Files;
  void flush();

  std::string log_dir_;
  TensorBoardOptions options_;
  std::shared_ptr<Files> files_;
  std::chrono::steady_clock::time_point epoch_begin_;
};

}  // namespace folio
