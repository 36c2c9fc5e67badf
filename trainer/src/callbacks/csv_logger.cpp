#include <folio/trainer/csv_logger.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include <folio/datasets/error.h>

namespace folio {
namespace {

// Digits enough to read the same number back.
std::string exact(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(std::move(options)) {
  if (options_.separator.empty()) {
    throw Error(ErrorKind::kUsage, "CSVLogger: separator is empty; expected for instance ','");
  }
}

void CSVLogger::on_train_begin(TrainingContext& /*context*/) {
  columns_.clear();
  const std::filesystem::path parent = std::filesystem::path(filename_).parent_path();
  std::error_code ignored;  // Opening the file tells what is wrong.
  if (!parent.empty()) std::filesystem::create_directories(parent, ignored);
  if (options_.append) read_header();
  file_ = std::ofstream(filename_, options_.append ? std::ios::app : std::ios::trunc);
  flush();
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

void CSVLogger::choose_columns(const Logs& logs, bool validation) {
  for (const auto& [name, value] : logs) columns_.push_back(name);
  std::sort(columns_.begin(), columns_.end());
  // With validation_freq the first epoch may come without validation.
  const bool complete = std::any_of(columns_.begin(), columns_.end(), [](const std::string& name) {
    return name.starts_with("val_");
  });
  if (validation && !complete) {
    const std::size_t metrics = columns_.size();
    for (std::size_t i = 0; i < metrics; ++i) columns_.push_back("val_" + columns_[i]);
  }
  file_ << "epoch";
  for (const std::string& name : columns_) file_ << options_.separator << name;
  file_ << '\n';
}

void CSVLogger::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  if (columns_.empty()) choose_columns(logs, context.validation_steps > 0);
  file_ << epoch;
  for (const std::string& name : columns_) {
    const double* value = find_log(logs, name);
    file_ << options_.separator << (value == nullptr ? "NA" : exact(*value));
  }
  file_ << '\n';
  flush();
}

void CSVLogger::on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) {
  file_.close();
  if (!file_) throw Error(ErrorKind::kIo, filename_ + ": cannot be written");
}

void CSVLogger::flush() {
  if (!file_.flush()) throw Error(ErrorKind::kIo, filename_ + ": cannot be written");
}

}  // namespace folio
