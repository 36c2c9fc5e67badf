#include <folio/datasets/error.h>
#include <folio/trainer/csv_logger.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "monitor.h"

namespace folio {
namespace {

void write_line(const std::string& filename, const char* mode, const std::string& line) {
  const auto fail = [&] {
    throw Error(ErrorKind::kIo, "cannot write " + filename + ": " + std::strerror(errno));
  };
  std::FILE* file = std::fopen(filename.c_str(), mode);
  if (file == nullptr) fail();
  const bool written = std::fputs(line.c_str(), file) >= 0;
  if (std::fclose(file) != 0 || !written) fail();
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(std::move(options)) {}

void CSVLogger::on_train_begin(TrainingContext& context) {
  columns_ = internal::log_names(context);
  std::string header = "epoch";
  for (const std::string& column : columns_) header += options_.separator + column;
  std::FILE* existing = options_.append ? std::fopen(filename_.c_str(), "r") : nullptr;
  bool has_content = false;
  if (existing != nullptr) {
    has_content = std::fgetc(existing) != EOF;
    std::fclose(existing);
  }
  if (!has_content) write_line(filename_, "w", header + "\n");
}

void CSVLogger::on_epoch_end(TrainingContext&, std::size_t epoch, Logs& logs) {
  std::string line = std::to_string(epoch);
  for (const std::string& column : columns_) {
    const double* value = find_log(logs, column);
    char text[32] = "NA";
    if (value != nullptr) std::snprintf(text, sizeof text, "%.9g", *value);
    line += options_.separator + text;
  }
  write_line(filename_, "a", line + "\n");
}

}  // namespace folio
