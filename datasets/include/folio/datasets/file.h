/// Whole files: read at once, written so that a kill or a full disk never costs the previous one.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// Reads a whole regular file.
///
/// Errors  Error (kIo) naming the path and the system's reason; also for anything that is not a
///         regular file and for files of more than `most_bytes`.
std::vector<std::byte> read_file(const std::string& path,
                                 std::size_t most_bytes = std::size_t{1} << 40);

/// The same into memory that is used again.
void read_file(const std::string& path, std::vector<std::byte>& bytes,
               std::size_t most_bytes = std::size_t{1} << 40);

/// The first bytes of a regular file, all of it if it is shorter.
///
/// Errors  As read_file(), but for the size.
std::vector<std::byte> read_file_start(const std::string& path, std::size_t most_bytes);

/// Reads files below one directory, whose own path is looked up once only.
///
/// Threads read() runs on several threads at once.
class DirectoryReader {
 public:
  /// A directory that cannot be opened shows when a file is read.
  explicit DirectoryReader(std::string directory);
  ~DirectoryReader();
  DirectoryReader(const DirectoryReader&) = delete;
  DirectoryReader& operator=(const DirectoryReader&) = delete;

  /// As read_file() for `path` relative to the directory. Messages do not name the path.
  void read(const std::string& path, std::vector<std::byte>& bytes) const;

 private:
  std::string directory_;
  int descriptor_;
};

/// Writes a file so that `path` holds either its previous content or all of `bytes`, whatever
/// happens: a temporary file beside it, fsync, rename, fsync of the directory. Missing parent
/// directories are made; links are followed, permissions kept. A path that is a pipe or a device is
/// written to as it is. Temporary files of processes that were killed are removed by the next that
/// writes into their directory.
///
/// Threads Any number at once, of one path too: the last rename wins.
/// Errors  Error (kIo) naming the path, the size and the system's reason. The previous file is
///         then unchanged and no temporary file is left.
void write_file(const std::string& path, std::span<const std::byte> bytes);
/// The same for a text.
void write_file(const std::string& path, std::string_view text);

/// Gives a file another name, replacing what has it, so that it lasts: with fsync of the directory.
///
/// Errors  Error (kIo) naming both paths and the system's reason.
void rename_file(const std::string& from, const std::string& to);

}  // namespace folio
