#include "model_contents.h"
#include "writer.h"

namespace folio::internal {
namespace {

using hdf5::dataset;
using hdf5::group;
using hdf5::Handle;
using hdf5::name_list;
using hdf5::string_attribute;

void write_tensors(hid_t parent, const std::vector<StoredTensor>& tensors) {
  for (const StoredTensor& tensor : tensors) {
    const std::vector<hsize_t> extents(tensor.value.shape().begin(), tensor.value.shape().end());
    dataset(parent, tensor.name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, extents,
            tensor.value.values().data());
  }
}

std::vector<std::string> names_of(const std::vector<StoredTensor>& tensors) {
  std::vector<std::string> names;
  for (const StoredTensor& tensor : tensors) names.push_back(tensor.name);
  return names;
}

void write_layers(hid_t parent, const ModelContents& contents) {
  std::vector<std::string> names;
  for (const StoredLayer& layer : contents.layers) names.push_back(layer.name);
  name_list(parent, "layer_names", names);
  string_attribute(parent, "backend", "tensorflow");
  string_attribute(parent, "keras_version", contents.keras_version);
  for (const StoredLayer& layer : contents.layers) {
    const Handle made = group(parent, layer.name);
    name_list(made.get(), "weight_names", names_of(layer.weights));
    write_tensors(made.get(), layer.weights);
  }
}

}  // namespace

std::vector<std::byte> write_h5(const ModelContents& contents) {
  const std::lock_guard lock(hdf5::library_mutex());
  const Handle file = hdf5::new_file();
  if (contents.architecture.empty()) {
    write_layers(file.get(), contents);
  } else {
    string_attribute(file.get(), "keras_version", contents.keras_version);
    string_attribute(file.get(), "backend", "tensorflow");
    string_attribute(file.get(), "model_config", contents.architecture);
    if (!contents.training.empty()) {
      string_attribute(file.get(), "training_config", contents.training);
    }
    write_layers(group(file.get(), "model_weights").get(), contents);
  }
  if (!contents.metadata.empty()) {
    string_attribute(file.get(), "folio_metadata", contents.metadata);
  }
  if (contents.iterations) {
    const Handle made = group(file.get(), "optimizer_weights");
    std::vector<std::string> names = names_of(contents.optimizer);
    const std::string optimizer =
        contents.optimizer.empty()
            ? "SGD"
            : contents.optimizer[0].name.substr(0, contents.optimizer[0].name.find('/'));
    names.insert(names.begin(), optimizer + "/iter:0");
    name_list(made.get(), "weight_names", names);
    const auto iterations = static_cast<std::int64_t>(*contents.iterations);
    dataset(made.get(), names[0], H5T_STD_I64LE, H5T_NATIVE_INT64, {}, &iterations);
    write_tensors(made.get(), contents.optimizer);
  }
  return hdf5::finish(file);
}

}  // namespace folio::internal
