/// What layers with a moving window (convolution, pooling) check alike.
#pragma once
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/trainer/layers.h>

#include "../network.h"

namespace folio::internal {

/// The last `dimensions` parts, as Keras lists them.
std::vector<int> extents(const Extent3D& extent, int dimensions);

/// `H x W x C`, the input of a layer of so many dimensions.
const char* shape_name(int dimensions);

/// Throws Error (kUsage) naming layer and argument unless all parts are positive.
void check_extent(const std::string& layer, const char* argument, const Extent3D& extent,
                  int dimensions = 2);

/// Whether `padding` is `same` (and not `valid`), in upper or lower case; throws Error (kUsage)
/// for anything else, saying what is `expected`.
bool parse_padding(const std::string& layer, const std::string& padding,
                   const std::string& expected = "'valid' or 'same'");

/// H' x W' x C for a window over H x W x C; the same for one and three dimensions.
///
/// Errors  Error (kModel) if the input has another rank or no window fits into it.
Shape window_output_shape(const Shape& input, const Extent3D& window, const Extent3D& strides,
                          bool same, int dimensions = 2);

}  // namespace folio::internal
