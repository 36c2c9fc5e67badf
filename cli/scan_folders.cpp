#include "scan_folders.h"

#include <cstddef>

#include "progress.h"

namespace folio::cli {

SampleList scan_folders(const std::string& directory, const ClassFolderOptions& options) {
  ProgressLine line("scanning", "files");
  return scan_class_folders(directory, options, [&line](std::size_t done, std::size_t total) {
    line.update(done, total);
  });
}

}  // namespace folio::cli
