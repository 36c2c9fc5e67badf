#include <fcntl.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/filesystem/operations.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "descriptor.h"

namespace folio {
namespace {

namespace fs = boost::filesystem;
using internal::Descriptor;

/// While it lives, a write beyond a limit on file sizes is an error of write() in this thread, as
/// on a full disk, and not the end of the process.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~NoFileSizeSignal() {
    if (sigismember(&before_, SIGXFSZ) == 0) {
      constexpr timespec kAtOnce{};
      while (sigtimedwait(&signals_, nullptr, &kAtOnce) == SIGXFSZ) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

/// 0 or the error.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  const NoFileSizeSignal no_signal;
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Where a link leads, so that the file is replaced and not the link to it.
std::string behind_links(const std::string& path) {
  boost::system::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) return path;
  const fs::path target = fs::weakly_canonical(path, error);
  return error ? path : target.string();
}

std::string directory_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// Named for this process and call: two writers of one path never share a temporary file. The
/// path's own name is not in it, as that may be as long as names can be.
std::string temporary_beside(const std::string& path) {
  static std::atomic<unsigned> calls{0};
  return (fs::path(directory_of(path)) /
          (".folio-tmp-" + std::to_string(::getpid()) + "-" + std::to_string(calls.fetch_add(1))))
      .string();
}

/// Writes beside `path` and renames. 0 or the error, without a trace then.
int replace(const std::string& path, std::span<const std::byte> bytes,
            const struct stat* previous) {
  const std::string temporary = temporary_beside(path);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) return errno;
  // A file that others must not read stays so. Where that is not ours to decide it is no reason to
  // lose the content.
  if (previous != nullptr) static_cast<void>(::fchmod(file.get(), previous->st_mode & 07777));
  int error = write_all(file.get(), bytes);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (const int closed = file.close(); error == 0) error = closed;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return error;
  }
  // The rename itself must survive a power cut; a file system that cannot sync a directory is
  // no reason to fail a write that has already happened.
  const Descriptor directory(
      ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid()) ::fsync(directory.get());
  return 0;
}

/// A pipe, a terminal or another device: there is nothing to replace.
int write_through(const std::string& path, std::span<const std::byte> bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return errno;
  const int error = write_all(file.get(), bytes);
  const int closed = file.close();
  return error == 0 ? closed : error;
}

}  // namespace

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  const std::string parent = fs::path(path).parent_path().string();
  boost::system::error_code made;
  if (!parent.empty()) fs::create_directories(parent, made);
  if (made) {
    throw Error(ErrorKind::kIo, "cannot create directory " + parent + ": " + made.message());
  }
  const std::string target = behind_links(path);
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  int error = 0;
  if (exists && S_ISDIR(status.st_mode)) {
    error = EISDIR;
  } else if (exists && !S_ISREG(status.st_mode)) {
    error = write_through(target, bytes);
  } else {
    error = replace(target, bytes, exists ? &status : nullptr);
  }
  if (error == 0) return;
  throw Error(ErrorKind::kIo, "cannot write " + path + " (" + std::to_string(bytes.size()) +
                                  " bytes): " + std::strerror(error));
}

void write_file(const std::string& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace folio
