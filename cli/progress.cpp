#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <utility>

#include <folio/datasets/error.h>

#include "terminal.h"
#include "text_table.h"

namespace folio::cli {
namespace {

constexpr double kSilentSeconds = 1.0;
constexpr double kRedrawSeconds = 0.1;
constexpr double kPlainSeconds = 10.0;

std::string format(const char* pattern, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

}  // namespace

ProgressLine::ProgressLine(std::string what, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), terminal_(on_terminal()) {}

ProgressLine::~ProgressLine() {
  if (shown_ && terminal_) std::cerr << "\r\x1b[K" << std::flush;
}

void ProgressLine::update(std::size_t done, std::size_t total) {
  if (InterruptWatch::interrupted()) throw Error(ErrorKind::kInterrupted, what_ + " interrupted");
  if (talk() == Talk::kQuiet) return;
  const Clock::time_point now = Clock::now();
  const double since_start = std::chrono::duration<double>(now - start_).count();
  const double since_last = std::chrono::duration<double>(now - last_).count();
  const double wanted = !terminal_ ? kPlainSeconds : shown_ ? kRedrawSeconds : kSilentSeconds;
  if (since_last < wanted) return;
  last_ = now;
  shown_ = true;
  const std::string text = line(done, total, since_start);
  if (terminal_) {
    // A line that wraps could not be drawn over.
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    const std::size_t columns = known ? size.ws_col - 1U : 79U;
    std::cerr << '\r' << shortened(one_line(text), columns) << "\x1b[K" << std::flush;
  } else {
    note(text);
  }
}

std::string ProgressLine::line(std::size_t done, std::size_t total, double seconds) const {
  const bool bytes = unit_ == "bytes";
  const auto amount = [&](double value) {
    return bytes ? format("%.1f MB", value / 1e6) : format("%.0f", value);
  };
  const double rate = static_cast<double>(done) / seconds;
  std::string text = what_ + ": " + amount(static_cast<double>(done));
  if (total > 0) {
    text += " of " + amount(static_cast<double>(total)) + (bytes ? "" : " " + unit_) +
            format(" (%.0f%%)", 100.0 * static_cast<double>(done) / static_cast<double>(total));
  } else if (!bytes) {
    text += " " + unit_;
  }
  text += ", " + amount(rate) + "/s";
  if (total > done && done > 0) {
    text += ", " + duration(static_cast<double>(total - done) / rate) + " left";
  }
  return text;
}

}  // namespace folio::cli
