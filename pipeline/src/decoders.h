/// Decoders of single formats.
#pragma once
#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <span>

#include <folio/pipeline/decode_image.h>

namespace folio::internal {

/// What the pixels of a decoded image mean.
enum class Pixels { kGrey, kGreyAlpha, kRgb, kRgba };

/// Throws Error (kData) if an image of this size exceeds kMostPixels or is empty.
void check_size(std::size_t width, std::size_t height);

// Both throw Error (kData) with the library's reason and print nothing.
Pixels decode_jpeg(std::span<const std::byte> bytes, cv::Mat& image);
Pixels decode_png(std::span<const std::byte> bytes, cv::Mat& image, SixteenBit sixteen_bit);

/// Decodes a PNG of 8 bits a channel without palette, transparent colour and interlace. False for
/// any other and for anything odd, which are decode_png's to read or to refuse.
bool decode_plain_png(std::span<const std::byte> bytes, cv::Mat& image, Pixels& pixels);

}  // namespace folio::internal
