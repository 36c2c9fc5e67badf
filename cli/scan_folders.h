/// Class folders for commands: listing very many files shows how far it is.
#pragma once
#include <string>

#include <folio/datasets/class_folders.h>

namespace folio::cli {

/// scan_class_folders() with a ProgressLine.
SampleList scan_folders(const std::string& directory, const ClassFolderOptions& options = {});

}  // namespace folio::cli
