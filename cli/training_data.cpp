#include "training_data.h"

#include <utility>

#include <folio/datasets/error.h>
#include <folio/datasets/split.h>

#include "preprocessing.h"

namespace folio::cli {
namespace {

// What is held back of the directory itself, by --validation-split or --manifest.
struct HeldBack {
  bool split = false;       // The directory's files are not all for training.
  bool validation = false;  // Some of them validate.
};

HeldBack held_back(const TrainArguments& arguments, const SampleList& samples) {
  HeldBack result;
  for (const Sample& sample : samples.samples) {
    result.split |= sample.part.has_value();
    result.validation |= sample.part == SplitPart::kValidation;
  }
  const bool by_share = arguments.dataset.generator_options().validation_split > 0.0;
  if (result.split && by_share) {
    throw Error(ErrorKind::kUsage, "--manifest: splits the files already, no validation_split can");
  }
  result.split |= by_share;
  result.validation |= by_share;
  if (result.validation && !arguments.validation_directory.empty()) {
    throw Error(ErrorKind::kUsage, "--validation-dir: the manifest has a validation part already");
  }
  return result;
}

}  // namespace

TrainingData open_training_data(const TrainArguments& arguments, const LabelledSamples& samples) {
  const HeldBack held = held_back(arguments, samples.samples);
  const ImageDataGenerator generator = fitted_generator(arguments.dataset, samples.samples);
  FlowOptions flow = arguments.dataset.flow_options();
  FlowOptions validation_flow = for_measuring(flow);
  // A cache file serves one stream.
  if (!flow.cache_file.empty()) validation_flow.cache_file += ".validation";
  validation_flow.save_to_dir.clear();
  std::optional<BatchStream> validation;
  if (held.split) flow.subset = Subset::kTraining;
  if (held.validation) {
    validation_flow.subset = Subset::kValidation;
    validation = generator.flow_from_list(samples, validation_flow);
  } else if (!arguments.validation_directory.empty()) {
    validation_flow.classes = samples.samples.class_names;
    validation = generator.flow_from_directory(arguments.validation_directory, validation_flow);
  }
  return {.generator = generator,
          .train = generator.flow_from_list(samples, flow),
          .validation = std::move(validation)};
}

}  // namespace folio::cli
