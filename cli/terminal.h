/// Talking to the person at the terminal: standard error, and Ctrl-C.
#pragma once
#include <string>

namespace folio::cli {

/// The text with line breaks and other control characters written as escapes, so that a message
/// about an oddly named file stays one line.
std::string one_line(const std::string& text);

/// How much is said beside results and errors.
enum class Talk { kQuiet, kNormal, kVerbose };
void set_talk(Talk talk);
Talk talk();

/// Writes `folio: <text>` on standard error, unless --quiet.
void note(const std::string& text);

/// The same with --verbose only.
void detail(const std::string& text);

/// Six significant digits, as results are printed; `nan` for what is not a number.
std::string format_number(double value);

/// Whether standard error is a terminal, where progress may redraw a line.
bool on_terminal();

/// From its construction on, the first Ctrl-C (or SIGTERM) is only remembered; the second ends the
/// process at once. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  [[nodiscard]] static bool interrupted();
};

}  // namespace folio::cli
