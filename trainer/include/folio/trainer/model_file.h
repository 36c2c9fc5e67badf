/// Models in files: Keras' `.h5` and architecture JSON.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <folio/trainer/model.h>
#include <folio/trainer/sequential.h>

namespace [[gnu::visibility("default")]] folio {

/// Writes architecture, weights and training configuration in Keras' legacy `.h5` layout, as Keras
/// 2.10 does, atomically; and the model's metadata() as an attribute that other readers ignore.
///
/// Errors  Error (kIo) naming the path; Error (kUsage) if the model is not built.
void save_model(const Model& model, const std::string& path);

/// Writes the weights alone, in the layout of the group `model_weights`.
void save_model_weights(const Model& model, const std::string& path);

/// Reads a model that Keras 2 or folio wrote, compiled if the file has a training configuration.
///
/// Errors  Error (kIo) if the file cannot be read; Error (kModel) naming the file and what is
///         wrong: not HDF5, no architecture, an unknown layer by name and class, weights that do
///         not fit with both shapes.
Model load_model(const std::string& path);

/// Reads weights into a built model, by order. Errors as load_model.
void load_model_weights(Model& model, const std::string& path);

/// Keras' architecture JSON, `{"class_name": "Sequential", "config": {...}}` or `Functional`.
std::string to_json(const Model& model);
/// A model without weights from such JSON.
///
/// Errors  As load_model: also for several inputs or outputs, and a layer that is applied twice.
Model model_from_json(std::string_view json);

/// A new model of a built-in kind: `mnist_cnn`, `lenet`, `alexnet`, `vgg_small`, `vgg16`, or
/// `resnet18`, which alone wants to know the shape of the images, H x W x C.
///
/// Errors  Error (kUsage) for another name, listing those there are, and without that shape.
Model model_by_name(const std::string& name, std::size_t num_classes,
                    const Shape& image_shape = {});
/// The names that model_by_name() knows.
std::vector<std::string> model_names();

}  // namespace folio
