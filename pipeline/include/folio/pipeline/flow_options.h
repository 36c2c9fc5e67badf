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
enum class ColorMode { kGrayscale, kRgb, kRgba };

/// How the class of a sample becomes Batch::y.
enum class ClassMode {
  kCategorical,
  kBinary,
  kSparse,
  kInput,
  kNone,
  kRaw,  ///< Numbers of a table as they are: flow_from_csv only.
};

/// A part of a list. kTest exists only in lists that were split into parts (see assign_parts() and
/// read_manifest()).
enum class Subset { kAll, kTraining, kValidation, kTest };

/// What to do with a file that cannot be decoded.
enum class OnBadFile {
  kError,  ///< next() throws, naming the file and the reason.
  kSkip,   ///< The next usable sample of the epoch takes its place, so that batches stay full.
  kZero,   ///< A black image takes its place, with sample_weight 0.
};

/// Height and width in pixels.
struct ImageSize {
  int height = 256;
  int width = 256;
  bool operator==(const ImageSize&) const = default;
};

/// How a directory becomes batches. The defaults are Keras'.
struct FlowOptions {
  ImageSize target_size{};
  ColorMode color_mode = ColorMode::kRgb;
  std::vector<std::string> classes{};  ///< Folder names in label order; empty: all, sorted.
  ClassMode class_mode = ClassMode::kCategorical;
  int batch_size = 32;
  bool shuffle = true;
  std::optional<std::uint32_t> seed{};  ///< None: one is drawn; BatchStream::seed() tells it.
  std::string save_to_dir{};  ///< Each augmented image is also written there, stretched to 0..255.
  std::string save_prefix{};
  std::string save_format = "png";  ///< `png` or `jpeg`.
  bool follow_links = false;        ///< Whether links to folders inside a class are followed.
  Subset subset = Subset::kAll;
  Interpolation interpolation = Interpolation::kNearest;
  bool keep_aspect_ratio = false;  ///< Crop the centre to the target's ratio before resizing.

  // Not in Keras.
  bool augment = true;  ///< false: only resize and standardise, as validation data should be.
  OnBadFile on_bad_file = OnBadFile::kError;
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
  int batch_size = 32;
  bool shuffle = true;
  Tensor sample_weight{};  ///< One per image; empty: all 1.
  std::optional<std::uint32_t> seed{};
  std::string save_to_dir{};
  std::string save_prefix{};
  std::string save_format = "png";
  /// Whether the two subsets may differ in the labels that occur in them.
  bool ignore_class_split = false;
  Subset subset = Subset::kAll;

  // Not in Keras.
  bool augment = true;
  int prefetch = 4;
};

}  // namespace folio
