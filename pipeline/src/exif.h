/// The orientation that a camera wrote into an image file.
#pragma once
#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <span>

namespace folio::internal {

/// EXIF's orientation tag of a JPEG, PNG, WebP or TIFF file, 1 to 8; 1 (upright) if there is none
/// or it makes no sense.
///
/// Source  Exif 2.3, 4.6.4 A (Orientation) and 4.7.2 (APP1); PNG 3, eXIf; WebP container, EXIF.
int exif_orientation(std::span<const std::byte> file);

/// Turns an image upright that was stored with this orientation.
void turn_upright(int orientation, cv::Mat& image);

}  // namespace folio::internal
