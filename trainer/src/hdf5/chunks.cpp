#include "chunks.h"

#include <algorithm>
#include <cstring>

#include "filters.h"

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "the index of a dataset's chunks";
using Extents = std::vector<std::uint64_t>;

class ChunkReader {
 public:
  ChunkReader(FileView& file, const Dataset& dataset, Extents chunk, std::vector<std::byte>& memory)
      : file_(file),
        extents_(dataset.space.extents),
        chunk_(std::move(chunk)),
        element_(dataset.type.size),
        filters_(dataset.filters),
        memory_(memory) {
    chunk_bytes_ = element_;
    for (const std::uint64_t extent : chunk_) {
      // A chunk is filled up at the edges of its dataset, so it can be somewhat larger than that.
      constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
      if (extent == 0 || chunk_bytes_ > kMostBytes / extent) damaged("a chunk has no size");
      chunk_bytes_ *= extent;
    }
  }

  void read_tree(std::uint64_t address, int most_level) {
    Cursor cursor(file_.from(address, kWhat), kWhat);
    cursor.expect("TREE");
    if (cursor.u8() != 1) damaged("a dataset has a B-tree of another kind");
    const int level = cursor.u8();
    if (level > most_level) damaged("a B-tree is too deep");
    const std::uint16_t count = cursor.u16();
    file_.charge(32 + std::uint64_t{count} * 32);
    static_cast<void>(file_.address(cursor));
    static_cast<void>(file_.address(cursor));
    for (int i = 0; i < count; ++i) {
      const std::uint32_t stored = cursor.u32();
      const std::uint32_t skipped = cursor.u32();
      Extents offset;
      for (std::size_t axis = 0; axis < chunk_.size(); ++axis) {
        offset.push_back(cursor.integer(8));
      }
      cursor.skip(8);  // The offset within an element.
      const std::uint64_t child = file_.address(cursor);
      if (level > 0) {
        read_tree(child, level - 1);
      } else {
        read_chunk(child, stored, skipped, offset);
      }
    }
  }

 private:
  void read_chunk(std::uint64_t address, std::uint32_t stored, std::uint32_t skipped,
                  const Extents& offset) {
    file_.charge(chunk_bytes_);
    const Bytes bytes = filters_.undo(file_.at(address, stored, "a chunk"), skipped,
                                      static_cast<std::size_t>(chunk_bytes_), element_);
    for (std::size_t axis = 0; axis < chunk_.size(); ++axis) {
      if (offset[axis] >= extents_[axis]) damaged("a chunk lies outside its dataset");
    }
    place(bytes, offset, 0, 0, 0);
  }

  // Copies rows of the last axis; `from` and `to` count elements of chunk and dataset.
  void place(Bytes bytes, const Extents& offset, std::size_t axis, std::uint64_t from,
             std::uint64_t to) {
    const std::uint64_t length = std::min(chunk_[axis], extents_[axis] - offset[axis]);
    if (axis + 1 == chunk_.size()) {
      file_.charge(32);  // Rows may be as short as one element.
      const std::uint64_t first = to * extents_[axis] + offset[axis];
      std::memcpy(memory_.data() + first * element_, bytes.data() + from * chunk_[axis] * element_,
                  length * element_);
      return;
    }
    for (std::uint64_t i = 0; i < length; ++i) {
      place(bytes, offset, axis + 1, from * chunk_[axis] + i,
            to * extents_[axis] + offset[axis] + i);
    }
  }

  FileView& file_;
  const Extents& extents_;
  Extents chunk_;
  std::size_t element_;
  Filters filters_;
  std::vector<std::byte>& memory_;
  std::uint64_t chunk_bytes_ = 0;
};

}  // namespace

Bytes read_chunks(FileView& file, const Dataset& dataset, std::uint64_t tree, int rank,
                  Cursor& layout, std::vector<std::byte>& memory) {
  const std::size_t axes = dataset.space.extents.size();
  if (axes == 0 || static_cast<std::size_t>(rank) != axes + 1) {
    damaged("a dataset's chunks have other axes than itself");
  }
  Extents chunk;
  for (std::size_t axis = 0; axis < axes; ++axis) chunk.push_back(layout.u32());
  constexpr int kMostLevels = 32;
  const std::uint64_t size = dataset.space.count * dataset.type.size;
  file.charge(size);
  ChunkReader reader(file, dataset, std::move(chunk), memory);
  memory.assign(static_cast<std::size_t>(size), std::byte{0});
  reader.read_tree(tree, kMostLevels);
  return memory;
}

}  // namespace folio::internal::hdf5
