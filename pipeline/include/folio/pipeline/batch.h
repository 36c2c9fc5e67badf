/// Batch: what a stream yields and a trainer consumes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <folio/augment/transform.h>
#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// A few images with their labels.
///
/// Shapes  x is N x H x W x C (N x C x H x W under DataFormat::kChannelsFirst), RGB order.
///         y is N x classes for `categorical`, N for `binary` and `sparse` (the class index), the
///         shape of x for `input`, empty for `none`. sample_weight is N, or empty when all are 1.
struct Batch {
  std::uint64_t number = 0;  ///< Position in the stream since its start: epoch * batches + index.
  Tensor x;                  ///< Images, as the network gets them.
  Tensor y;                  ///< Labels, in the form that class_mode says.
  Tensor sample_weight;      ///< Factors of the samples' losses.
  std::vector<std::size_t> indices;             ///< Position of each sample in the sample list.
  std::vector<std::string> files;               ///< Path of each sample, relative to the root.
  std::vector<TransformParameters> parameters;  ///< What was drawn for each sample.

  /// Number of samples; the last batch of an epoch may have fewer than the others.
  [[nodiscard]] std::size_t size() const { return indices.size(); }
};

}  // namespace folio
