/// Error: the one exception type of folio.
#pragma once
#include <stdexcept>
#include <string>

namespace [[gnu::visibility("default")]] folio {

/// What kind of thing went wrong; decides the exit code of the `folio` command.
enum class ErrorKind {
  kUsage,        ///< A wrong argument or option; nothing was started.
  kData,         ///< A dataset or an image that cannot be used.
  kIo,           ///< The file system refused: missing, unreadable, full.
  kModel,        ///< A model file or architecture that cannot be used.
  kInterrupted,  ///< The user asked to stop.
};

/// Thrown for every failure a caller can meet. The message is one line that says what failed, the
/// value got, what was expected, and the file where there is one.
class Error : public std::runtime_error {
 public:
  /// `message` is what() alone; the kind is not part of it.
  Error(ErrorKind kind, const std::string& message);

  /// For deciding what to do about it: retry, ask the user, leave a file out.
  [[nodiscard]] ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace folio
