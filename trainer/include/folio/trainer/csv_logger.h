/// CSVLogger: the result of every epoch as a row of a CSV file.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

namespace internal {
class LogFile;
}

/// Arguments of CSVLogger, named as Keras names them.
struct CSVLoggerOptions {
  std::string separator = ",";  ///< Between the columns.
  bool append = false;          ///< Continue the file, with the columns it has.
};

/// Writes `epoch`, counted from 0, and the logs in the order of their names; the first epoch
/// decides the columns, with validation data also `val_` ones. What an epoch does not have is NA.
/// The file is complete after every epoch.
///
/// Errors  Error (kIo) naming the file when it cannot be written; Error (kData) under `append` if
///         its first line is no header.
class CSVLogger : public Callback {
 public:
  /// Opens the file when training begins.
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;

 private:
  void read_header();
  void choose_columns(const TrainingContext& context, const Logs& logs);

  std::string filename_;
  CSVLoggerOptions options_;
  std::vector<std::string> columns_;
  std::shared_ptr<internal::LogFile> file_;
};

}  // namespace folio
