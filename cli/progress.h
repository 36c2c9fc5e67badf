/// ProgressLine: how far long work has come, its rate and what is left, on standard error.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace folio::cli {

/// On a terminal one line that is redrawn, elsewhere a plain line every ten seconds. Work that is
/// done within a second says nothing. One at a time.
class ProgressLine {
 public:
  /// `unit` is a plural, such as `files`; bytes are shown as MB.
  ProgressLine(std::string what, std::string unit);
  /// Takes the redrawn line away.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// A total of 0 is unknown.
  ///
  /// Errors  Error (kInterrupted) after Ctrl-C, while an InterruptWatch lives.
  void update(std::size_t done, std::size_t total);

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string line(std::size_t done, std::size_t total, double seconds) const;

  std::string what_;
  std::string unit_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  bool shown_ = false;
  bool terminal_;
};

}  // namespace folio::cli
