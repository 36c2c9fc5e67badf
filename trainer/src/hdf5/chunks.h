/// Datasets in chunks, which may be compressed.
#pragma once
#include <cstdint>
#include <vector>

#include "dataset.h"
#include "file_view.h"

namespace folio::internal::hdf5 {

/// Puts the chunks below a B-tree in their places, in `memory`. `layout` stands before the extents
/// of a chunk; `rank` counts them, the size of an element included.
Bytes read_chunks(FileView& file, const Dataset& dataset, std::uint64_t tree, int rank,
                  Cursor& layout, std::vector<std::byte>& memory);

}  // namespace folio::internal::hdf5
