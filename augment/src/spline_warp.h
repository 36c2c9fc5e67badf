/// The affine warp by B-splines of order 2 to 5, as SciPy's affine_transform does it.
#pragma once
#include "warp.h"

namespace folio::internal {

/// As warp_affine(), for WarpOptions::interpolation_order 2 to 5.
///
/// Source  scipy/ndimage/src/ni_{interpolation,splines}.c of SciPy 1.10; Unser, Splines: A Perfect
///         Fit for Signal and Image Processing (1999).
void spline_warp_affine(const AffineMap& map, const WarpOptions& options, const float* src,
                        int height, int width, int channels, float* dst);

}  // namespace folio::internal
