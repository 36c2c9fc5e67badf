/// Dense storage: messages of a group or dataset that are too many for its object header.
#pragma once
#include <cstdint>
#include <vector>

#include "file_view.h"

namespace folio::internal::hdf5 {

/// The bodies of the messages in a fractal heap whose index by name is `tree`. An identifier stands
/// `identifier_at` bytes into each record of the index, followed by `after` others.
std::vector<Bytes> read_dense_storage(FileView& file, std::uint64_t heap, std::uint64_t tree,
                                      std::size_t identifier_at, std::size_t after);

}  // namespace folio::internal::hdf5
