/// RunLock: one process at a time trains into a folder.
#pragma once
#include <string>

namespace folio::cli {

/// Held while it lives; the system lets go of it when the process ends, however it ends.
class RunLock {
 public:
  /// Errors  Error (kIo) naming the folder and the process that trains into it. A file system that
  ///         has no locks lets everyone in.
  explicit RunLock(const std::string& directory);
  /// Removes the lock's file.
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace folio::cli
