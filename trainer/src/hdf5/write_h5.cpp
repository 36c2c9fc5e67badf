#include <folio/datasets/error.h>

#include <algorithm>
#include <string_view>

#include "checksum.h"
#include "handle.h"
#include "model_contents.h"

namespace folio::internal {
namespace {

using hdf5::Handle;

/// Keras splits attributes above this size, as HDF5 limits object headers.
constexpr std::size_t kMostAttributeBytes = 64512;

hid_t check(hid_t id, const char* what) {
  if (id < 0) throw Error(ErrorKind::kIo, std::string("HDF5 cannot make a ") + what);
  return id;
}

Handle scalar() { return {check(H5Screate(H5S_SCALAR), "dataspace"), H5Sclose}; }

Handle simple(const std::vector<hsize_t>& extents) {
  if (extents.empty()) return scalar();
  return {check(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                "dataspace"),
          H5Sclose};
}

Handle group(hid_t parent, const std::string& name) {
  // Names such as `conv2d/kernel` make the groups on their way.
  const Handle link(check(H5Pcreate(H5P_LINK_CREATE), "property list"), H5Pclose);
  H5Pset_create_intermediate_group(link.get(), 1);
  return {check(H5Gcreate2(parent, name.c_str(), link.get(), H5P_DEFAULT, H5P_DEFAULT), "group"),
          H5Gclose};
}

/// A variable-length UTF-8 string, as h5py writes a Python string.
void string_attribute(hid_t object, const char* name, const std::string& value) {
  const Handle type(check(H5Tcopy(H5T_C_S1), "type"), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const Handle space = scalar();
  const Handle attribute(
      check(H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
            "attribute"),
      H5Aclose);
  const char* text = value.c_str();
  if (H5Awrite(attribute.get(), type.get(), &text) < 0) {
    throw Error(ErrorKind::kIo, std::string("HDF5 cannot write the attribute ") + name);
  }
}

/// What makes a file checkable; the digits come last, when all else is written.
void checksum_attributes(hid_t file) {
  const auto fixed = [&](const char* name, std::string value) {
    const Handle type(check(H5Tcopy(H5T_C_S1), "type"), H5Tclose);
    H5Tset_size(type.get(), value.size());
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    const Handle space = scalar();
    const Handle attribute(
        check(H5Acreate2(file, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
              "attribute"),
        H5Aclose);
    if (H5Awrite(attribute.get(), type.get(), value.data()) < 0) {
      throw Error(ErrorKind::kIo, std::string("HDF5 cannot write the attribute ") + name);
    }
  };
  fixed(hdf5::kFormatAttribute, "1");
  fixed(hdf5::kChecksumAttribute, std::string(hdf5::kChecksumSize, '0'));
}

/// Fixed-length strings, as NumPy's |S arrays.
void fixed_strings(hid_t object, const std::string& name, const std::vector<std::string>& values,
                   std::size_t width) {
  const Handle type(check(H5Tcopy(H5T_C_S1), "type"), H5Tclose);
  H5Tset_size(type.get(), width);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  const Handle space = simple({values.size()});
  const Handle attribute(
      check(H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
            "attribute"),
      H5Aclose);
  std::string bytes(values.size() * width, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::copy(values[i].begin(), values[i].end(), bytes.begin() + i * width);
  }
  if (H5Awrite(attribute.get(), type.get(), bytes.data()) < 0) {
    throw Error(ErrorKind::kIo, "HDF5 cannot write the attribute " + name);
  }
}

/// A list of names as Keras stores it: an empty one is an array of no doubles, a long one is split
/// into name0, name1, ...
void name_list(hid_t object, const std::string& name, const std::vector<std::string>& values) {
  if (values.empty()) {
    const Handle space = simple({0});
    const Handle attribute(check(H5Acreate2(object, name.c_str(), H5T_IEEE_F64LE, space.get(),
                                            H5P_DEFAULT, H5P_DEFAULT),
                                 "attribute"),
                           H5Aclose);
    return;
  }
  std::size_t width = 1;
  for (const std::string& value : values) width = std::max(width, value.size());
  const std::size_t per_part = std::max<std::size_t>(1, kMostAttributeBytes / width);
  if (values.size() <= per_part) return fixed_strings(object, name, values, width);
  for (std::size_t first = 0, part = 0; first < values.size(); first += per_part, ++part) {
    const std::size_t last = std::min(values.size(), first + per_part);
    fixed_strings(object, name + std::to_string(part),
                  {values.begin() + static_cast<std::ptrdiff_t>(first),
                   values.begin() + static_cast<std::ptrdiff_t>(last)},
                  width);
  }
}

void dataset(hid_t parent, const std::string& name, hid_t file_type, hid_t memory_type,
             const std::vector<hsize_t>& extents, const void* values) {
  const Handle link(check(H5Pcreate(H5P_LINK_CREATE), "property list"), H5Pclose);
  H5Pset_create_intermediate_group(link.get(), 1);
  // The same model must give the same bytes, whenever it is written.
  const Handle creation(check(H5Pcreate(H5P_DATASET_CREATE), "property list"), H5Pclose);
  H5Pset_obj_track_times(creation.get(), 0);
  const Handle space = simple(extents);
  const Handle made(check(H5Dcreate2(parent, name.c_str(), file_type, space.get(), link.get(),
                                     creation.get(), H5P_DEFAULT),
                          "dataset"),
                    H5Dclose);
  if (values != nullptr &&
      H5Dwrite(made.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    throw Error(ErrorKind::kIo, "HDF5 cannot write the dataset " + name);
  }
}

void write_tensors(hid_t parent, const std::vector<StoredTensor>& tensors) {
  for (const StoredTensor& tensor : tensors) {
    const std::vector<hsize_t> extents(tensor.value.shape().begin(), tensor.value.shape().end());
    dataset(parent, tensor.name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, extents,
            tensor.value.empty() ? nullptr : tensor.value.data());
  }
}

std::vector<std::string> names_of(const std::vector<StoredTensor>& tensors) {
  std::vector<std::string> names;
  for (const StoredTensor& tensor : tensors) names.push_back(tensor.name);
  return names;
}

void write_layers(hid_t parent, const std::vector<StoredLayer>& layers) {
  std::vector<std::string> names;
  for (const StoredLayer& layer : layers) names.push_back(layer.name);
  name_list(parent, "layer_names", names);
  string_attribute(parent, "backend", "tensorflow");
  string_attribute(parent, "keras_version", "2.10.0");
  for (const StoredLayer& layer : layers) {
    const Handle made = group(parent, layer.name);
    name_list(made.get(), "weight_names", names_of(layer.weights));
    write_tensors(made.get(), layer.weights);
  }
}

}  // namespace

std::vector<std::byte> write_h5(const ModelContents& contents) {
  const Handle access(check(H5Pcreate(H5P_FILE_ACCESS), "property list"), H5Pclose);
  constexpr std::size_t kGrowth = 1 << 20;
  H5Pset_fapl_core(access.get(), kGrowth, 0);
  const Handle file(check(H5Fcreate("model", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "file"),
                    H5Fclose);
  if (contents.architecture.empty()) {
    write_layers(file.get(), contents.layers);
  } else {
    string_attribute(file.get(), "keras_version", "2.10.0");
    string_attribute(file.get(), "backend", "tensorflow");
    string_attribute(file.get(), "model_config", contents.architecture);
    if (!contents.training.empty()) {
      string_attribute(file.get(), "training_config", contents.training);
    }
    write_layers(group(file.get(), "model_weights").get(), contents.layers);
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
  checksum_attributes(file.get());
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0) {
    throw Error(ErrorKind::kIo, "HDF5 cannot finish the file");
  }
  const ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  if (size < 0) throw Error(ErrorKind::kIo, "HDF5 cannot finish the file");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  H5Fget_file_image(file.get(), bytes.data(), bytes.size());
  hdf5::stamp_checksum(bytes);
  return bytes;
}

}  // namespace folio::internal
