/// Manifests: a split as a file, so that every run and every machine uses the same.
#pragma once
#include <string>
#include <vector>

#include <folio/datasets/sample_list.h>

namespace [[gnu::visibility("default")]] folio {

/// Writes a CSV table with the columns path, class and subset (`training`, `validation`, `test`, or
/// empty for samples that are not split), in the order of the list.
///
/// Errors  Error (kIo) naming the file.
void write_manifest(const std::string& path, const SampleList& samples);

/// Reads a manifest of the files of `root`: a table with the columns path (relative to `root`) and
/// class, and optionally subset and weight; other columns are ignored. Class names are sorted
/// unless `classes` gives them in label order, in which case rows of other classes are left out.
/// Whether the files exist shows when they are read.
///
/// Errors  As CsvReader; Error (kData) naming the line for an absolute or repeated path, an empty
///         class or an unknown subset, and for a manifest or a class without samples.
SampleList read_manifest(const std::string& path, const std::string& root,
                         const std::vector<std::string>& classes = {});

/// Gives the samples the parts that a manifest of theirs has, by path; files that it does not list
/// are left as they are. With assign_parts() after it, a split grows without moving a file.
///
/// Errors  As read_manifest().
void take_parts(SampleList& samples, const std::string& manifest);

}  // namespace folio
