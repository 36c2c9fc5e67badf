#include "text_table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace folio::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNameWidth = 24;
constexpr std::size_t kUnlimited = 1U << 20U;

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Unicode 15, UAX 11 (wide and full-width), in whole blocks.
constexpr std::array<Range, 14> kWide = {{{0x1100, 0x115F},
                                          {0x231A, 0x231B},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0x9FFF},
                                          {0xA000, 0xA4CF},
                                          {0xA960, 0xA97F},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF01, 0xFF60},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 9> kNoWidth = {{{0x0300, 0x036F},
                                            {0x0483, 0x0489},
                                            {0x0591, 0x05BD},
                                            {0x064B, 0x065F},
                                            {0x1AB0, 0x1AFF},
                                            {0x200B, 0x200F},
                                            {0x20D0, 0x20FF},
                                            {0xFE00, 0xFE0F},
                                            {0xFE20, 0xFE2F}}};

template <std::size_t count>
bool is_in(const std::array<Range, count>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const Range& range) {
    return code >= range.first && code <= range.last;
  });
}

struct Character {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

// The character that begins at `at`.
Character character(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead < 0x80        ? 1
                            : lead >> 5U == 6  ? 2
                            : lead >> 4U == 14 ? 3
                            : lead >> 3U == 30 ? 4
                                               : 1;
  if (bytes == 1 || at + bytes > text.size()) return {};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if (next >> 6U != 2) return {};
    code = code << 6U | (next & 0x3FU);
  }
  return {bytes, is_in(kNoWidth, code) ? 0U : is_in(kWide, code) ? 2U : 1U};
}

std::string spaces(std::size_t count) { return std::string(count, ' '); }

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character next = character(text, at);
    width += next.columns;
    at += next.bytes;
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t width = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character next = character(text, at);
    if (width + next.columns > columns - 1) break;
    width += next.columns;
    at += next.bytes;
  }
  return std::string(text.substr(0, at)) + "\u2026";
}

std::size_t output_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    return size.ws_col;
  }
  const char* columns = std::getenv("COLUMNS");
  const int given = columns == nullptr ? 0 : std::atoi(columns);
  return given > 0 ? static_cast<std::size_t>(given) : kUnlimited;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  if (widths.empty()) return "";
  // Names may take a third of a narrow terminal.
  widths[0] = std::min(widths[0], std::max<std::size_t>(4, std::min(kNameWidth, columns / 3)));
  for (std::size_t& width : widths) {
    width =
        std::min(width, std::max<std::size_t>(1, columns - std::min(columns, widths[0] + kGap)));
  }
  std::string text;
  std::size_t first = 1;
  do {
    std::size_t last = first;
    for (std::size_t used = widths[0]; last < widths.size(); ++last) {
      used += kGap + widths[last];
      if (used > columns && last > first) break;
    }
    if (first > 1) text += '\n';
    for (const std::vector<std::string>& row : rows) {
      const std::string name = shortened(row.empty() ? "" : row[0], widths[0]);
      std::string line = name + spaces(widths[0] - display_width(name));
      for (std::size_t i = first; i < last; ++i) {
        const std::string cell = i < row.size() ? shortened(row[i], widths[i]) : "";
        line += spaces(kGap + widths[i] - display_width(cell)) + cell;
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + '\n';
    }
    first = last;
  } while (first < widths.size());
  return text;
}

}  // namespace folio::cli
