/// files.csv: the files that a run learns from, so that one that goes on can tell what has changed.
#pragma once
#include <string>
#include <vector>

#include <folio/pipeline/batch_stream.h>

namespace folio::cli {

/// One file of a run.
struct RunFile {
  std::string subset;  ///< `training` or `validation`.
  std::string path;    ///< Relative to the directory of its subset.
  std::string class_name;
  std::string bytes;  ///< Its size; empty if it cannot be had.
  bool operator==(const RunFile&) const = default;
};

/// Adds those of a stream over the directory `root`.
void add_run_files(std::vector<RunFile>& files, const std::string& subset, const std::string& root,
                   const BatchStream& stream);

/// Errors  Error (kIo) naming the path.
void write_run_files(const std::string& path, const std::vector<RunFile>& files);

/// `1 file is new (training: 3/x.png); 2 files are missing (...)`, or nothing: where the list at
/// `path` is the same, and where there is none.
///
/// Errors  As CsvReader.
std::string changed_files(const std::string& path, const std::vector<RunFile>& files);

}  // namespace folio::cli
