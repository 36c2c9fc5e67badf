#include "dense_storage.h"

#include "btree_v2.h"
#include "fractal_heap.h"

namespace folio::internal::hdf5 {

std::vector<Bytes> read_dense_storage(FileView& file, std::uint64_t heap, std::uint64_t tree,
                                      std::size_t identifier_at, std::size_t after) {
  FractalHeap objects(file, heap);
  std::vector<Bytes> messages;
  for (const Bytes record : read_btree_v2(file, tree)) {
    if (record.size() <= identifier_at + after) damaged("the index of dense storage");
    messages.push_back(
        objects.object(record.subspan(identifier_at, record.size() - identifier_at - after)));
  }
  return messages;
}

}  // namespace folio::internal::hdf5
