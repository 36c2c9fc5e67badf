/// Images in one folder with their classes in a table, as class folders.
#pragma once
#include <cstddef>
#include <string>

#include <folio/datasets/progress.h>
#include <folio/datasets/split_tree.h>

namespace [[gnu::visibility("default")]] folio {

/// How a table names files and classes.
struct LabelledFilesOptions {
  std::string path_column = "path";    ///< Names the file, relative to the folder of images.
  std::string class_column = "class";  ///< Names its class.
  std::string suffix{};                ///< Added to every path, such as `.jpg`.
  FileTransfer transfer = FileTransfer::kCopy;  ///< Copies, or links to the originals.
};

/// Writes `directory/<class>/<file>` for every row of a CSV table and returns how many. Slashes in
/// a path become underscores in the file's name. The folder appears with all or not at all.
/// Progress counts rows.
///
/// Errors  As CsvReader; Error (kUsage) if `directory` exists and is not empty; Error (kData)
///         naming the line for a path that leads out of `images`, a class that is no folder's
///         name, or a file that comes twice; Error (kIo) naming a file that is missing.
std::size_t import_labelled_files(const std::string& table, const std::string& images,
                                  const std::string& directory,
                                  const LabelledFilesOptions& options = {},
                                  const Progress& progress = {});

}  // namespace folio
