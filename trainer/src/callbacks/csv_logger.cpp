#include <folio/trainer/csv_logger.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

#include <folio/datasets/error.h>

#include "log_file.h"
#include "plain_nan.h"

namespace folio {
namespace {

// Digits enough to read the same number back.
std::string exact(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, internal::plain_nan(value)).ptr};
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)),
      options_(std::move(options)),
      file_(std::make_shared<internal::LogFile>()) {
  if (options_.separator.empty()) {
    throw Error(ErrorKind::kUsage, "CSVLogger: separator is empty; expected for instance ','");
  }
}

void CSVLogger::on_train_begin(TrainingContext& context) {
  columns_.clear();
  if (context.resumed) return;  // set_state() opens the file.
  if (options_.append) read_header();
  using Mode = internal::LogFile::Mode;
  file_->open(filename_, options_.append ? Mode::kAppend : Mode::kTruncate);
}

void CSVLogger::read_header() {
  std::ifstream file(filename_);
  std::string header;
  if (!std::getline(file, header)) return;
  if (header.ends_with('\r')) header.pop_back();
  const std::string& separator = options_.separator;
  for (std::size_t at = 0; at <= header.size();) {
    const std::size_t end = std::min(header.find(separator, at), header.size());
    columns_.push_back(header.substr(at, end - at));
    at = end + separator.size();
  }
  if (columns_.front() != "epoch") {
    throw Error(ErrorKind::kData, filename_ + ": cannot be appended to: the first line is '" +
                                      header.substr(0, 80) +
                                      "'; expected one beginning with epoch" + separator);
  }
  columns_.erase(columns_.begin());
}

void CSVLogger::choose_columns(const TrainingContext& context, const Logs& logs) {
  for (const auto& [name, value] : logs) columns_.push_back(name);
  std::sort(columns_.begin(), columns_.end());
  // With validation_freq the first epoch may come without validation.
  for (const std::string& name : context.log_names) {
    const bool missing = std::find(columns_.begin(), columns_.end(), name) == columns_.end();
    if (name.starts_with("val_") && missing) columns_.push_back(name);
  }
  std::sort(columns_.begin(), columns_.end());
  file_->write("epoch");
  for (const std::string& name : columns_) file_->write(options_.separator + name);
  file_->write("\n");
}

void CSVLogger::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  if (columns_.empty()) choose_columns(context, logs);
  file_->write(std::to_string(epoch));
  for (const std::string& name : columns_) {
    const double* value = find_log(logs, name);
    file_->write(options_.separator + (value == nullptr ? "NA" : exact(*value)));
  }
  file_->write("\n");
  file_->flush();
}

void CSVLogger::on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) { file_->close(); }

State CSVLogger::state() { return file_->state(); }

void CSVLogger::set_state(const State& state) {
  file_->reopen(filename_, state);
  read_header();
}

}  // namespace folio
