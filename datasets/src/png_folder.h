/// PngFolder: writes class folders of PNGs.
#pragma once
#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <string>

namespace folio::internal {

/// Images written as `directory/<class>/<index>.png`.
///
/// Errors  Error (kUsage) from the constructor if the directory exists and is not empty, so that
///         nothing is mixed or overwritten; Error (kIo) naming the file from write().
class PngFolder {
 public:
  explicit PngFolder(std::string directory);
  void write(const std::string& class_name, std::size_t index, const cv::Mat& image) const;

 private:
  std::string directory_;
};

}  // namespace folio::internal
