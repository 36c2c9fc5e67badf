/// What HDF5 files are written with: a file in memory, and Keras' ways of storing things in it.
#pragma once
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "handle.h"

namespace folio::internal::hdf5 {

/// libhdf5 may not be used by two threads at once: whoever writes a file holds this meanwhile.
std::mutex& library_mutex();

/// A new file in memory, because HDF5 1.10 crashes when a disk fills up under it.
Handle new_file();

/// The bytes of a file, with its checksum.
std::vector<std::byte> finish(const Handle& file);

/// Names such as `conv2d/kernel` make the groups on their way.
Handle group(hid_t parent, const std::string& name);

/// A variable-length UTF-8 string, as h5py writes a Python string.
void string_attribute(hid_t object, const char* name, const std::string& value);

/// A list of names as Keras stores it: an empty one is an array of no doubles, a long one is split
/// into name0, name1, ...
void name_list(hid_t object, const std::string& name, const std::vector<std::string>& values);

/// `values` may be null where there are none.
void dataset(hid_t parent, const std::string& name, hid_t file_type, hid_t memory_type,
             const std::vector<hsize_t>& extents, const void* values);

}  // namespace folio::internal::hdf5
