/// Tables that say which images there are, and what they show.
#pragma once
#include <string>
#include <vector>

#include <folio/datasets/sample_list.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/flow_options.h>

namespace [[gnu::visibility("default")]] folio {

/// Keras' arguments of flow_from_dataframe that FlowOptions does not have.
struct CsvOptions {
  std::string directory{};         ///< Paths are relative to it; empty: to the working directory.
  std::string x_col = "filename";  ///< Column of the paths.
  /// Column of the labels; several under ClassMode::kRaw and kMultiOutput.
  std::vector<std::string> y_col{"class"};
  std::string weight_col{};        ///< Column of the sample weights; empty: all are 1.
  bool validate_filenames = true;  ///< Leave out files that are missing or no images by their name.

  // Not in Keras, where a field may be a list.
  /// Splits a field that holds several labels, `cat|outdoors`, for ClassMode::kCategorical. Empty:
  /// every field is one label.
  std::string label_separator{};
};

/// The rows of a table as samples.
struct LabelledSamples {
  SampleList samples;  ///< One for each row that is used, in the order of the table.
  /// A row for each sample where a class alone does not say it: numbers under ClassMode::kRaw and
  /// kMultiOutput, a 1 for each label with a label_separator. Empty otherwise.
  Tensor targets;
};

/// Reads a table. The classes are those of `flow`, in that order, or all that occur, sorted; rows
/// of other classes are left out. A notice says what was.
///
/// Errors  Error (kIo, kData) naming the table and the line of what cannot be used; Error (kData)
///         if no row is left, or there are not two classes for ClassMode::kBinary; Error (kUsage)
///         for options that contradict each other.
LabelledSamples read_csv_samples(const std::string& table, const CsvOptions& csv,
                                 const FlowOptions& flow);

}  // namespace folio
