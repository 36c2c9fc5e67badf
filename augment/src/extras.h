/// The transforms that Keras does not have.
#pragma once
#include <folio/augment/transform.h>

namespace folio::internal {

/// Contrast, saturation, hue and erasing, in this order, on height x width x channels values.
void apply_extras(const ImageDataGeneratorOptions& options, const TransformParameters& parameters,
                  int width, int channels, std::span<float> image);

}  // namespace folio::internal
