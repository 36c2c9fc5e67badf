#include "model_contents.h"
#include "writer.h"

namespace folio::internal {
namespace {

using hdf5::dataset;
using hdf5::Handle;

void number(const Handle& parent, int index, const FloatArray& value) {
  const std::vector<hsize_t> extents(value.shape().begin(), value.shape().end());
  dataset(parent.get(), std::to_string(index), H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, extents,
          value.values().data());
}

}  // namespace

std::vector<std::byte> write_weights_h5(const ModelContents& contents) {
  const std::lock_guard lock(hdf5::library_mutex());
  const Handle file = hdf5::new_file();
  for (const StoredLayer& layer : contents.layers) {
    const Handle variables = hdf5::group(file.get(), "layers/" + layer.class_path + "/vars");
    hdf5::string_attribute(variables.get(), "name", layer.name);
    int index = 0;
    for (const StoredTensor& weight : layer.weights) number(variables, index++, weight.value);
  }
  if (contents.iterations) {
    const Handle variables = hdf5::group(file.get(), "optimizer/vars");
    const auto iterations = static_cast<std::int64_t>(*contents.iterations);
    dataset(variables.get(), "0", H5T_STD_I64LE, H5T_NATIVE_INT64, {}, &iterations);
    int index = 1;
    if (contents.learning_rate) {
      const auto rate = static_cast<float>(*contents.learning_rate);
      dataset(variables.get(), "1", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {}, &rate);
      ++index;
    }
    for (const StoredTensor& slot : contents.optimizer) number(variables, index++, slot.value);
  }
  static_cast<void>(hdf5::group(file.get(), "vars"));
  if (!contents.metadata.empty()) {
    hdf5::string_attribute(file.get(), "folio_metadata", contents.metadata);
  }
  return hdf5::finish(file);
}

}  // namespace folio::internal
