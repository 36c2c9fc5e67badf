/// BackupAndRestore: a run that was killed goes on where it stood.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Arguments of BackupAndRestore beside backup_dir.
struct BackupAndRestoreOptions {
  /// A checkpoint after every epoch; and, unless 0, after every this many batches.
  std::size_t save_freq = 0;
  bool delete_checkpoint = true;  ///< Leave none behind when training has come to its end.

  // Not in Keras.
  bool restore = true;  ///< false: begin anew, whatever is there.
  /// What else a run must have in common with the one it continues, by name, such as how images are
  /// augmented; what the data is (files, labels, order, batch size, seed) is compared anyway.
  std::map<std::string, std::string> conditions{};
  /// Tells, when a run is about to continue, which of its files have changed, in words: nothing if
  /// none has. Without it a checksum of their names and labels tells that some have.
  std::function<std::string()> changed_files{};
  bool ignore_differences = false;  ///< Continue although the bits will not be the same.
  std::function<void(const std::string&)> verbose{};  ///< Gets a line when a run continues.
};

/// Keeps the whole run in `backup_dir`: weights, optimizer, callbacks, history, metrics, and the
/// batch at which it stands. A run that finds a checkpoint goes on from it, in mid-epoch too, and
/// ends with the bits of one that never stopped.
///
/// The files are `checkpoint.folio`, written in the background and so that a kill never costs it,
/// and `checkpoint.previous.folio`, the one before it. Each has a checksum; where the latest is
/// damaged the one before is taken, and `verbose` told.
///
/// Errors  Error (kUsage) when training begins, naming every difference, if this run is not the one
///         to continue; Error (kData) if there are checkpoints and none can be read; Error (kIo) at
///         the save that follows a failed one, and at the end.
class BackupAndRestore : public Callback {
 public:
  /// The directory is made when there is something to keep.
  explicit BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options = {});

  std::optional<RunState> restore(TrainingContext& context) override;
  void at_safe_point(TrainingContext& context) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;

 private:
  class Writer;
  std::string current() const;
  std::string previous() const;
  void say(const std::string& line) const;
  std::string differences(std::map<std::string, std::string> then) const;

  std::string directory_;
  BackupAndRestoreOptions options_;
  std::map<std::string, std::string> conditions_;
  std::shared_ptr<Writer> writer_;
};

}  // namespace folio
