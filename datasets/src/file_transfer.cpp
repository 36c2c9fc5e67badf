#include "file_transfer.h"

#include <folio/datasets/error.h>

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>

#include <filesystem>
#include <system_error>

namespace folio::internal {
namespace fs = boost::filesystem;

void transfer_file(const std::string& from, const std::string& to, FileTransfer transfer) {
  if (transfer == FileTransfer::kCopy) {
    // Not Boost's: in 1.74 it cannot copy from one file system to another.
    std::error_code error;
    std::filesystem::copy_file(from, to, error);
    if (error) {
      throw Error(ErrorKind::kIo, "cannot copy " + from + " to " + to + ": " + error.message());
    }
    return;
  }
  // Absolute, so that the link works from where it stands; through the folders' own links, but not
  // the file's, which may be changed later.
  boost::system::error_code error;
  const fs::path file(from);
  const fs::path folder = fs::canonical(file.parent_path(), error);
  if (!error) fs::create_symlink(folder / file.filename(), to, error);
  if (error) {
    throw Error(ErrorKind::kIo, "cannot link " + from + " to " + to + ": " + error.message());
  }
}

void make_directories(const std::string& path) {
  boost::system::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw Error(ErrorKind::kIo, "cannot create directory " + path + ": " + error.message());
  }
}

bool stays_inside(const std::string& path) {
  const fs::path parts(path);
  if (parts.empty() || parts.has_root_path()) return false;
  for (const fs::path& part : parts) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace folio::internal
