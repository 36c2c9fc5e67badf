/// CSVLogger: the result of every epoch as a line of a CSV file.
#pragma once
#include <string>
#include <vector>

#include <folio/trainer/callback.h>

namespace folio {

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;  ///< Go on behind what the file holds.
};

/// Writes `epoch` (counted from 0) and every log; values that an epoch lacks are NA. Each line is
/// on disk before the next epoch begins.
///
/// Errors  Error (kIo) naming the file if it cannot be written.
class CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;

 private:
  std::string filename_;
  CSVLoggerOptions options_;
  std::vector<std::string> columns_;
};

}  // namespace folio
