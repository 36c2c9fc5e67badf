/// One image's random transform: the numbers that are drawn, and what they do to the pixels.
#pragma once
#include <optional>
#include <span>

#include <folio/augment/numpy_random.h>
#include <folio/augment/options.h>

namespace cv {
class Mat;
}

namespace folio {

/// The numbers drawn for one image; Keras' dictionary, key by key. The default is the identity.
struct TransformParameters {
  double theta = 0.0;  ///< Rotation in degrees.
  double tx = 0.0;     ///< Shift from height_shift_range, in pixels.
  double ty = 0.0;     ///< Shift from width_shift_range, in pixels.
  double shear = 0.0;  ///< Degrees.
  double zx = 1.0;     ///< Zoom of the first axis; below 1 magnifies.
  double zy = 1.0;     ///< Zoom of the second axis.
  bool flip_horizontal = false;
  bool flip_vertical = false;
  std::optional<double> channel_shift_intensity{};
  std::optional<double> brightness{};
  bool operator==(const TransformParameters&) const = default;
};

/// Draws the parameters for one image of the given height and width, consuming `random` exactly as
/// Keras' get_random_transform does (flips are drawn even when they are off).
TransformParameters draw_transform(const ImageDataGeneratorOptions& options, int height, int width,
                                   NumpyRandom& random);

/// Applies a transform: one resampling for all of rotation, shift, shear and zoom, then channel
/// shift, flips and brightness.
///
/// Shapes  src CV_8UC(n) or CV_32FC(n), 1 to 4 channels; dst height x width x n float32 values,
///         row-major, the size of src, and not overlapping it.
/// Errors  none for parameters that are finite.
/// Threads Pure: safe from several threads at once.
void apply_transform(const ImageDataGeneratorOptions& options,
                     const TransformParameters& parameters, const cv::Mat& src,
                     std::span<float> dst);

}  // namespace folio
