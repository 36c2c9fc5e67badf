/// LogFile: a text file that grows line by line and can be taken back to where it stood.
#pragma once
#include <cstdint>
#include <string>

#include <folio/trainer/state.h>

namespace folio::internal {

/// Lines appended to a file. A line that could not be written whole leaves nothing behind.
///
/// Errors  Error (kIo) naming the file and the system's reason.
/// Owns    The open file. Moves; a copy has no open file.
class LogFile {
 public:
  LogFile() = default;
  LogFile(const LogFile& /*other*/) {}
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile other) noexcept;
  ~LogFile();

  enum class Mode { kTruncate, kAppend };
  /// Makes missing parent directories.
  void open(const std::string& path, Mode mode);
  /// Opens the file as it was when state() was called: what came later is cut off.
  ///
  /// Errors  Error (kData) naming the file if it is shorter than it was.
  void reopen(const std::string& path, const State& state);
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  /// Lines are kept in memory up to the next flush().
  void write(const std::string& text) { pending_ += text; }
  void flush();
  void close();

  /// Puts lines and length on the disk, so that they outlast whatever refers to this state.
  State state();

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::string pending_;
};

}  // namespace folio::internal
