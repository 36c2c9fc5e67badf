/// CSV: tables of text, as spreadsheets and pandas write them.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <folio/datasets/error.h>

namespace [[gnu::visibility("default")]] folio {

/// Reads a table row by row. Its first row names the columns.
///
/// Fields are separated by commas; a field in double quotes may hold commas, line breaks and,
/// doubled, quotes (RFC 4180). Lines end in LF or CR LF; blank ones and a byte order mark are
/// skipped. Bytes are taken as they are, so file names need not be UTF-8.
///
/// Errors  Error (kIo) if the file cannot be read; Error (kData) naming file and line for a table
///         without header, a column named twice, a row of another length than the header's, or an
///         open quote.
class CsvReader {
 public:
  /// Reads the whole file into memory, and its header.
  explicit CsvReader(std::string path);

  /// Names of the columns, as the first row gives them.
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  /// Whether the header names this column; letters count as they are, capital or small.
  [[nodiscard]] bool has_column(std::string_view name) const;

  /// Position of the column of this name.
  ///
  /// Errors  Error (kData) naming the file and the columns it has.
  [[nodiscard]] std::size_t column(std::string_view name) const;

  /// Reads the next row into `row`, which has one field for each column. False at the end.
  bool next(std::vector<std::string>& row);

  /// Line on which the row that was read last begins, from 1.
  [[nodiscard]] std::size_t line() const { return row_line_; }

  /// An Error (kData) that names the file and the line of the row that was read last.
  [[nodiscard]] Error error(const std::string& reason) const;

 private:
  bool read_row(std::vector<std::string>& row);
  bool read_quoted(std::string& field);

  std::string path_;
  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
  std::vector<std::string> header_;
};

/// Adds one row to the text of a table, with quotes where they are needed.
void append_csv_row(std::string& text, std::span<const std::string> row);

}  // namespace folio
