#include "run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <folio/datasets/error.h>

namespace folio::cli {
namespace {

/// The number that the process with the lock has written into its file.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(descriptor, text.data(), text.size(), 0);
  return length <= 0 ? "another process" : "process " + std::string(text.data(), length);
}

}  // namespace

RunLock::RunLock(const std::string& directory)
    : path_((std::filesystem::path(directory) / ".lock").string()) {
  while (true) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) {
      throw Error(ErrorKind::kIo, "cannot write " + path_ + ": " + std::strerror(errno));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      const std::string who = holder(descriptor_);
      ::close(descriptor_);
      throw Error(ErrorKind::kIo, directory + ": " + who +
                                      " is training into this folder; wait for its end, or give "
                                      "this run another --output");
    }
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || status.st_nlink > 0) break;
    ::close(descriptor_);  // Its holder has removed it between open and lock.
  }
  const std::string number = std::to_string(::getpid());
  if (::ftruncate(descriptor_, 0) == 0) {
    // A full disk costs the number in another's message, no more.
    static_cast<void>(::pwrite(descriptor_, number.data(), number.size(), 0) == 0);
  }
}

RunLock::RunLock(RunLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock::~RunLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace folio::cli
