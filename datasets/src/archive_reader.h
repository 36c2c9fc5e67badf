/// ArchiveReader: the entries of a zip or tar archive, one after the other.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct archive;
struct archive_entry;

namespace folio::internal {

enum class EntryKind { kFile, kFolder, kOther };

/// Errors  Error (kIo) from the constructor if the file cannot be opened; Error (kData) naming the
///         file for damage and whatever else libarchive refuses.
class ArchiveReader {
 public:
  explicit ArchiveReader(std::string path);

  /// Moves on; false at the end. The functions below are about the entry that it moved to.
  bool next();
  /// Bytes as they are in the archive; UTF-8 where the archive says it is.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] EntryKind kind() const;
  [[nodiscard]] bool encrypted() const;
  /// Reads more of the file; 0 at its end.
  std::size_t read(std::span<std::byte> bytes);

  /// Bytes of the archive that have been used.
  [[nodiscard]] std::uint64_t consumed() const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[noreturn]] void refuse(const std::string& reason) const;

 private:
  struct Close {
    void operator()(archive* reader) const;
  };
  std::string path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<archive, Close> archive_;
  archive_entry* entry_ = nullptr;  // Owned by archive_.
};

}  // namespace folio::internal
