/// One row of a linear affine warp, which is where most of its time goes.
#pragma once
#include <cstddef>

namespace folio::internal {

/// Output columns [first, last) of one row. Coordinates outside the image are clamped to it, which
/// is SciPy's mode `nearest`; callers with another mode ask for columns that lie inside only.
struct LinearRow {
  const float* src;  ///< height x width x channels, with 4 floats more that may be read.
  int height;        ///< At least 2.
  int width;         ///< At least 2; height x width x channels must fit into 31 bits.
  double step_x;     ///< Input column = step_x * column + start_x.
  double start_x;
  double step_y;  ///< Input row = step_y * column + start_y.
  double start_y;
  int first;
  int last;
  bool mirrored;  ///< Column x is written at to[width - 1 - x].
  float* to;      ///< The whole row, width x channels.
};

/// All versions give the same bits.
using LinearRowKernel = void (*)(const LinearRow&);

/// The fastest version for this processor and 1 to 4 channels.
LinearRowKernel linear_row_kernel(int channels);

/// The version for any processor.
LinearRowKernel portable_linear_row_kernel(int channels);
/// Null for a number of channels that it does not have.
LinearRowKernel avx2_linear_row_kernel(int channels);

}  // namespace folio::internal
