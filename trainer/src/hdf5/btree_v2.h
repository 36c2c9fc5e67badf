/// B-trees of version 2, which index the dense storage of links and attributes.
#pragma once
#include <cstdint>
#include <vector>

#include "file_view.h"

namespace folio::internal::hdf5 {

/// All records of a tree, in order.
std::vector<Bytes> read_btree_v2(FileView& file, std::uint64_t address);

}  // namespace folio::internal::hdf5
