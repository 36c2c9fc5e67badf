/// Options of flow_from_directory: Keras' arguments by name, in Keras' order, then folio's own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <folio/augment/resize.h>
#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// Which channels an image is read with.
enum class ColorMode {
  kGrayscale,  ///< 1 channel; colours are weighed as Pillow does.
  kRgb,        ///< 3 channels; grey images have them alike.
  kRgba,       ///< 4 channels; opaque where a file has no alpha.
};

/// How the class of a sample becomes Batch::y.
enum class ClassMode {
  kCategorical,  ///< One-hot rows, N x classes.
  kBinary,       ///< 0 or 1, N; two classes only.
  kSparse,       ///< The label, N.
  kInput,        ///< The image itself, for autoencoders.
  kNone,         ///< Nothing.
  kRaw,          ///< Numbers of a table as they are: flow_from_csv only.
  kMultiOutput,  ///< The same; each column is the label of one output of a model.
};

/// Whether labels are numbers of a table rather than classes: kRaw and kMultiOutput.
inline bool has_numbers(ClassMode mode) {
  return mode == ClassMode::kRaw || mode == ClassMode::kMultiOutput;
}

/// A part of a list. kTest exists only in lists that were split into parts (see assign_parts() and
/// read_manifest()).
enum class Subset {
  kAll,         ///< The whole list.
  kTraining,    ///< What validation_split, or the split, leaves for training.
  kValidation,  ///< What it holds back.
  kTest,        ///< What a split into parts keeps for the test.
};

/// What to do with a file that cannot be decoded.
enum class OnBadFile {
  kError,  ///< next() throws, naming the file and the reason.
  kSkip,   ///< The next usable sample of the epoch takes its place, so that batches stay full.
  kZero,   ///< A black image takes its place, with sample_weight 0.
};

/// Height and width in pixels.
struct ImageSize {
  int height = 256;                                   ///< Rows.
  int width = 256;                                    ///< Columns.
  bool operator==(const ImageSize&) const = default;  ///< By both.
};

/// How a directory becomes batches. The defaults are Keras'.
struct FlowOptions {
  ImageSize target_size{};                 ///< Every image is resized to it.
  ColorMode color_mode = ColorMode::kRgb;  ///< Every image is converted to it.
  std::vector<std::string> classes{};      ///< Folder names in label order; empty: all, sorted.
  ClassMode class_mode = ClassMode::kCategorical;  ///< What Batch::y holds.
  int batch_size = 32;                  ///< Samples; the last batch of an epoch has what remains.
  bool shuffle = true;                  ///< Another order in every epoch; false: that of the list.
  std::optional<std::uint32_t> seed{};  ///< None: one is drawn; BatchStream::seed() tells it.
  std::string save_to_dir{};  ///< Each augmented image is also written there, stretched to 0..255.
  std::string save_prefix{};  ///< Begins the names of those files.
  std::string save_format = "png";  ///< `png` or `jpeg`.
  bool follow_links = false;        ///< Whether links to folders inside a class are followed.
  Subset subset = Subset::kAll;     ///< Which part of the dataset.
  Interpolation interpolation = Interpolation::kNearest;  ///< Filter of the resizing.
  bool keep_aspect_ratio = false;  ///< Crop the centre to the target's ratio before resizing.

  // Not in Keras.
  bool augment = true;  ///< false: only resize and standardise, as validation data should be.
  OnBadFile on_bad_file = OnBadFile::kError;  ///< What becomes of files that cannot be decoded.
  double max_bad = 1.0;  ///< Share of bad files above which next() throws all the same.
  int prefetch = 4;      ///< Batches prepared ahead of the consumer; bounds memory.
  /// 16-bit images as Keras reads them (SixteenBit::kKeras), not scaled to 0..255. Not together
  /// with a cache, which holds 8 bits.
  bool keras_16_bit = false;
  bool exif_orientation = false;  ///< Turn images upright as their EXIF orientation says.
  /// Let the classes take turns, in a drawn order: an epoch shows images of rare classes again and
  /// not all of common ones. Needs shuffle.
  bool balance_classes = false;
  std::size_t cache_memory = 0;  ///< Bytes for decoded, resized images, kept for later epochs.
  /// A file for decoded, resized images, which later runs use again, one stream at a time. Images
  /// whose files have changed since are read anew.
  std::string cache_file{};

  /// Throws Error (kUsage), naming the argument, its value and what was expected.
  void validate() const;
};

/// How arrays in memory become batches: Keras' arguments of flow(), then folio's own.
struct ArrayFlowOptions {
  int batch_size = 32;                  ///< As in FlowOptions.
  bool shuffle = true;                  ///< As in FlowOptions.
  Tensor sample_weight{};               ///< One per image; empty: all 1.
  std::optional<std::uint32_t> seed{};  ///< As in FlowOptions.
  std::string save_to_dir{};            ///< As in FlowOptions.
  std::string save_prefix{};            ///< As in FlowOptions.
  std::string save_format = "png";      ///< As in FlowOptions.
  /// Whether the two subsets may differ in the labels that occur in them.
  bool ignore_class_split = false;
  Subset subset = Subset::kAll;  ///< The first int(validation_split * n) images validate.

  // Not in Keras.
  bool augment = true;  ///< As in FlowOptions.
  int prefetch = 4;     ///< As in FlowOptions.
};

}  // namespace folio
