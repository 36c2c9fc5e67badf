/// Synthetic digits: a dataset that needs no download.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace [[gnu::visibility("default")]] folio {

/// Draws the digits 0 to 9 as 28 x 28 grey PNGs, `directory/<digit>/<index>.png`, in varying fonts,
/// places, sizes, slants, thicknesses and with noise. The same seed gives the same pixels.
///
/// Errors  Error (kUsage) if `directory` exists and is not empty or per_class is 0; Error (kIo) if
///         a file cannot be written.
void synthesize_digits(const std::string& directory, std::size_t per_class, std::uint32_t seed);

}  // namespace folio
