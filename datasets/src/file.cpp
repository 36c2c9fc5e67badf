#include <fcntl.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem/operations.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace folio {
namespace {

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(ErrorKind::kIo, what + ": " + std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool valid() const { return value_ >= 0; }
  /// 0 or the error of close(), which is where a network file system reports a failed write.
  int close() {
    const int value = std::exchange(value_, -1);
    return value < 0 || ::close(value) == 0 ? 0 : errno;
  }

 private:
  int value_;
};

int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

constexpr std::size_t kNoLimit = std::size_t{1} << 40;

/// Reads `path`, relative to an open directory; messages do not name it.
void read_at(int directory, const std::string& path, std::vector<std::byte>& bytes,
             std::size_t most_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const Descriptor file(::openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) fail("cannot be opened", errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail("cannot be read", errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kIo, "not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > most_bytes) {
    throw Error(ErrorKind::kIo, "has " + std::to_string(size) + " bytes, at most " +
                                    std::to_string(most_bytes) + " are accepted");
  }
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

}  // namespace

std::vector<std::byte> read_file(const std::string& path, std::size_t most_bytes) {
  std::vector<std::byte> bytes;
  read_file(path, bytes, most_bytes);
  return bytes;
}

void read_file(const std::string& path, std::vector<std::byte>& bytes, std::size_t most_bytes) {
  try {
    read_at(AT_FDCWD, path, bytes, most_bytes);
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
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

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  namespace fs = boost::filesystem;
  const std::string what = "cannot write " + path + " (" + std::to_string(bytes.size()) + " bytes)";
  const std::string parent = fs::path(path).parent_path().string();
  boost::system::error_code made;
  if (!parent.empty()) fs::create_directories(parent, made);
  if (made)
    throw Error(ErrorKind::kIo, "cannot create directory " + parent + ": " + made.message());

  // Named for this process: two writers of one path never share a temporary file.
  const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) fail(what, errno);
  int error = write_all(file.get(), bytes);
  if (const int closed = file.close(); error == 0) error = closed;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(what, error);
  }
  // The rename itself must survive a power cut; a file system that cannot sync a directory is
  // no reason to fail a write that has already happened.
  const Descriptor directory(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid()) ::fsync(directory.get());
}

void write_file(const std::string& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace folio
