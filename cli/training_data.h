/// The streams that `folio train` learns from and validates on.
#pragma once
#include <optional>

#include <folio/pipeline/batch_stream.h>
#include <folio/pipeline/image_data_generator.h>

#include "train_arguments.h"

namespace folio::cli {

struct TrainingData {
  ImageDataGenerator generator;  // Of both; fit if it had to be.
  BatchStream train;
  std::optional<BatchStream> validation;
};

/// What is held back of the samples by validation_split or a manifest validates, or else the
/// directory of --validation-dir; never augmented.
///
/// Errors  Error (kUsage) if more than one of the three is given; whatever the streams throw.
TrainingData open_training_data(const TrainArguments& arguments, const LabelledSamples& samples);

}  // namespace folio::cli
