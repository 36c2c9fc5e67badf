/// One image's random transform: the numbers that are drawn, and what they do to the pixels.
#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include <folio/augment/numpy_random.h>
#include <folio/augment/options.h>

namespace cv {
class Mat;
}

namespace [[gnu::visibility("default")]] folio {

/// A rectangle of pixels, from its top left corner.
struct PixelRectangle {
  int top = 0;                                             ///< First row, from 0.
  int left = 0;                                            ///< First column, from 0.
  int height = 0;                                          ///< Rows; 0: nothing.
  int width = 0;                                           ///< Columns; 0: nothing.
  bool operator==(const PixelRectangle&) const = default;  ///< By all fields.
};

/// Another sample of the batch that a sample is mixed with.
struct Mix {
  std::size_t partner = 0;  ///< Position in the batch.
  double share = 0.0;       ///< Of the partner, in the label; with mixup in every pixel too.
  std::optional<PixelRectangle> pasted{};       ///< With cutmix: the pixels that are the partner's.
  bool operator==(const Mix&) const = default;  ///< By all fields.
};

/// The numbers drawn for one image; Keras' dictionary, key by key, then folio's own. The default is
/// the identity.
struct TransformParameters {
  double theta = 0.0;                               ///< Rotation in degrees.
  double tx = 0.0;                                  ///< Shift from height_shift_range, in pixels.
  double ty = 0.0;                                  ///< Shift from width_shift_range, in pixels.
  double shear = 0.0;                               ///< Degrees.
  double zx = 1.0;                                  ///< Zoom of the first axis; below 1 magnifies.
  double zy = 1.0;                                  ///< Zoom of the second axis.
  bool flip_horizontal = false;                     ///< Left becomes right.
  bool flip_vertical = false;                       ///< Top becomes bottom.
  std::optional<double> channel_shift_intensity{};  ///< Grey levels added to all channels.
  std::optional<double> brightness{};               ///< Factor; 1 changes nothing.
  std::optional<double> contrast{};                 ///< Factor about the image's mean level.
  std::optional<double> saturation{};               ///< Factor; 0 is grey.
  std::optional<double> hue{};                      ///< Degrees.
  std::optional<PixelRectangle> erase{};            ///< What is painted over.
  std::optional<Mix> mix{};                         ///< With which other image of the batch.
  bool operator==(const TransformParameters&) const = default;  ///< By all fields.
};

/// Draws the parameters for one image of the given height and width, consuming `random` exactly as
/// Keras' get_random_transform does (flips are drawn even when they are off).
TransformParameters draw_transform(const ImageDataGeneratorOptions& options, int height, int width,
                                   NumpyRandom& random);

/// Draws what Keras does not have (contrast, saturation, hue, erasing) for one image. Called for
/// all images of a batch after draw_transform was; draws nothing for what is off.
void draw_extras(const ImageDataGeneratorOptions& options, int height, int width,
                 NumpyRandom& random, TransformParameters& parameters);

/// Draws partners for mixup or cutmix (either, with equal chance, if both are on) for the images of
/// a batch; one share for all of them, as is usual. Draws nothing if both are off.
void draw_mixes(const ImageDataGeneratorOptions& options, int height, int width,
                NumpyRandom& random, std::span<TransformParameters> batch);

/// Applies a transform: one resampling for all of rotation, shift, shear and zoom, then channel
/// shift, flips and brightness; then contrast, saturation, hue and erasing. A mix is not applied,
/// as it needs two images: see mix_images().
///
/// Shapes  src CV_8UC(n) or CV_32FC(n), 1 to 4 channels; dst height x width x n float32 values,
///         row-major, the size of src, and not overlapping it.
/// Errors  none for parameters that are finite.
/// Threads Pure: safe from several threads at once.
void apply_transform(const ImageDataGeneratorOptions& options,
                     const TransformParameters& parameters, const cv::Mat& src,
                     std::span<float> dst);

/// Mixes two images of a batch into the first: `mixed` by the mix of its parameters with `partner`.
///
/// Shapes  both height x width x channels values.
void mix_images(const Mix& mix, int width, int channels, std::span<const float> partner,
                std::span<float> mixed);

}  // namespace folio
