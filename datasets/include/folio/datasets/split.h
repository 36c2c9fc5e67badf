/// Splits: which samples train, which validate, which are kept for the test.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <folio/datasets/sample_list.h>

namespace [[gnu::visibility("default")]] folio {

/// One part of a list by Keras' rule: of each class the first int(validation_split * n) samples
/// validate, the others train. Both parts keep all class names.
///
/// Errors  Error (kUsage) unless validation_split is strictly between 0 and 1, or for kTest.
SampleList split_by_class(const SampleList& samples, double validation_split, SplitPart part);

/// How samples are chosen.
enum class SplitStrategy {
  /// Keras' rule: the first files of each class validate, the next ones test.
  kKeras,
  /// Each file's (or group's) own name and the seed decide, with the same chance in every class:
  /// shares are met on average, and adding or removing files moves no other file. Only a class
  /// that would be left without a part gets one of its files there all the same.
  kStratified,
  /// Dealt out in an order that the seed decides, so that every class meets its shares to one file
  /// (or, with groups, as nearly as they allow). Adding files may move others.
  kBalanced,
};

/// How the parts of a split are chosen.
struct SplitOptions {
  double validation = 0.2;  ///< Share that validates.
  double test = 0.0;        ///< Share kept for the test; what remains trains.
  SplitStrategy strategy = SplitStrategy::kKeras;  ///< Who goes where; see there.
  std::uint64_t seed = 0;  ///< Another one gives another split; kKeras ignores it.
  /// One name per sample (patient, video, session ...): samples of one group stay together.
  /// Empty: every sample is on its own.
  std::vector<std::string> groups{};
};

/// Gives every sample that has none yet its Sample::part; with it go the others of its group. A
/// notice names each class that has no sample in a part that was asked for.
///
/// Errors  Error (kUsage) for shares that are negative or leave nothing for training, both of them
///         0, groups or samples that have a part under kKeras, or groups that are not one per
///         sample; Error (kData) for a group that is in two parts already.
SampleList assign_parts(SampleList samples, const SplitOptions& options);

/// One of several folds, each of which validates once.
struct FoldOptions {
  int folds = 5;                      ///< Into how many parts the samples are dealt.
  int fold = 1;                       ///< The one that validates, from 1.
  std::uint64_t seed = 0;             ///< Of the deal; the same for all folds of one experiment.
  std::vector<std::string> groups{};  ///< As in SplitOptions.
};

/// Cross-validation: the samples are dealt out into `folds` parts with equal shares of every class;
/// fold number `fold` validates, the others train. Over all folds each sample validates once.
///
/// Errors  Error (kUsage) if folds is not in [2, 1000] or fold not in [1, folds]; for groups as
///         assign_parts(); if there are fewer samples (or groups) than folds.
SampleList assign_fold(SampleList samples, const FoldOptions& options);

/// The samples of one part, with all class names.
SampleList take_part(const SampleList& samples, SplitPart part);

/// Number of samples of each class in one part, by label.
std::vector<std::size_t> part_counts(const SampleList& samples, SplitPart part);

/// `training`, `validation` or `test`.
const char* to_string(SplitPart part);

/// The group of each sample: what a regular expression with one capture group (ECMAScript) finds in
/// its path. `([^/]+)_\d+\.jpg$` groups by what is before the number.
///
/// Errors  Error (kUsage) if the expression is invalid or has not one capture group; Error (kData)
///         naming a file in which it finds nothing.
std::vector<std::string> groups_by_regex(const SampleList& samples, const std::string& expression);

/// The group of each sample from a table whose first two columns, or those named `path` and
/// `group`, hold file and group. Files are paths relative to the root, or file names alone.
///
/// Errors  As CsvReader; Error (kData) for a file given two groups and for a sample without one.
std::vector<std::string> groups_from_csv(const SampleList& samples, const std::string& table);

}  // namespace folio
