/// Archives of class folders: zip and tar, from anywhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <folio/datasets/progress.h>

namespace [[gnu::visibility("default")]] folio {

/// What is more than a dataset should have. The defaults let every public one pass.
struct ArchiveLimits {
  std::uint64_t bytes = 20'000'000'000;  ///< Of all files together.
  std::size_t entries = 10'000'000;      ///< Files, folders and links together.
  std::size_t name_length = 1024;        ///< Of a path in the archive, in bytes.
  /// Bytes that come out for one that goes in, from the first gigabyte on.
  double ratio = 200.0;
};

/// What import_archive() has unpacked.
struct ImportedArchive {
  std::size_t files = 0;             ///< Regular files written.
  std::vector<std::string> notices;  ///< What was left out, one line a kind.
};

/// Unpacks a zip or tar archive (also compressed by gzip, bzip2, xz or zstd) into a new folder,
/// which appears complete or not at all. A single folder around everything else is taken off.
///
/// An archive cannot write anywhere else: only regular files and folders are made, all of them new,
/// without the archive's permissions, owners and times. Links, devices and pipes are left out,
/// which a notice says, and so are hidden files and __MACOSX.
///
/// Progress counts the archive's bytes.
///
/// Errors  Error (kUsage) if `directory` exists and is not empty; Error (kIo) if the archive cannot
///         be read; Error (kData) naming the archive, and the entry where there is one, for damage,
///         a password, a name that is absolute, leads upward or comes twice, more than the limits,
///         or an archive without files.
ImportedArchive import_archive(const std::string& archive, const std::string& directory,
                               const ArchiveLimits& limits = {}, const Progress& progress = {});

}  // namespace folio
