#include "run_directory.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

namespace folio::cli {
namespace fs = std::filesystem;

RunDirectory::RunDirectory(std::string path) : path_(std::move(path)) {
  const fs::path absolute = fs::absolute(path_).lexically_normal();
  fs::path made;
  std::error_code reason;
  for (fs::path folder = absolute;
       !folder.empty() && !fs::exists(fs::symlink_status(folder, reason));
       folder = folder.parent_path()) {
    made = folder;
    if (folder == folder.parent_path()) break;
  }
  first_created_ = made.string();
  fs::create_directories(absolute, reason);
  if (reason || !fs::is_directory(absolute, reason)) {
    throw Error(ErrorKind::kIo,
                path_ + ": cannot be made a run directory: " +
                    (reason ? reason.message() : std::string("a file of that name is there")));
  }
  lock_.emplace(path_);
  const std::string probe = file(".folio-write-test");
  try {
    write_file(probe, std::string_view("x"));
    fs::remove(probe, reason);
  } catch (...) {
    discard();
    throw;
  }
}

RunDirectory RunDirectory::next(const std::string& name) {
  std::error_code reason;
  const bool first = fs::create_directory("runs", reason);
  for (int number = 1;; ++number) {
    const std::string path = "runs/" + name + "-" + std::to_string(number);
    const bool made = fs::create_directory(path, reason);
    if (!made && !reason) continue;  // There is a folder of that name.
    std::error_code unknown;
    if (!made && fs::exists(fs::symlink_status(path, unknown))) continue;
    RunDirectory run(path);  // Or says why it cannot be made.
    run.first_created_ = fs::absolute(first ? "runs" : path).lexically_normal().string();
    return run;
  }
}

std::string RunDirectory::file(const std::string& name) const {
  return (fs::path(path_) / name).string();
}

void RunDirectory::keep_earlier_model() const {
  const std::string model = file("model.h5");
  const std::string kept = file(kEarlierModel);
  std::error_code reason;
  fs::rename(model, kept, reason);
  if (reason) throw Error(ErrorKind::kIo, kept + ": cannot be written: " + reason.message());
}

void RunDirectory::discard() noexcept {
  lock_.reset();
  if (first_created_.empty()) return;  // It was there before: its files may be another run's.
  std::error_code ignored;
  for (const char* name : {"config.json", "class_indices.json", "files.csv", "history.csv",
                           "steps.csv", "checkpoint.folio", "checkpoint.previous.folio"}) {
    fs::remove(fs::path(path_) / name, ignored);
  }
  for (fs::path folder = fs::absolute(path_, ignored).lexically_normal();
       fs::remove(folder, ignored) && folder != first_created_; folder = folder.parent_path()) {
  }
}

}  // namespace folio::cli
