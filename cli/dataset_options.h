/// The options that say how a folder becomes batches: Keras' arguments, from files and the line.
#pragma once
#include <memory>
#include <string>

#include <folio/augment/options.h>
#include <folio/pipeline/csv_samples.h>
#include <folio/pipeline/flow_options.h>

#include "argument.h"

namespace CLI {
class App;
}

namespace folio::cli {

/// What --augment, --flow and the options with Keras' names say together; the options win. A key
/// that is absent was not given.
class DatasetOptions {
 public:
  /// Adds --augment and the arguments of ImageDataGenerator.
  void add_augmentation(CLI::App& command);
  /// Adds --rescale alone, for commands that do not augment.
  void add_rescale(CLI::App& command);
  /// Adds --validation-split, --manifest and --csv with its columns.
  void add_validation_split(CLI::App& command);
  /// Adds --flow and the arguments of flow_from_directory.
  void add_flow(CLI::App& command);
  /// Adds --target-size, --color-mode, --interpolation, --keep-aspect-ratio and --exif-orientation.
  void add_image_options(CLI::App& command);

  /// Reads the files. Call once, before what follows.
  ///
  /// Errors  Error (kIo, kUsage) naming the file or option and what is wrong.
  void read_files();

  /// The files of a directory, or those that --manifest or --csv lists.
  ///
  /// Errors  Error (kUsage) for options that contradict each other; whatever reading them throws.
  [[nodiscard]] LabelledSamples list_samples(const std::string& directory) const;
  /// Whether a table gives images several labels each.
  [[nodiscard]] bool has_several_labels() const { return !columns_.label_separator.empty(); }

  // ImageDataGenerator's and flow_from_directory's arguments, by Keras' names.
  Json generator = Json::object();
  Json flow = Json::object();

  [[nodiscard]] ImageDataGeneratorOptions generator_options() const;
  [[nodiscard]] FlowOptions flow_options() const;
  [[nodiscard]] const std::string& manifest() const { return manifest_; }

 private:
  std::string manifest_;
  std::string csv_;
  CsvOptions columns_;
  std::string augment_file_;
  std::string flow_file_;
};

/// Refuses class_mode multi_output, which asks for a model of several outputs.
///
/// Errors  Error (kUsage).
void require_trainable_labels(const FlowOptions& flow);

/// The flow that shows every sample once, in order and as it is.
FlowOptions for_measuring(FlowOptions flow);

}  // namespace folio::cli
