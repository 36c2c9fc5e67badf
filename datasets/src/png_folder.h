/// PngFolder: writes class folders of PNGs.
#pragma once
#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <set>
#include <string>

#include "new_directory.h"

namespace folio::internal {

/// Images written as `directory/<class>/<index>.png`, which appear with commit(), all or none.
///
/// Errors  As NewDirectory; Error (kIo) naming the file from write().
class PngFolder {
 public:
  explicit PngFolder(std::string directory);
  void write(const std::string& class_name, std::size_t index, const cv::Mat& image);
  void commit() { directory_.commit(); }

 private:
  NewDirectory directory_;
  std::set<std::string> classes_;  // Whose folders exist.
};

}  // namespace folio::internal
