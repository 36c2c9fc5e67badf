/// Tables for terminals of any width and names in any script.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace folio::cli {

/// Columns that UTF-8 text takes on a terminal: two for East Asian wide characters and emoji, none
/// for combining ones (as wcwidth() has it), one for a byte that is not UTF-8.
std::size_t display_width(std::string_view text);

/// The text, cut to `columns` with an ellipsis if it is wider.
std::string shortened(std::string_view text, std::size_t columns);

/// The text with line breaks in place of spaces, so that no line is wider than `columns` unless a
/// word is.
std::string wrapped(std::string_view text, std::size_t columns);

/// Columns of the terminal that standard output is; where it is none, what COLUMNS says, or a width
/// that nothing reaches.
std::size_t output_columns();

/// Rows of cells, the first of which names a row. Aligned; what is wider than the terminal goes on
/// in further blocks that begin with the names again. Names that leave no room are shortened,
/// control characters become escapes.
std::string text_table(std::vector<std::vector<std::string>> rows, std::size_t columns);

}  // namespace folio::cli
