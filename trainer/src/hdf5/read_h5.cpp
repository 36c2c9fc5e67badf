#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

#include <algorithm>
#include <cstring>

#include "handle.h"
#include "model_contents.h"

namespace folio::internal {
namespace {

using hdf5::Handle;

constexpr std::size_t kMostTextBytes = std::size_t{16} << 20;

/// HDF5 prints its errors unless told not to.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {
    const std::vector<std::byte> bytes = read_file(path);
    static constexpr char kSignature[] = "\x89HDF\r\n\x1a\n";
    if (bytes.size() < 8 || std::memcmp(bytes.data(), kSignature, 8) != 0) {
      refuse("it is not an HDF5 file");
    }
    // A dense tensor is as large as its share of the file; a compressed one may be larger.
    most_tensor_bytes_ = std::max(std::size_t{64} << 20, bytes.size() * 32);
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fapl_core(access.get(), 1 << 20, 0);
    H5Pset_file_image(access.get(), const_cast<std::byte*>(bytes.data()), bytes.size());
    file_ = Handle(H5Fopen("model", H5F_ACC_RDONLY, access.get()), H5Fclose);
    if (!file_.valid()) refuse("it is damaged or truncated");
  }

  ModelContents read() {
    ModelContents contents;
    contents.architecture = text(file_.get(), "model_config");
    contents.training = text(file_.get(), "training_config");
    contents.metadata = text(file_.get(), "folio_metadata");
    const bool whole = H5Lexists(file_.get(), "model_weights", H5P_DEFAULT) > 0;
    if (whole) {
      contents.layers = layers(open_group(file_.get(), "model_weights").get());
    } else if (has_names(file_.get(), "layer_names")) {
      contents.layers = layers(file_.get());
    }
    if (H5Lexists(file_.get(), "optimizer_weights", H5P_DEFAULT) > 0) {
      const Handle group = open_group(file_.get(), "optimizer_weights");
      for (const std::string& name : names(group.get(), "weight_names")) {
        if (name.ends_with("iter:0") || name.ends_with("iteration") ||
            name.ends_with("iteration:0") || name.ends_with("iterations:0")) {
          contents.iterations =
              static_cast<std::uint64_t>(std::max(0.0, scalar(group.get(), name)));
        } else if (!name.ends_with("learning_rate") && !name.ends_with("learning_rate:0")) {
          contents.optimizer.push_back({name, tensor(group.get(), name)});
        }
      }
    }
    return contents;
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kModel, path_ + " cannot be read as a Keras model: " + reason);
  }

  Handle open_group(hid_t parent, const std::string& name) const {
    Handle group(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group.valid()) refuse("it has no group '" + name + "'");
    return group;
  }

  static bool has_names(hid_t object, const std::string& name) {
    return H5Aexists(object, name.c_str()) > 0 || H5Aexists(object, (name + "0").c_str()) > 0;
  }

  /// A string attribute, or nothing if there is none.
  std::string text(hid_t object, const char* name) const {
    if (H5Aexists(object, name) <= 0) return "";
    const std::vector<std::string> values = strings(object, name);
    return values.empty() ? "" : values.front();
  }

  /// A list of names, which may be split into name0, name1, ...
  std::vector<std::string> names(hid_t object, const std::string& name) const {
    if (H5Aexists(object, name.c_str()) > 0) return strings(object, name);
    std::vector<std::string> all;
    for (int part = 0; H5Aexists(object, (name + std::to_string(part)).c_str()) > 0; ++part) {
      for (std::string& value : strings(object, name + std::to_string(part))) {
        all.push_back(std::move(value));
      }
    }
    return all;
  }

  std::vector<std::string> strings(hid_t object, const std::string& name) const {
    const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
    const Handle type(H5Aget_type(attribute.get()), H5Tclose);
    const Handle space(H5Aget_space(attribute.get()), H5Sclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (!attribute.valid() || !type.valid() || count < 0) {
      refuse("its attribute '" + name + "' is damaged");
    }
    if (count == 0) return {};  // Of whatever type: Keras writes doubles.
    if (H5Tget_class(type.get()) != H5T_STRING) {
      refuse("its attribute '" + name + "' is no text");
    }
    std::vector<std::string> values;
    if (H5Tis_variable_str(type.get()) > 0) {
      if (count > 1 << 20) refuse("its attribute '" + name + "' is too long");
      std::vector<char*> texts(static_cast<std::size_t>(count), nullptr);
      if (H5Aread(attribute.get(), type.get(), texts.data()) < 0) {
        refuse("its attribute '" + name + "' is damaged");
      }
      for (const char* one : texts) values.emplace_back(one == nullptr ? "" : one);
      H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, texts.data());
    } else {
      const std::size_t width = H5Tget_size(type.get());
      if (width == 0 || static_cast<std::size_t>(count) > kMostTextBytes / width) {
        refuse("its attribute '" + name + "' is too long");
      }
      std::string bytes(static_cast<std::size_t>(count) * width, '\0');
      if (H5Aread(attribute.get(), type.get(), bytes.data()) < 0) {
        refuse("its attribute '" + name + "' is damaged");
      }
      for (hssize_t i = 0; i < count; ++i) {
        const char* first = bytes.data() + static_cast<std::size_t>(i) * width;
        values.emplace_back(first, strnlen(first, width));
      }
    }
    for (const std::string& value : values) {
      if (value.size() > kMostTextBytes) refuse("its attribute '" + name + "' is too long");
    }
    return values;
  }

  std::vector<StoredLayer> layers(hid_t parent) const {
    std::vector<StoredLayer> all;
    for (const std::string& name : names(parent, "layer_names")) {
      StoredLayer layer{name, {}};
      const Handle group = open_group(parent, name);
      for (const std::string& weight : names(group.get(), "weight_names")) {
        layer.weights.push_back({weight, tensor(group.get(), weight)});
      }
      all.push_back(std::move(layer));
    }
    return all;
  }

  Tensor tensor(hid_t parent, const std::string& name) const {
    const Handle dataset(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset.valid()) refuse("it has no dataset '" + name + "'");
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space.get());
    if (rank < 0 || rank > 8) refuse("dataset '" + name + "' has no shape");
    std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
    std::size_t bytes = sizeof(float);
    for (const hsize_t extent : extents) {
      if (extent > 0 && bytes > most_tensor_bytes_ / extent) {
        refuse("dataset '" + name + "' claims to be larger than such a file can hold");
      }
      bytes *= extent;
    }
    Tensor value(Shape(extents.begin(), extents.end()));
    if (!value.empty() &&
        H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.data()) < 0) {
      refuse("dataset '" + name + "' is damaged");
    }
    return value;
  }

  /// A number that float32 may not hold exactly.
  double scalar(hid_t parent, const std::string& name) const {
    const Handle dataset(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose);
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    double value = 0.0;
    if (!dataset.valid() || H5Sget_simple_extent_npoints(space.get()) != 1 ||
        H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0) {
      refuse("dataset '" + name + "' is no number");
    }
    return value;
  }

  std::string path_;
  std::size_t most_tensor_bytes_ = 0;
  Handle file_;
};

}  // namespace

ModelContents read_h5(const std::string& path) {
  const Quiet quiet;
  return Reader(path).read();
}

}  // namespace folio::internal
