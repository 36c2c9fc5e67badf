#include <fcntl.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/memory.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "descriptor.h"

namespace folio {
namespace {

using internal::Descriptor;

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(ErrorKind::kIo, what + ": " + std::strerror(error));
}

constexpr std::size_t kNoLimit = std::size_t{1} << 40;

/// A regular file; messages do not name it.
struct RegularFile {
  Descriptor descriptor;
  std::size_t size;
};

/// `path` is relative to an open directory.
RegularFile open_at(int directory, const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  Descriptor file(::openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) fail("cannot be opened", errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail("cannot be read", errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kIo, "not a regular file");
  return {std::move(file), static_cast<std::size_t>(status.st_size)};
}

/// The first `size` bytes.
void read_from(const Descriptor& file, std::vector<std::byte>& bytes, std::size_t size) {
  bytes.reserve(size);
  prefer_large_pages(bytes.data(), size);
  bytes.resize(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot be read", errno);
    if (got == 0) break;  // The file shrank meanwhile.
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
}

void read_at(int directory, const std::string& path, std::vector<std::byte>& bytes,
             std::size_t most_bytes) {
  const RegularFile file = open_at(directory, path);
  if (file.size > most_bytes) {
    throw Error(ErrorKind::kIo, "has " + std::to_string(file.size) + " bytes, at most " +
                                    std::to_string(most_bytes) + " are accepted");
  }
  read_from(file.descriptor, bytes, file.size);
}

/// Runs `read`, whose messages do not name the path.
template <typename Read>
void with_path(const std::string& path, Read read) {
  try {
    read();
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
}

}  // namespace

std::vector<std::byte> read_file_start(const std::string& path, std::size_t most_bytes) {
  std::vector<std::byte> bytes;
  with_path(path, [&] {
    const RegularFile file = open_at(AT_FDCWD, path);
    read_from(file.descriptor, bytes, std::min(file.size, most_bytes));
  });
  return bytes;
}

std::vector<std::byte> read_file(const std::string& path, std::size_t most_bytes) {
  std::vector<std::byte> bytes;
  read_file(path, bytes, most_bytes);
  return bytes;
}

void read_file(const std::string& path, std::vector<std::byte>& bytes, std::size_t most_bytes) {
  with_path(path, [&] { read_at(AT_FDCWD, path, bytes, most_bytes); });
}

DirectoryReader::DirectoryReader(std::string directory)
    : directory_(std::move(directory)),
      descriptor_(directory_.empty()
                      ? AT_FDCWD
                      : ::open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

DirectoryReader::~DirectoryReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void DirectoryReader::read(const std::string& path, std::vector<std::byte>& bytes) const {
  // Without a descriptor (too many are open, or the directory is gone) the whole path is used.
  const bool found = descriptor_ >= 0 || descriptor_ == AT_FDCWD;
  read_at(found ? descriptor_ : AT_FDCWD, found ? path : directory_ + "/" + path, bytes, kNoLimit);
}

}  // namespace folio
