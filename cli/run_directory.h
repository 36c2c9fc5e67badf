/// RunDirectory: where a training run leaves its files.
#pragma once
#include <optional>
#include <string>

#include "run_lock.h"

namespace folio::cli {

/// The folder of one run. Created and proved writable at construction, so that a run that could
/// not be saved never starts; no other process trains into it as long as this lives.
class RunDirectory {
 public:
  /// Errors  Error (kIo) naming the path and the system's reason, or the process that trains into
  ///         it.
  explicit RunDirectory(std::string path);

  /// `runs/<name>-1`, or the first such number that is free. It is made at once, so that no other
  /// process takes it.
  static RunDirectory next(const std::string& name);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const;

  /// Gives the model of an earlier run in this folder another name: what comes of this run must
  /// not be taken for it, however this run ends.
  ///
  /// Errors  Error (kIo) if it cannot be renamed.
  void keep_earlier_model() const;

  /// That name.
  static constexpr const char* kEarlierModel = "model.previous.h5";

  /// Takes back what this run has made: the files it writes before its first epoch ends, and the
  /// folders if it made them and nothing else is in them.
  void discard() noexcept;

 private:
  std::string path_;
  std::optional<RunLock> lock_;
  std::string first_created_;  // Outermost folder that did not exist before.
};

}  // namespace folio::cli
