#include <folio/datasets/csv.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

#include <algorithm>
#include <utility>

namespace folio {

CsvReader::CsvReader(std::string path) : path_(std::move(path)) {
  const std::vector<std::byte> bytes = read_file(path_);
  text_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  if (!read_row(header_)) throw error("it is empty, expected a first line that names the columns");
  std::vector<std::string> sorted = header_;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) throw error("two columns are named '" + *twice + "'");
}

bool CsvReader::has_column(std::string_view name) const {
  return std::find(header_.begin(), header_.end(), name) != header_.end();
}

std::size_t CsvReader::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found != header_.end()) return static_cast<std::size_t>(found - header_.begin());
  constexpr std::size_t kMostListed = 10;
  std::string columns;
  for (std::size_t i = 0; i < std::min(header_.size(), kMostListed); ++i) {
    columns += (i > 0 ? ", '" : "'") + header_[i] + "'";
  }
  if (header_.size() > kMostListed) columns += ", ...";
  throw Error(ErrorKind::kData,
              path_ + ": no column '" + std::string(name) + "', it has " + columns);
}

bool CsvReader::next(std::vector<std::string>& row) {
  if (!read_row(row)) return false;
  if (row.size() != header_.size()) {
    throw error("has " + std::to_string(row.size()) + " fields, the header has " +
                std::to_string(header_.size()));
  }
  return true;
}

Error CsvReader::error(const std::string& reason) const {
  return {ErrorKind::kData, path_ + ", line " + std::to_string(row_line_) + ": " + reason};
}

/// Fields keep their memory from row to row.
bool CsvReader::read_row(std::vector<std::string>& row) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    if (text_[at_++] == '\n') ++line_;
  }
  row_line_ = line_;
  if (at_ >= text_.size()) return false;
  for (std::size_t count = 0;; ++count) {
    if (count == row.size()) row.emplace_back();
    std::string& field = row[count];
    if (at_ < text_.size() && text_[at_] == '"') {
      if (!read_quoted(field)) throw error("a quote is opened and not closed");
    } else {
      const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
      field.assign(text_, at_, end - at_);
      at_ = end;
      if ((at_ == text_.size() || text_[at_] == '\n') && field.ends_with('\r')) field.pop_back();
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    const char mark = at_ < text_.size() ? text_[at_++] : '\n';
    if (mark == ',') continue;
    if (mark != '\n') throw error("text after a closing quote");
    ++line_;
    row.resize(count + 1);
    return true;
  }
}

bool CsvReader::read_quoted(std::string& field) {
  field.clear();
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\n') ++line_;
    if (text_[at_] == '"') {
      const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
      ++at_;
      if (!doubled) return true;
    }
    field += text_[at_];
  }
  return false;
}

void append_csv_row(std::string& text, std::span<const std::string> row) {
  bool first = true;
  for (const std::string& field : row) {
    if (!std::exchange(first, false)) text += ',';
    // A row of one empty field would be a blank line.
    const bool quoted =
        field.find_first_of(",\"\r\n") != field.npos || (row.size() == 1 && field.empty());
    if (!quoted) {
      text += field;
      continue;
    }
    text += '"';
    for (const char character : field) {
      if (character == '"') text += '"';
      text += character;
    }
    text += '"';
  }
  text += '\n';
}

}  // namespace folio
