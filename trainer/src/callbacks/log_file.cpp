#include "log_file.h"

#include <fcntl.h>
#include <folio/datasets/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace folio::internal {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw Error(ErrorKind::kIo, path + ": cannot be " + what + ": " + std::strerror(errno));
}

}  // namespace

LogFile::LogFile(LogFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      pending_(std::move(other.pending_)) {}

LogFile& LogFile::operator=(LogFile other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(pending_, other.pending_);
  return *this;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LogFile::open(const std::string& path, Mode mode) {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  path_ = path;
  pending_.clear();
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code ignored;  // Opening the file tells what is wrong.
  if (!parent.empty()) std::filesystem::create_directories(parent, ignored);
  descriptor_ = ::open(
      path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::kTruncate ? O_TRUNC : 0), 0666);
  if (descriptor_ < 0) fail(path_, "written");
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail(path_, "written");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void LogFile::reopen(const std::string& path, const State& state) {
  open(path, Mode::kAppend);
  const auto size = static_cast<std::uint64_t>(state.number("size"));
  if (size_ < size) {
    throw Error(ErrorKind::kData, path + ": has " + std::to_string(size_) +
                                      " bytes, fewer than the " + std::to_string(size) +
                                      " that the run to continue had written");
  }
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail(path_, "cut to its length");
  size_ = size;
}

void LogFile::flush() {
  if (descriptor_ < 0) return;
  std::size_t done = 0;
  while (done < pending_.size()) {
    const char* rest = pending_.data() + done;
    const std::size_t count = pending_.size() - done;
    ssize_t written = ::pwrite(descriptor_, rest, count, static_cast<off_t>(size_ + done));
    if (written < 0 && errno == ESPIPE) written = ::write(descriptor_, rest, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int reason = errno;
      // Devices cannot be cut; files lose the part of a line.
      if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) errno = reason;
      pending_.clear();
      errno = reason;
      fail(path_, "written");
    }
    done += static_cast<std::size_t>(written);
  }
  size_ += pending_.size();
  pending_.clear();
}

void LogFile::close() {
  flush();
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) fail(path_, "written");
}

State LogFile::state() {
  State state;
  if (descriptor_ < 0) return state;
  flush();
  if (::fdatasync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(path_, "written");
  state.put("size", static_cast<double>(size_));
  return state;
}

}  // namespace folio::internal
