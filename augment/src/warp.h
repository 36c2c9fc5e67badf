/// The affine warp: one resampling of an image, as SciPy's affine_transform does it.
#pragma once
#include <span>

#include <folio/augment/transform.h>

namespace folio::internal {

/// Where output pixels come from: (column, row) of the input for (column, row) of the output.
struct AffineMap {
  double xx, xy, x0;  ///< input column = xx * column + xy * row + x0
  double yx, yy, y0;  ///< input row    = yx * column + yy * row + y0

  [[nodiscard]] bool is_identity() const;
};

/// Rotation, shift, shear and zoom of the parameters about the image's centre.
AffineMap affine_map(const TransformParameters& parameters, AxisConvention convention, int height,
                     int width);

struct WarpOptions {
  FillMode fill_mode;
  float cval;
  int interpolation_order;
  bool flip_horizontal;  ///< Mirror the result left-right.
  bool flip_vertical;    ///< Mirror the result up-down.
};

/// Brings a coordinate outside [0, size - 1] back by SciPy's rule; false if there is nothing there
/// (FillMode::kConstant). Under kReflect it may stay up to a pixel outside, among the reflected ones.
bool map_coordinate(FillMode mode, int size, double& at);

/// Resamples `src` (height x width x channels floats, with 4 floats more that may be read) into
/// `dst` of the same size.
void warp_affine(const AffineMap& map, const WarpOptions& options, const float* src, int height,
                 int width, int channels, float* dst);

}  // namespace folio::internal
