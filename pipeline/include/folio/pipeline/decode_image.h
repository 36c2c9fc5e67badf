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

/// What becomes of images with 16 bits a channel.
enum class SixteenBit {
  kScale,  ///< They are scaled to 8 bits.
  kKeras,  ///< As Keras reads them: grey ones keep 0..65535 as CV_16UC1 in grayscale and are cut
           ///< off at 255 in rgb and rgba; of colours the lower 8 bits are dropped.
};

/// Decodes an image; the content decides the format, not a name.
///
/// Strict: a truncated or damaged image is an error, also where decoders would fill the rest with
/// grey. Alpha is dropped without blending unless asked for.
/// Colours become grey as (19595 R + 38470 G + 7471 B + 2^15) / 2^16. Orientation tags are ignored.
///
/// Shapes  The result is CV_8UC1, CV_8UC3 (RGB) or CV_8UC4 (RGBA).
/// Errors  Error (kData) with the reason; the caller adds the file.
/// Threads Safe from several threads.
void decode_image(std::span<const std::byte> bytes, ColorMode color_mode, cv::Mat& image,
                  SixteenBit sixteen_bit = SixteenBit::kScale);

/// Reads and decodes a file.
///
/// Errors  Error (kIo, kData) naming the file and the reason.
cv::Mat read_image(const std::string& path, ColorMode color_mode);

}  // namespace folio
