/// Models in files: Keras' `.h5` and `.keras`, and architecture JSON.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <folio/trainer/model.h>
#include <folio/trainer/sequential.h>

namespace [[gnu::visibility("default")]] folio {

/// Writes architecture, weights, training configuration and optimizer state, atomically. The ending
/// of the path decides: `.h5` or `.hdf5` is Keras' legacy layout as Keras 2.10 writes it, `.keras`
/// Keras 3's archive. The model's metadata() is in an attribute that other readers ignore.
///
/// Errors  Error (kIo) naming the path; Error (kUsage) if the model is not built, or for another
///         ending.
void save_model(const Model& model, const std::string& path);

/// Writes the weights alone: `.weights.h5` in Keras 3's layout, another `.h5` or `.hdf5` in that of
/// the group `model_weights`. Errors as above.
void save_model_weights(const Model& model, const std::string& path);

/// Reads a model that Keras 2, Keras 3 or folio wrote, compiled if the file has a training
/// configuration that folio knows. The content decides whether it is `.h5` or `.keras`.
///
/// Errors  Error (kIo) if the file cannot be read; Error (kModel) naming the file and what is
///         wrong: not HDF5, damaged, no architecture, an unknown layer by name and class, weights
///         that do not fit with both shapes.
Model load_model(const std::string& path);

/// Arguments of load_model_weights(), as of Keras' load_weights.
struct LoadWeightsOptions {
  /// Layers of one name belong together, and layers that only one side has are passed over. Else
  /// layers with weights are taken in order (or by class and order, from `.weights.h5`).
  bool by_name = false;
  bool skip_mismatch = false;  ///< Layers that do not fit keep their weights.
};

/// Reads weights into a model, from any file that has weights, and builds it first if it has an
/// input_shape(). Returns what skip_mismatch left out. Errors as load_model(), listing every layer
/// that does not fit; the model is then unchanged.
std::vector<std::string> load_model_weights(Model& model, const std::string& path,
                                            const LoadWeightsOptions& options = {});

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
