/// What the first bytes of an image file say about it.
#pragma once
#include <cstddef>
#include <span>

namespace folio::internal {

/// Looks at a BMP, PNM, TIFF or WebP file before it is decoded.
///
/// Errors  Error (kData) for other formats, a header that is cut short, a BMP, PNM or WebP file
///         that is, a size that exceeds kMostPixels, GIF and animated WebP.
/// Source  BITMAPINFOHEADER; netpbm's ppm(5); TIFF 6.0, section 2; the WebP container and
///         RFC 6386, 9.1.
void check_other_header(std::span<const std::byte> file);

}  // namespace folio::internal
