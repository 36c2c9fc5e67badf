#include <folio/trainer/backup_and_restore.h>

#include <exception>
#include <filesystem>
#include <future>
#include <utility>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <nlohmann/json.hpp>

#include "checkpoint_file.h"
#include "condition_differences.h"
#include "crc32c.h"

namespace folio {
namespace fs = std::filesystem;
namespace {

constexpr const char* kImages = "number of images";
constexpr const char* kFiles = "checksum of the list of files";

/// What decides which batches there are and in which order.
std::map<std::string, std::string> data_conditions(const TrainingContext& context) {
  const BatchStream& data = *context.data;
  internal::Crc32c files;
  for (const std::string& name : data.filenames()) files.add(name.c_str(), name.size() + 1);
  files.add(data.labels().data(), data.labels().size() * sizeof(int));
  // Names may be any bytes; what is compared was made the same way.
  const std::string classes = nlohmann::json(data.class_names())
                                  .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return {{"batch_size", std::to_string(data.options().batch_size)},
          {"seed", std::to_string(data.seed())},
          {"shuffle", data.options().shuffle ? "true" : "false"},
          {"image shape", to_string(data.image_shape())},
          {kImages, std::to_string(data.samples())},
          {kFiles, std::to_string(files.value())},
          {"classes", classes},
          {"batches in an epoch", std::to_string(context.steps)},
          {"batches of a validation", std::to_string(context.validation_steps)}};
}

}  // namespace

/// Writes one checkpoint at a time in the background.
class BackupAndRestore::Writer {
 public:
  /// Waits for the checkpoint before; throws what went wrong with it after starting this one.
  void write(RunState state, std::string current, std::string previous) {
    const std::exception_ptr failed = finish();
    pending_ = std::async(
        std::launch::async,
        [state = std::move(state), current = std::move(current), previous = std::move(previous)] {
          // Complete and on the disk before the first rename: if this fails, nothing has changed.
          if (!all_done(state.pending_saves)) return;
          const std::string next = current + ".next";
          std::error_code ignored;
          try {
            write_file(next, internal::run_state_to_bytes(state));
            if (fs::exists(current, ignored)) rename_file(current, previous);
            rename_file(next, current);
          } catch (const Error& error) {
            fs::remove(next, ignored);
            std::string text = error.what();
            if (text.starts_with(next)) text.replace(0, next.size(), current);
            throw Error(error.kind(), text);
          }
        });
    if (failed) std::rethrow_exception(failed);
  }

  void wait() {
    if (const std::exception_ptr failed = finish()) std::rethrow_exception(failed);
  }

 private:
  /// False if a file that the state takes for there could not be written. The callback whose file
  /// it is reports that.
  static bool all_done(const std::vector<std::shared_future<void>>& saves) {
    try {
      for (const auto& save : saves) save.get();
    } catch (const Error&) {
      return false;
    }
    return true;
  }

  std::exception_ptr finish() {
    try {
      if (pending_.valid()) pending_.get();
    } catch (...) {
      return std::current_exception();
    }
    return nullptr;
  }

  std::future<void> pending_;
};

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : directory_(std::move(backup_dir)),
      options_(std::move(options)),
      writer_(std::make_shared<Writer>()) {
  if (directory_.empty()) throw Error(ErrorKind::kUsage, "BackupAndRestore: backup_dir is empty");
}

std::string BackupAndRestore::current() const {
  return (fs::path(directory_) / "checkpoint.folio").string();
}

std::string BackupAndRestore::previous() const {
  return (fs::path(directory_) / "checkpoint.previous.folio").string();
}

std::optional<RunState> BackupAndRestore::restore(TrainingContext& context) {
  conditions_ = data_conditions(context);
  conditions_.insert(options_.conditions.begin(), options_.conditions.end());
  std::error_code ignored;
  if (!options_.restore) {
    fs::remove(current(), ignored);  // They would be taken for this run's.
    fs::remove(previous(), ignored);
    return std::nullopt;
  }
  std::string damaged;
  for (const std::string& path : {current(), previous()}) {
    if (!fs::exists(path, ignored)) continue;
    RunState state;
    try {
      state = internal::run_state_from_bytes(read_file(path));
    } catch (const Error& error) {
      damaged += (damaged.empty() ? "" : "; ") + path + ": " + error.what();
      continue;
    }
    const std::string changed = differences(state.conditions);
    if (!changed.empty() && !options_.ignore_differences) {
      throw Error(ErrorKind::kUsage, path + ": the run cannot be continued exactly: " + changed);
    }
    if (!damaged.empty()) say(damaged + "; the checkpoint before it is taken");
    if (!changed.empty()) say("the run is continued although " + changed);
    say("continuing in epoch " + std::to_string(state.epoch + 1) + " after " +
        std::to_string(state.step) + " batches, from " + path);
    return state;
  }
  if (!damaged.empty()) throw Error(ErrorKind::kData, "no checkpoint can be read: " + damaged);
  return std::nullopt;
}

std::string BackupAndRestore::differences(std::map<std::string, std::string> then) const {
  std::map<std::string, std::string> now = conditions_;
  std::string files;
  if (options_.changed_files) files = options_.changed_files();
  if (!files.empty()) {
    for (const char* name : {kFiles, kImages}) {
      now.erase(name);
      then.erase(name);
    }
  }
  const std::string others = internal::condition_differences(now, then);
  return files + (files.empty() || others.empty() ? "" : "; ") + others;
}

void BackupAndRestore::at_safe_point(TrainingContext& context) {
  const std::size_t batches = context.epoch * context.steps + context.step;
  const bool epoch_is_over = context.step == 0;
  const bool due = options_.save_freq > 0 && batches % options_.save_freq == 0;
  if (!epoch_is_over && !due && !context.interrupted) return;
  RunState state = context.run_state();
  state.conditions = conditions_;
  writer_->write(std::move(state), current(), previous());
}

void BackupAndRestore::on_train_end(TrainingContext& context, const Logs&) {
  writer_->wait();
  if (context.interrupted || !options_.delete_checkpoint) return;
  std::error_code ignored;
  fs::remove(current(), ignored);
  fs::remove(previous(), ignored);
  fs::remove(directory_, ignored);  // Unless something else is in it.
}

void BackupAndRestore::say(const std::string& line) const {
  if (options_.verbose) options_.verbose(line);
}

}  // namespace folio
