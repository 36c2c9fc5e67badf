#include "archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <locale.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace folio::internal {
namespace {

/// The calling thread's characters are UTF-8 while this lives. libarchive converts names by the
/// locale; in the plain C locale it has none for what a zip archive declares as UTF-8. The
/// program's own locale is not to be changed from here.
class Utf8Names {
 public:
  Utf8Names() {
    // Made once: making one reads files, which costs more than an entry of an archive.
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) previous_ = ::uselocale(utf8);
  }
  ~Utf8Names() {
    if (previous_ != nullptr) ::uselocale(previous_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t previous_ = nullptr;
};

bool starts_like_zip(const std::string& path) {
  constexpr std::string_view kStart = "PK\3\4";
  const std::vector<std::byte> start = read_file_start(path, kStart.size());
  return std::string_view(reinterpret_cast<const char*>(start.data()), start.size()) == kStart;
}

}  // namespace

void ArchiveReader::Close::operator()(archive* reader) const { archive_read_free(reader); }

ArchiveReader::ArchiveReader(std::string path)
    : path_(std::move(path)), archive_(archive_read_new()) {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    throw Error(ErrorKind::kIo, path_ + ": cannot be opened: " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kIo, path_ + ": not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
  archive* reader = archive_.get();
  // By name: `all` would include filters that run other programs.
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_format_tar(reader);
  // By its directory at the end, without which a ZIP is cut off.
  archive_read_support_format_zip_seekable(reader);
  constexpr std::size_t kBlock = 1 << 16;
  if (archive_read_open_filename(reader, path_.c_str(), kBlock) != ARCHIVE_OK) {
    const std::string reason = archive_error_string(reader);
    if (archive_errno(reader) == EACCES || archive_errno(reader) == EIO) {
      throw Error(ErrorKind::kIo, path_ + ": cannot be read: " + reason);
    }
    if (starts_like_zip(path_)) refuse("it is cut off: a ZIP has a directory at its end");
    refuse(reason);
  }
}

bool ArchiveReader::next() {
  const Utf8Names utf8;
  const int result = archive_read_next_header(archive_.get(), &entry_);
  if (result == ARCHIVE_EOF) return false;
  // A warning is about names that the locale cannot show, which name() does not ask it to.
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
    const char* reason = archive_error_string(archive_.get());
    refuse(reason != nullptr ? reason : "it is damaged");
  }
  return true;
}

std::string ArchiveReader::name() const {
  const Utf8Names utf8;
  if (const char* text = archive_entry_pathname_utf8(entry_)) return text;
  if (const char* text = archive_entry_pathname(entry_)) return text;
  return "";
}

EntryKind ArchiveReader::kind() const {
  // A hard link has the type of the file that it names.
  if (archive_entry_hardlink(entry_) != nullptr || archive_entry_hardlink_utf8(entry_) != nullptr) {
    return EntryKind::kOther;
  }
  switch (archive_entry_filetype(entry_)) {
    case AE_IFREG:
      return EntryKind::kFile;
    case AE_IFDIR:
      return EntryKind::kFolder;
    default:
      return EntryKind::kOther;
  }
}

bool ArchiveReader::encrypted() const { return archive_entry_is_encrypted(entry_) != 0; }

std::size_t ArchiveReader::read(std::span<std::byte> bytes) {
  const la_ssize_t got = archive_read_data(archive_.get(), bytes.data(), bytes.size());
  if (got < 0) {
    const char* reason = archive_error_string(archive_.get());
    refuse("'" + name() + "' cannot be unpacked: " + (reason != nullptr ? reason : "damaged"));
  }
  return static_cast<std::size_t>(got);
}

std::uint64_t ArchiveReader::consumed() const {
  // Filter -1 is the file itself.
  return static_cast<std::uint64_t>(
      std::max<la_int64_t>(0, archive_filter_bytes(archive_.get(), -1)));
}

void ArchiveReader::refuse(const std::string& reason) const {
  throw Error(ErrorKind::kData, path_ + ": " + reason);
}

}  // namespace folio::internal
