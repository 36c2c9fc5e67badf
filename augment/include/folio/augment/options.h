/// Options of ImageDataGenerator: Keras' constructor arguments by name, in Keras' order.
#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace cv {
class Mat;
}

namespace [[gnu::visibility("default")]] folio {

/// What lies outside the image when a transform looks there. SciPy's rules at the borders.
enum class FillMode {
  kConstant,  ///< `cval`: kkkk|abcd|kkkk
  kNearest,   ///< The pixel at the border: aaaa|abcd|dddd
  kReflect,   ///< The image mirrored, borders twice: dcba|abcd|dcba
  kWrap,      ///< The image again: abcd|abcd|abcd
};

/// Which axis is which when an image is moved.
enum class AxisConvention {
  kCorrect,  ///< height_shift_range moves vertically, the centre is exact.
  kKeras3,   ///< What Keras 2.9 and later do: height_shift_range moves horizontally, and the centre
             ///< is right for square images only. For comparing with Keras pixel by pixel.
};

/// Where the channels of a batch are.
enum class DataFormat {
  kChannelsLast,   ///< N x H x W x C.
  kChannelsFirst,  ///< N x C x H x W.
};

/// A shift range as Keras takes it: a float (fraction of the axis, or pixels from 1 on), an int
/// (whole pixels in (-n, n)), or a list of values to choose from, whose sign is drawn as well.
struct ShiftRange {
  /// Which of the three was given.
  enum class Kind {
    kFloat,  ///< Uniform in [-v, v): shares of the axis below 1, else pixels.
    kInt,    ///< Whole pixels in (-v, v).
    kList,   ///< One of the values, its sign drawn as well.
  };
  Kind kind = Kind::kFloat;         ///< How `values` is read.
  std::vector<double> values{0.0};  ///< One value, or the list.

  ShiftRange() = default;  ///< No shift.
  ///@{
  /// From what Keras takes: `0.2`, `3` or `{-4.0, 0.0, 4.0}`.
  ShiftRange(double range) : values{range} {}                         // NOLINT(*-explicit-*)
  ShiftRange(int range) : kind(Kind::kInt), values{double(range)} {}  // NOLINT(*-explicit-*)
  ShiftRange(std::vector<double> list) : kind(Kind::kList), values(std::move(list)) {}  // NOLINT
  ShiftRange(std::initializer_list<double> list) : kind(Kind::kList), values(list) {}
  ///@}
  bool operator==(const ShiftRange&) const = default;  ///< 3 and 3.0 differ, as they draw apart.
};

/// A zoom range as Keras takes it: a number z for [1 - z, 1 + z], or the two ends.
struct ZoomRange {
  double low = 1.0;   ///< Magnifies most where it is below 1.
  double high = 1.0;  ///< Shrinks most where it is above 1.

  ZoomRange() = default;  ///< No zoom.
  /// [1 - range, 1 + range].
  ///
  /// Errors  Error (kUsage) for a negative number.
  ZoomRange(double range);  // NOLINT(*-explicit-*)
  /// Both ends, for ranges that are not centred on 1.
  ZoomRange(double lowest, double highest) : low(lowest), high(highest) {}
  bool operator==(const ZoomRange&) const = default;  ///< By both ends.
};

/// A rectangle of an image that is painted over, at random.
///
/// Source  Zhong et al., Random Erasing Data Augmentation (2017).
struct RandomErase {
  double probability = 0.0;                             ///< 0 draws nothing.
  std::pair<double, double> area{0.02, 0.33};           ///< Share of the image, from and to.
  std::pair<double, double> ratio{0.3, 3.3};            ///< Height to width, from and to.
  double value = 0.0;                                   ///< Painted into every channel, 0..255.
  bool operator==(const RandomErase&) const = default;  ///< By all fields.
};

/// What ImageDataGenerator does to every image. The defaults change nothing.
///
/// Source  Keras' ImageDataGenerator; every field means what the argument of that name means.
struct ImageDataGeneratorOptions {
  bool featurewise_center = false;             ///< Subtract the mean found by fit().
  bool samplewise_center = false;              ///< Subtract each image's own mean.
  bool featurewise_std_normalization = false;  ///< Divide by the deviation found by fit().
  bool samplewise_std_normalization = false;   ///< Divide by each image's own deviation.
  bool zca_whitening = false;       ///< Decorrelate pixels with the matrix found by fit().
  double zca_epsilon = 1e-6;        ///< Added to the singular values that are divided by.
  double rotation_range = 0.0;      ///< Degrees, to either side.
  ShiftRange width_shift_range{};   ///< See ShiftRange.
  ShiftRange height_shift_range{};  ///< See ShiftRange.
  std::optional<std::pair<double, double>> brightness_range{};  ///< Factor, from and to.
  double shear_range = 0.0;                                     ///< Degrees, to either side.
  ZoomRange zoom_range{};                                       ///< Below 1 magnifies.
  double channel_shift_range = 0.0;                             ///< Grey levels, to either side.
  FillMode fill_mode = FillMode::kNearest;  ///< What moves in from outside the image.
  double cval = 0.0;                        ///< Value outside the image for FillMode::kConstant.
  bool horizontal_flip = false;             ///< Mirror left-right with probability 0.5.
  bool vertical_flip = false;               ///< Mirror up-down with probability 0.5.
  double rescale = 0.0;  ///< Factor on every value after augmentation; 0 leaves them.
  /// Called on every image (CV_32FC(n), values 0..255) after augmentation and before rescale; must
  /// keep its size and type. Runs on several threads at once.
  std::function<void(cv::Mat&)> preprocessing_function{};
  DataFormat data_format = DataFormat::kChannelsLast;  ///< Axis order of batches and arrays.
  double validation_split = 0.0;  ///< Share of each class held back, in (0, 1); 0 holds back none.
  int interpolation_order = 1;    ///< 0 nearest, 1 linear, 2 to 5 splines of that order.

  // Not in Keras. What follows is drawn and applied after all of Keras' own, so that Keras' batches
  // stay what they are.
  AxisConvention axis_convention = AxisConvention::kCorrect;    ///< What `height` in a shift means.
  std::optional<std::pair<double, double>> contrast_range{};    ///< Factor about the mean level.
  std::optional<std::pair<double, double>> saturation_range{};  ///< 0 is grey. Colour images only.
  double hue_range = 0.0;      ///< Degrees around the colour circle. Colour images only.
  RandomErase random_erase{};  ///< See RandomErase.
  /// In (0, 1]: blends each sample of a batch with another one, labels too, by a share drawn from
  /// Beta(alpha, alpha) for the batch. After standardisation. 0: off.
  double mixup_alpha = 0.0;
  /// In (0, 1]: pastes a rectangle of another sample into each, with a share drawn likewise; labels
  /// follow the pixels. With both on, each batch is treated in one way or the other. 0: off.
  double cutmix_alpha = 0.0;

  /// Throws Error (kUsage), naming the argument, its value and what was expected.
  void validate() const;
};

}  // namespace folio
