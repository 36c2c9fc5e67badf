/// A model as commands take it: a built-in name, an architecture file, or a trained model.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include <folio/trainer/model.h>

namespace folio::cli {

/// Whether the argument names a file (`x.json`, `x.h5`, or a path) rather than a built-in model.
bool is_model_file(const std::string& model);

/// Opens an architecture (`.json`) or a model (`.h5`, `.keras`).
///
/// Errors  Error (kIo, kModel) naming the file; Error (kUsage) for a folder and for the name of a
///         built-in model, with what can be done.
Model open_model_file(const std::string& path);

/// Refuses an architecture without weights, whose answers would be chance.
///
/// Errors  Error (kUsage) naming the file and the option.
void require_weights(const std::string& model, const std::string& weights);

/// Loads the file of --weights, if there is one, into a model that may not know the shape of its
/// images yet.
void take_weights(Model& model, const std::string& weights, const Shape& image_shape);

/// Refuses what is neither a file nor a built-in model, before any data is looked at.
///
/// Errors  Error (kUsage) listing the names there are, with the closest one.
void require_known_model(const std::string& name);

/// The model's input as H x W x C, whatever the order of its axes; empty if it declares none.
///
/// Errors  Error (kModel) if it has its channels first and declares none, one with equal axes or
/// one
///         with another number of channels than images have: folders' images would be taken for the
///         other order.
Shape image_shape(const Model& model);

/// The built-in model of this name for so many classes and images of this shape.
///
/// Errors  As require_known_model().
Model built_in_model(const std::string& name, std::size_t num_classes, const Shape& image_shape);

/// The model of a command that has no data, built for images of the size that `--input HxWxC` says:
/// without it for those that the model itself says, or else for 28x28x1.
///
/// Errors  As above; Error (kUsage) for another form of `input`, or another size than a trained
///         model takes; Error (kModel) that mentions --input if the model cannot take 28x28x1 and
///         nothing else was said.
Model model_for_input(const std::string& model, std::size_t num_classes,
                      const std::optional<std::string>& input);

/// `mnist_cnn|lenet|...|FILE`, the type of options that take a network by name or a file.
std::string model_type();

}  // namespace folio::cli
