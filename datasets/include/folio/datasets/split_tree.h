/// Split trees: a split as folders, for programs that know no manifests.
#pragma once
#include <cstddef>
#include <string>

#include <folio/datasets/progress.h>
#include <folio/datasets/sample_list.h>

namespace [[gnu::visibility("default")]] folio {

/// How files come into the folders of a split.
enum class FileTransfer {
  kCopy,  ///< Copies of the files.
  kLink,  ///< Symbolic links to them.
};

/// Writes the samples that have a part below `directory/train`, `directory/validation` and
/// `directory/test`, each under its own path, and returns how many. The folder appears with all of
/// them or not at all. Progress counts files.
///
/// Errors  Error (kUsage) if `directory` exists and is not empty; Error (kData) for a path that
///         leads out of the root; Error (kIo) naming the file.
std::size_t write_split_tree(const SampleList& samples, const std::string& directory,
                             FileTransfer transfer, const Progress& progress = {});

}  // namespace folio
