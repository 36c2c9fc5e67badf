/// NumPy's .npy files.
#pragma once
#include <string>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// Writes a tensor as a float32 .npy file (version 1.0), atomically.
///
/// Errors  Error (kIo) naming the path.
void write_npy(const std::string& path, const Tensor& tensor);

/// Reads a .npy file of little-endian numbers (float32, float64, uint8, int32, int64), converted
/// to float32.
///
/// Errors  Error (kIo) naming the path if it cannot be read; Error (kData) if it is not such a
///         file, is in Fortran order, or is shorter than its header says.
Tensor read_npy(const std::string& path);

}  // namespace folio
