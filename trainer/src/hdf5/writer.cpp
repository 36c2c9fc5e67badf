#include "writer.h"

#include <folio/datasets/error.h>

#include <algorithm>

#include "checksum.h"

namespace folio::internal::hdf5 {
namespace {

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
  fixed(kFormatAttribute, "1");
  fixed(kChecksumAttribute, std::string(kChecksumSize, '0'));
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

}  // namespace

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

Handle new_file() {
  const Handle access(check(H5Pcreate(H5P_FILE_ACCESS), "property list"), H5Pclose);
  constexpr std::size_t kGrowth = 1 << 20;
  H5Pset_fapl_core(access.get(), kGrowth, 0);
  return {check(H5Fcreate("model", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "file"), H5Fclose};
}

std::vector<std::byte> finish(const Handle& file) {
  checksum_attributes(file.get());
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0) {
    throw Error(ErrorKind::kIo, "HDF5 cannot finish the file");
  }
  const ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  if (size < 0) throw Error(ErrorKind::kIo, "HDF5 cannot finish the file");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  H5Fget_file_image(file.get(), bytes.data(), bytes.size());
  stamp_checksum(bytes);
  return bytes;
}

Handle group(hid_t parent, const std::string& name) {
  const Handle link(check(H5Pcreate(H5P_LINK_CREATE), "property list"), H5Pclose);
  H5Pset_create_intermediate_group(link.get(), 1);
  return {check(H5Gcreate2(parent, name.c_str(), link.get(), H5P_DEFAULT, H5P_DEFAULT), "group"),
          H5Gclose};
}

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

}  // namespace folio::internal::hdf5
