/// A model as commands take it: a built-in name, an architecture file, or a trained model.
#pragma once
#include <cstddef>
#include <string>

#include <folio/trainer/model.h>

namespace folio::cli {

/// Whether the argument names a file (`x.json`, `x.h5`, or a path) rather than a built-in model.
bool is_model_file(const std::string& model);

/// Opens an architecture (`.json`) or a model (`.h5`).
///
/// Errors  Error (kIo, kModel) naming the file.
Model open_model_file(const std::string& path);

/// Refuses an architecture without weights, whose answers would be chance.
///
/// Errors  Error (kUsage) naming the file and the option.
void require_weights(const std::string& model, const std::string& weights);

/// The built-in model of this name for so many classes and images of this shape.
///
/// Errors  Error (kUsage) listing the names there are, with the closest one.
Model built_in_model(const std::string& name, std::size_t num_classes, const Shape& image_shape);

/// `mnist_cnn, lenet, ...`, for the help of options.
std::string built_in_names();

}  // namespace folio::cli
