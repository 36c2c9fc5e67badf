/// Resizing with Pillow's results, bit for bit.
#pragma once
#include <cstdint>
#include <string>

namespace cv {
class Mat;
}

namespace [[gnu::visibility("default")]] folio {

/// Filters of resizing, named as Keras names them. All but nearest average over what they shrink.
enum class Interpolation {
  kNearest,   ///< The pixel at the centre; no new grey levels.
  kBilinear,  ///< A triangle, 1 pixel to either side.
  kBicubic,   ///< Keys' cubic with a = -0.5, 2 pixels; may overshoot at edges.
  kLanczos,   ///< A windowed sinc, 3 pixels; sharpest, may overshoot.
  kBox,       ///< The mean of what a new pixel covers.
  kHamming,   ///< A Hamming-windowed sinc, 1 pixel; sharper than bilinear, as fast.
};

/// What resizing does with an image of other proportions.
enum class AspectRatio {
  kStretch,  ///< Stretches it.
  kKeep,     ///< Uses the largest part in its middle that has the new proportions, as Keras' and
             ///< Pillow's `box` does: filters still see what surrounds it. At least one pixel.
};

/// Resizes an image.
///
/// Shapes  src CV_8UC1, CV_8UC3, CV_8UC4 (RGBA: colours are weighted by alpha) or CV_32FC1 (whole
///         numbers of more than 8 bits, which stay whole); dst becomes height x width of that type.
/// Errors  Error (kUsage) for another type or a size that is not positive.
/// Threads Pure.
/// Source  Pillow's Image.resize (ImagingResample and the nearest case of ImagingTransform).
void resize(const cv::Mat& src, int height, int width, Interpolation interpolation, cv::Mat& dst,
            AspectRatio aspect_ratio = AspectRatio::kStretch);

}  // namespace folio
