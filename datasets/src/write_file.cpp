#include <fcntl.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/filesystem/operations.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

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

constexpr std::string_view kTemporary = ".folio-tmp-";

/// Removes the temporary files that killed processes have left in a directory. Whoever writes one
/// holds a lock on it, which ends with its process, on whatever machine that is.
void remove_abandoned(const std::string& directory) {
  boost::system::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().string().starts_with(kTemporary)) continue;
    const Descriptor file(
        ::open(entry->path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.valid() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
    ::unlink(entry->path().c_str());
  }
}

/// Once for each directory that this process writes to.
void remove_abandoned_once(const std::string& directory) {
  static std::mutex mutex;
  static std::set<std::string> done;  // Guarded by the mutex.
  const std::lock_guard lock(mutex);
  if (done.insert(directory).second) remove_abandoned(directory);
}

/// A new file in a directory, locked. The path's own name is not in it, as that may be as long as
/// names can be.
class TemporaryFile {
 public:
  /// error() is the reason if there is none.
  explicit TemporaryFile(const std::string& directory) {
    static std::atomic<unsigned> calls{0};
    // Where process numbers are not unique (containers that share a directory) names may be taken.
    constexpr int kTries = 100;
    for (int tries = 0; tries < kTries; ++tries) {
      path_ = (fs::path(directory) / (std::string(kTemporary) + std::to_string(::getpid()) + "-" +
                                      std::to_string(calls.fetch_add(1))))
                  .string();
      file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      error_ = file_.valid() ? 0 : errno;
      if (error_ == EEXIST) continue;
      if (error_ != 0) return;
      // Some file systems know no locks; nothing is removed there.
      while (::flock(file_.get(), LOCK_EX) != 0 && errno == EINTR) {
      }
      // Between open and lock another process may have taken it for abandoned.
      struct stat status {};
      if (::fstat(file_.get(), &status) != 0 || status.st_nlink > 0) return;
    }
  }

  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] int descriptor() const { return file_.get(); }

  /// Flushes the file and makes it `path`; 0 or the error, and it is removed then.
  int rename_to(const std::string& path, int error) {
    if (error == 0 && ::fsync(file_.get()) != 0) error = errno;
    // Renamed under its lock, so that it is never taken for abandoned.
    if (error == 0 && ::rename(path_.c_str(), path.c_str()) != 0) error = errno;
    if (error != 0) ::unlink(path_.c_str());
    static_cast<void>(file_.close());  // After fsync there is nothing left to fail.
    return error;
  }

 private:
  std::string path_;
  Descriptor file_{-1};
  int error_ = EEXIST;
};

/// A rename must survive a power cut; a file system that cannot sync a directory is no reason to
/// fail a write that has already happened.
void flush_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid()) ::fsync(directory.get());
}

/// Writes beside `path` and renames. 0 or the error, without a trace then.
int replace(const std::string& path, std::span<const std::byte> bytes,
            const struct stat* previous) {
  const std::string directory = directory_of(path);
  remove_abandoned_once(directory);
  TemporaryFile file(directory);
  if (file.error() != 0) return file.error();
  // A file that others must not read stays so. Where that is not ours to decide it is no reason to
  // lose the content.
  if (previous != nullptr) {
    static_cast<void>(::fchmod(file.descriptor(), previous->st_mode & 07777));
  }
  const int error = file.rename_to(path, write_all(file.descriptor(), bytes));
  if (error == 0) flush_directory(directory);
  return error;
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
  std::string reason = std::strerror(error);
  if (error == ENOSPC) {
    boost::system::error_code unknown;
    const fs::space_info space = fs::space(directory_of(target), unknown);
    if (!unknown) reason += ", " + std::to_string(space.available) + " bytes are free";
  }
  throw Error(ErrorKind::kIo,
              "cannot write " + path + " (" + std::to_string(bytes.size()) + " bytes): " + reason);
}

void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw Error(ErrorKind::kIo,
                "cannot rename " + from + " to " + to + ": " + std::strerror(errno));
  }
  flush_directory(directory_of(to));
  if (directory_of(from) != directory_of(to)) flush_directory(directory_of(from));
}

void write_file(const std::string& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace folio
