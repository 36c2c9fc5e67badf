/// StepsLogger: the loss of single batches as a CSV file.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

namespace internal {
class LogFile;
}

/// Writes `epoch,batch,loss`, both counted from 0, for every `every`-th batch; the loss is that of
/// the batch alone. The file is complete after every epoch.
///
/// Errors  Error (kUsage) for `every` 0; Error (kIo) naming the file when it cannot be written.
class StepsLogger : public Callback {
 public:
  /// Opens the file when training begins.
  explicit StepsLogger(std::string filename, std::size_t every = 1);

  void on_train_begin(TrainingContext& context) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;

 private:
  std::string filename_;
  std::size_t every_;
  std::shared_ptr<internal::LogFile> file_;
};

}  // namespace folio
