/// check_dataset: what is wrong with a dataset, and what is in it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <folio/datasets/class_folders.h>
#include <folio/datasets/progress.h>
#include <folio/datasets/sample_list.h>
#include <folio/pipeline/batch_stream.h>

namespace [[gnu::visibility("default")]] folio {

/// Files that are looked at together: all of a dataset, or one part of it.
struct CheckedSet {
  std::string name;                    ///< Such as `training`.
  SampleList samples;                  ///< With the root that its paths are below.
  std::vector<SkippedFile> skipped{};  ///< What its scan left out.
};

/// What check_dataset() looks for beside what is always wrong.
struct DatasetCheckOptions {
  /// Also finds images whose 64-bit difference hashes differ in at most this many bits, in [0, 16].
  /// 4 finds copies that were resized or saved again; images that are nearly empty or all alike,
  /// such as digits, are found as well.
  std::optional<int> near_duplicates{};
  Progress progress{};  ///< Counts files.

  /// Throws Error (kUsage) for a distance out of range.
  void validate() const;
};

/// A file whose content is of another format than its name says.
struct MislabelledFile {
  std::string path;    ///< `root/path`.
  std::string format;  ///< Of the content: `png`, `jpeg`, `bmp`, `ppm`, `tiff`, `gif` or `webp`.
};

/// A file that a scan left out.
struct ReportedSkip {
  std::string path;                                                  ///< `root/path`.
  SkippedFile::Reason reason = SkippedFile::Reason::kNoImageByName;  ///< What the scan goes by.
  std::string format;  ///< As above; empty if the content is no image.
};

/// What duplicates do: from harmless to what makes a validation worthless.
enum class DuplicateKind {
  kWithinClass,    ///< An image counts twice.
  kAcrossClasses,  ///< The labels contradict each other.
  kAcrossSets,     ///< What is validated or tested was trained on.
};

/// Files that are the same, or nearly.
struct DuplicateGroup {
  DuplicateKind kind = DuplicateKind::kWithinClass;  ///< The worst that two of them are.
  std::vector<std::string> paths;                    ///< At least two, `root/path`.
};

/// Values of something counted over all images that can be decoded.
struct ImageStatistics {
  std::map<std::string, std::size_t> formats;  ///< By content: `png`, `jpeg` ...
  std::map<std::string, std::size_t> modes;    ///< As stored: `grayscale`, `rgb`, `palette` ...
  std::map<std::pair<int, int>, std::size_t> sizes;  ///< Height and width.
  /// Of red, green and blue over all pixels, in [0, 255]; grey images count in all three.
  std::array<double, 3> mean{};
  std::array<double, 3> standard_deviation{};  ///< As mean.
};

/// What check_dataset() has found.
struct DatasetReport {
  /// One of the sets that were given.
  struct Set {
    std::string name;                       ///< As CheckedSet has it.
    std::vector<std::string> class_names;   ///< In label order.
    std::vector<std::size_t> class_counts;  ///< Files of each class, good or bad.
    std::vector<std::string> notices;       ///< Of the scan: hidden folders and so on.
  };
  std::vector<Set> sets;                        ///< In the order given.
  std::size_t files = 0;                        ///< Of all sets, bad ones included.
  std::vector<std::string> missing;             ///< Files that a list names and that are not there.
  std::vector<BadFile> bad_files;               ///< Unreadable, truncated, damaged, not an image.
  std::vector<ReportedSkip> skipped;            ///< What is not looked at for its name or place.
  std::vector<MislabelledFile> mislabelled;     ///< They are read all the same.
  std::vector<DuplicateGroup> duplicates;       ///< Equal to the byte.
  std::vector<DuplicateGroup> near_duplicates;  ///< Near to the first of the group, not all equal.
  ImageStatistics images;                       ///< Of all sets.

  /// Class folders without images, as `set: class`.
  [[nodiscard]] std::vector<std::string> empty_classes() const;
  /// Images of the largest class for one of the smallest that has any, in the first set.
  [[nodiscard]] double imbalance() const;
};

/// Reads and decodes every file of the sets, on the shared pool of threads.
///
/// Paths are `root/path`. The report does not depend on the number of threads.
///
/// Errors  Error (kUsage) from the options. What is wrong with a file is in the report.
DatasetReport check_dataset(const std::vector<CheckedSet>& sets,
                            const DatasetCheckOptions& options = {});

}  // namespace folio
