/// Between channels that are interleaved and channels that are planes.
#pragma once
#include <cstddef>
#include <span>

#include <folio/datasets/tensor.h>

namespace folio::internal {

/// Interleaved channels to planes, of one image.
void to_planes(std::span<const float> image, int channels, std::span<float> planes);

/// N x C x H x W (or C x H x W) to N x H x W x C (or H x W x C).
Tensor channels_last(const Tensor& planes);
/// The other way round.
Tensor channels_first(const Tensor& interleaved);

}  // namespace folio::internal
