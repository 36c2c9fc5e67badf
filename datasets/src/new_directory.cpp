#include "new_directory.h"

#include <folio/datasets/error.h>
#include <unistd.h>

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>
#include <utility>

namespace folio::internal {
namespace fs = boost::filesystem;

NewDirectory::NewDirectory(std::string destination) : destination_(std::move(destination)) {
  while (destination_.size() > 1 && destination_.back() == '/') destination_.pop_back();
  boost::system::error_code error;
  if (fs::exists(fs::symlink_status(destination_, error)) &&
      (!fs::is_directory(destination_, error) || !fs::is_empty(destination_, error))) {
    throw Error(ErrorKind::kUsage, destination_ + " exists already; give a new or empty folder");
  }
  const fs::path path(destination_);
  path_ = (path.parent_path() /
           ("." + path.filename().string() + ".partial-" + std::to_string(::getpid())))
              .string();
  fs::remove_all(path_, error);  // Of a process that was killed and had the same number.
  fs::create_directories(path_, error);
  if (error) {
    throw Error(ErrorKind::kIo, "cannot create directory " + path_ + ": " + error.message());
  }
}

NewDirectory::~NewDirectory() {
  boost::system::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void NewDirectory::keep_only(const std::string& inner) {
  boost::system::error_code error;
  const std::string aside = path_ + ".inner";
  fs::rename(inner, aside, error);
  if (!error) fs::remove_all(path_, error);
  if (!error) fs::rename(aside, path_, error);
  if (error) throw Error(ErrorKind::kIo, "cannot move " + inner + ": " + error.message());
}

void NewDirectory::commit() {
  boost::system::error_code error;
  fs::rename(path_, destination_, error);  // Replaces an empty folder.
  if (error) {
    throw Error(ErrorKind::kIo, "cannot create directory " + destination_ + ": " + error.message());
  }
  path_.clear();
}

}  // namespace folio::internal
