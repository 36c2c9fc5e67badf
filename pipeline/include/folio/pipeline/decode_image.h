/// Image files to 8-bit pixels.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include <folio/pipeline/flow_options.h>

namespace cv {
class Mat;
}

namespace [[gnu::visibility("default")]] folio {

/// Largest image that is decoded, in pixels; a header that claims more is refused before memory is
/// taken.
inline constexpr std::size_t kMostPixels = std::size_t{1} << 26;

/// Decodes an image; the content decides the format, not a name.
///
/// Strict: a truncated or damaged image is an error, also where decoders would fill the rest with
/// grey. 16-bit images are scaled to 8 bits. Alpha is dropped without blending unless asked for.
/// Colours become grey as (19595 R + 38470 G + 7471 B + 2^15) / 2^16. Orientation tags are ignored.
///
/// Shapes  The result is CV_8UC1, CV_8UC3 (RGB) or CV_8UC4 (RGBA).
/// Errors  Error (kData) with the reason; the caller adds the file.
/// Threads Safe from several threads.
void decode_image(std::span<const std::byte> bytes, ColorMode color_mode, cv::Mat& image);

/// Reads and decodes a file.
///
/// Errors  Error (kIo, kData) naming the file and the reason.
cv::Mat read_image(const std::string& path, ColorMode color_mode);

}  // namespace folio
