/// What layers with a moving window (convolution, pooling) check alike.
#pragma once
#include <string>

#include <folio/datasets/tensor.h>
#include <folio/trainer/layers.h>

namespace folio::internal {

/// Throws Error (kUsage) naming layer and argument unless both parts are positive.
void check_extent(const char* layer, const char* argument, Extent2D extent);

/// Whether `padding` is `same` (and not `valid`), in upper or lower case; throws Error (kUsage)
/// for anything else.
bool parse_padding(const char* layer, const std::string& padding);

/// H' x W' x C for a window over H x W x C.
///
/// Errors  Error (kModel) if the input has another rank or no window fits into it.
Shape window_output_shape(const Shape& input, Extent2D window, Extent2D strides, bool same);

}  // namespace folio::internal
