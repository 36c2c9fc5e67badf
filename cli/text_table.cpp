#include "text_table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <cwchar>
#include <numeric>

#include "terminal.h"

namespace folio::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kUnlimited = 1U << 20U;

// What the C library's Unicode tables say, whatever the program's locale is.
std::size_t columns_of(std::uint32_t code) {
  static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (unicode == nullptr) return 1;
  const locale_t before = uselocale(unicode);
  const int width = wcwidth(static_cast<wchar_t>(code));
  uselocale(before);
  return width < 0 ? 1U : static_cast<std::size_t>(width);
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
  return {bytes, columns_of(code)};
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

std::string wrapped(std::string_view text, std::size_t columns) {
  std::string lines;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t width = display_width(word);
    if (used > 0 && used + 1 + width > columns) {
      lines += '\n';
      used = 0;
    }
    if (used > 0) lines += ' ';
    lines += word;
    used += width + (used > 0 ? 1 : 0);
  }
  return lines;
}

std::string text_table(std::vector<std::vector<std::string>> rows, std::size_t columns) {
  std::vector<std::size_t> widths;
  for (std::vector<std::string>& row : rows) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = one_line(row[i]);
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  if (widths.empty()) return "";
  // A column of nothing takes no room.
  while (widths.size() > 1 && widths.back() == 0) widths.pop_back();
  // Names may take what the other columns leave, and a third of a terminal in any case.
  const std::size_t others =
      std::accumulate(widths.begin() + 1, widths.end(), kGap * (widths.size() - 1));
  const std::size_t left = columns - std::min(columns, others);
  widths[0] = std::min(widths[0], std::max({std::size_t{4}, columns / 3, left}));
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
