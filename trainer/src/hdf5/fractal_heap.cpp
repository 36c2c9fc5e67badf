#include "fractal_heap.h"

#include <algorithm>
#include <bit>

#include "btree_v2.h"

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "a fractal heap";

int log2_of(std::uint64_t power) { return std::countr_zero(power); }

}  // namespace

FractalHeap::FractalHeap(FileView& file, std::uint64_t address) : file_(file) {
  Cursor cursor(file.from(address, kWhat), kWhat);
  cursor.expect("FRHP");
  if (cursor.u8() != 0) damaged("a fractal heap has an unknown version");
  cursor.skip(2);
  if (cursor.u16() != 0) unsupported("a compressed fractal heap");
  cursor.skip(1);
  const std::uint32_t most_managed = cursor.u32();
  static_cast<void>(file.length(cursor));
  huge_tree_ = file.address(cursor);
  static_cast<void>(file.length(cursor));
  static_cast<void>(file.address(cursor));
  for (int i = 0; i < 8; ++i) static_cast<void>(file.length(cursor));  // Statistics.
  width_ = cursor.u16();
  first_size_ = file.length(cursor);
  const std::uint64_t most_direct = file.length(cursor);
  const int heap_bits = cursor.u16();
  cursor.skip(2);
  const std::uint64_t root = file.address(cursor);
  const std::uint64_t rows = cursor.u16();
  if (!std::has_single_bit(width_) || !std::has_single_bit(first_size_) ||
      !std::has_single_bit(most_direct) || most_direct < first_size_ ||
      most_direct > std::uint64_t{1} << 32 || heap_bits < 8 || heap_bits > 64 ||
      most_managed == 0) {
    damaged("a fractal heap has impossible sizes");
  }
  offset_width_ = (heap_bits + 7) / 8;
  length_width_ = std::min((log2_of(most_direct) + 7) / 8,
                           static_cast<int>(std::bit_width(most_managed) - 1) / 8 + 1);
  direct_rows_ = static_cast<std::uint64_t>(log2_of(most_direct) - log2_of(first_size_)) + 2;
  if (file.undefined(root)) return;
  if (rows == 0) {
    blocks_[0] = {root, first_size_};
  } else {
    read_blocks(root, 0, rows);
  }
}

// An indirect block: the addresses of its rows of direct blocks, then of further indirect ones.
void FractalHeap::read_blocks(std::uint64_t address, std::uint64_t offset, std::uint64_t rows) {
  constexpr std::uint64_t kMostRows = 64;
  if (rows > kMostRows) damaged("a fractal heap has impossible sizes");
  Cursor cursor(file_.from(address, kWhat), kWhat);
  cursor.expect("FHIB");
  cursor.skip(1);
  static_cast<void>(file_.address(cursor));
  cursor.skip(static_cast<std::uint64_t>(offset_width_));
  file_.charge(rows * width_ * 16);
  for (std::uint64_t row = 0; row < rows; ++row) {
    const int doublings = row < 2 ? 0 : static_cast<int>(row) - 1;
    if (std::bit_width(first_size_) + doublings > 60) damaged("a fractal heap is too large");
    const std::uint64_t size = first_size_ << doublings;
    for (std::uint64_t i = 0; i < width_; ++i, offset += size) {
      const std::uint64_t child = file_.address(cursor);
      if (file_.undefined(child)) continue;
      if (row < direct_rows_) {
        blocks_[offset] = {child, size};
        continue;
      }
      const int child_rows = log2_of(size) - log2_of(first_size_ * width_) + 1;
      // Fewer rows than here, so this ends.
      if (child_rows <= 0 || static_cast<std::uint64_t>(child_rows) >= rows) {
        damaged("a fractal heap has impossible sizes");
      }
      read_blocks(child, offset, static_cast<std::uint64_t>(child_rows));
    }
  }
}

void FractalHeap::read_huge() {
  huge_read_ = true;
  if (file_.undefined(huge_tree_)) return;
  for (const Bytes record : read_btree_v2(file_, huge_tree_)) {
    Cursor cursor(record, kWhat);
    const std::uint64_t address = file_.address(cursor);
    const std::uint64_t length = file_.length(cursor);
    const std::uint64_t number = file_.length(cursor);
    huge_[number] = file_.at(address, length, kWhat);
  }
}

Bytes FractalHeap::object(Bytes identifier) {
  Cursor cursor(identifier, kWhat);
  const int kind = cursor.u8() >> 4 & 3;
  enum { kManaged, kHuge };
  if (kind == kHuge) {
    if (!huge_read_) read_huge();
    const auto found = huge_.find(
        cursor.integer(std::min(static_cast<int>(cursor.remaining()), file_.length_width())));
    if (found == huge_.end()) damaged("an object is missing from a fractal heap");
    file_.charge(found->second.size());
    return found->second;
  }
  if (kind != kManaged) unsupported("tiny objects of a fractal heap");
  const std::uint64_t offset = cursor.integer(offset_width_);
  const std::uint64_t length = cursor.integer(length_width_);
  auto block = blocks_.upper_bound(offset);
  if (block == blocks_.begin()) damaged("an object is missing from a fractal heap");
  --block;
  const std::uint64_t within = offset - block->first;
  if (within > block->second.size || length > block->second.size - within) {
    damaged("an object is missing from a fractal heap");
  }
  return file_.at(block->second.address + within, length, kWhat);
}

}  // namespace folio::internal::hdf5
