/// StepsLogger: the loss of single batches as a CSV file.
#pragma once
#include <cstddef>
#include <fstream>
#include <string>

#include <folio/trainer/callback.h>

namespace folio::cli {

/// Writes `epoch,batch,loss`, both counted from 0, for every `every`-th batch; the loss is that of
/// the batch alone.
///
/// Errors  Error (kIo) naming the file when it cannot be written.
class StepsLogger : public Callback {
 public:
  StepsLogger(std::string path, std::size_t every);

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;

 private:
  void flush();

  std::string path_;
  std::size_t every_;
  std::size_t epoch_ = 0;
  std::ofstream file_;
};

}  // namespace folio::cli
