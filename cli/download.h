/// Fetching files over HTTP so that what is kept is complete and right.
#pragma once
#include <string>

#include <folio/datasets/progress.h>

namespace folio::cli {

/// Downloads `url` to `path` unless a file with this digest is there already. What arrives is kept
/// in `path.part` and continued after an interruption (HTTP Range); it becomes `path` when all of
/// it has the digest, and is thrown away when it has not. Progress counts bytes.
///
/// Errors  Error (kIo) naming the URL and what is wrong with the network, the server or the disk;
///         Error (kData) with both digests for content that is not what was expected.
void download(const std::string& url, const std::string& sha256, const std::string& path,
              const Progress& progress);

/// SHA-256 of a file in lower-case hexadecimal digits.
///
/// Errors  Error (kIo) naming the file.
std::string sha256_of(const std::string& path);

}  // namespace folio::cli
