#include <folio/trainer/backup_and_restore.h>

#include <exception>
#include <filesystem>
#include <future>
#include <utility>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

#include "checkpoint_file.h"
#include "crc32c.h"

namespace folio {
namespace fs = std::filesystem;
namespace {

/// What decides which batches there are and in which order.
std::map<std::string, std::string> data_conditions(const TrainingContext& context) {
  const BatchStream& data = *context.data;
  internal::Crc32c files;
  for (const std::string& name : data.filenames()) files.add(name.c_str(), name.size() + 1);
  files.add(data.labels().data(), data.labels().size() * sizeof(int));
  internal::Crc32c classes;
  for (const std::string& name : data.class_names()) classes.add(name.c_str(), name.size() + 1);
  return {{"batch_size", std::to_string(data.options().batch_size)},
          {"seed", std::to_string(data.seed())},
          {"shuffle", data.options().shuffle ? "true" : "false"},
          {"image shape", to_string(data.image_shape())},
          {"number of images", std::to_string(data.samples())},
          {"checksum of the list of files", std::to_string(files.value())},
          {"checksum of the class names", std::to_string(classes.value())},
          {"batches in an epoch", std::to_string(context.steps)},
          {"batches of a validation", std::to_string(context.validation_steps)}};
}

std::string differences(const std::map<std::string, std::string>& now,
                        const std::map<std::string, std::string>& then) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& one, const std::string& other) {
    text += (text.empty() ? "" : "; ") + name + " is " + one + ", it was " + other;
  };
  for (const auto& [name, value] : now) {
    const auto found = then.find(name);
    if (found == then.end()) {
      add(name, value, "not set");
    } else if (found->second != value) {
      add(name, value, found->second);
    }
  }
  for (const auto& [name, value] : then) {
    if (now.find(name) == now.end()) add(name, "not set", value);
  }
  return text;
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
          const std::string next = current + ".next";
          std::error_code ignored;
          try {
            write_file(next, internal::run_state_to_bytes(state));
            if (fs::exists(current, ignored)) rename_file(current, previous);
            rename_file(next, current);
          } catch (const Error&) {
            fs::remove(next, ignored);
            throw;
          }
        });
    if (failed) std::rethrow_exception(failed);
  }

  void wait() {
    if (const std::exception_ptr failed = finish()) std::rethrow_exception(failed);
  }

 private:
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
    const std::string changed = differences(conditions_, state.conditions);
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
