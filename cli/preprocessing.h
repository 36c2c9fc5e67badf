/// Preprocessing: how images became inputs in training, so that prediction does the same.
#pragma once
#include <string>
#include <vector>

#include <folio/datasets/sample_list.h>
#include <folio/datasets/tensor.h>
#include <folio/pipeline/image_data_generator.h>

#include "argument.h"
#include "dataset_options.h"

namespace folio::cli {

/// Whether the options ask for a step that takes statistics of the dataset.
bool needs_statistics(const ImageDataGeneratorOptions& options);

/// The generator of `options`, fit where they ask for a featurewise step to the training part of
/// the samples, a few of which are in memory at a time; says so.
ImageDataGenerator fitted_generator(const DatasetOptions& options, const SampleList& samples);

/// Takes from a model's record what `options` leaves open; the class names too if `with_classes`.
///
/// Errors  Error (kModel) if the record cannot be used.
void take_preprocessing(const std::string& record, DatasetOptions& options, bool with_classes);

/// The generator of `options`, with the statistics that a model's record holds.
ImageDataGenerator generator_for(const DatasetOptions& options, const std::string& record);

/// Sets rescale to 1/255, and says so, unless rescale or a standardisation is given.
void take_default_rescale(DatasetOptions& options);

/// Takes target_size and color_mode, where they are open, from the model's input shape (H x W x C,
/// or empty if it has none) or else from the first readable image, and says so. A larger image than
/// 256 x 256 is read in that size, Keras' default.
///
/// Errors  Error (kData) if they are open and none of the first files can be read.
void take_image_options(const Shape& input_shape, const SampleList& samples,
                        DatasetOptions& options);

/// `28x28 grayscale, rescale 0.00392157`, for messages.
std::string describe_preprocessing(const DatasetOptions& options);

}  // namespace folio::cli
