/// SampleList: which files make up a dataset, in a fixed order, and which class each belongs to.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// What a sample is for.
enum class SplitPart {
  kTraining,    ///< Weights are learnt from it.
  kValidation,  ///< Measured after every epoch, to choose the best and when to stop.
  kTest,        ///< Kept away until the end.
};

/// One file of a dataset.
struct Sample {
  std::string path;     ///< Relative to SampleList::root; bytes as the file system gives them.
  int label = 0;        ///< Index into SampleList::class_names.
  float weight = 1.0F;  ///< Factor of this sample's loss.
  std::optional<SplitPart> part{};  ///< Where a split put it; none: it has not been split.
};

/// The files of a dataset. The order is part of the contract: batches are drawn by position.
struct SampleList {
  std::string root;                      ///< Directory the paths are relative to.
  std::vector<std::string> class_names;  ///< Position is the label.
  std::vector<Sample> samples;           ///< Batch::indices are positions in it.
  std::vector<std::string> notices;      ///< What was left out or looked odd, one line each.
  /// Whether a validation_split takes the first samples of the whole list, as Keras does with
  /// tables, and not the first of each class.
  bool split_by_rows = false;

  /// Number of samples.
  [[nodiscard]] std::size_t size() const { return samples.size(); }

  /// Class name to label, as Keras' `class_indices`.
  [[nodiscard]] std::map<std::string, int> class_indices() const;

  /// Number of samples of each class, by label.
  [[nodiscard]] std::vector<std::size_t> class_counts() const;

  /// Full path of sample `index`.
  [[nodiscard]] std::string path(std::size_t index) const;
};

}  // namespace folio
