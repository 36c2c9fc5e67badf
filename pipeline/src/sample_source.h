/// SampleSource: where the pixels of a sample come from.
#pragma once
#include <cstddef>
#include <memory>
#include <opencv2/core/mat.hpp>

#include <folio/datasets/sample_list.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/flow_options.h>

namespace folio::internal {

/// Threads load() runs on several threads at once.
class SampleSource {
 public:
  virtual ~SampleSource() = default;

  /// Sample `index` as a CV_8UC(n) or CV_32FC(n) image of the stream's size.
  ///
  /// Owns    The image is to be read only, and until the thread's next load() or the end of the
  ///         source: it may be a view of what the source keeps.
  /// Errors  Error (kIo, kData) with the reason, without the path.
  [[nodiscard]] virtual cv::Mat load(std::size_t index) const = 0;
};

/// Files, decoded and resized.
std::unique_ptr<SampleSource> make_file_source(const SampleList& samples,
                                               const FlowOptions& options);
/// Rows of a tensor N x H x W x C.
std::unique_ptr<SampleSource> make_array_source(Tensor images);

}  // namespace folio::internal
