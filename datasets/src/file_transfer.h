/// Copying or linking one file.
#pragma once
#include <string>

#include <folio/datasets/split_tree.h>

namespace folio::internal {

/// Errors  Error (kIo) naming both files.
void transfer_file(const std::string& from, const std::string& to, FileTransfer transfer);

/// Errors  Error (kIo) naming the folder.
void make_directories(const std::string& path);

/// Whether a relative path stays below where it starts: no leading slash, no `..`.
bool stays_inside(const std::string& path);

}  // namespace folio::internal
