/// FractalHeap: dense storage, where a group or dataset keeps many links or attributes.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "file_view.h"

namespace folio::internal::hdf5 {

class FractalHeap {
 public:
  FractalHeap(FileView& file, std::uint64_t address);

  /// The object that an identifier stands for.
  [[nodiscard]] Bytes object(Bytes identifier);

 private:
  struct Block {
    std::uint64_t address;
    std::uint64_t size;
  };
  void read_blocks(std::uint64_t address, std::uint64_t offset, std::uint64_t rows);
  void read_huge();

  FileView& file_;
  int offset_width_ = 0;
  int length_width_ = 0;
  std::uint64_t huge_tree_ = 0;
  std::uint64_t width_ = 0;        ///< Blocks in a row.
  std::uint64_t first_size_ = 0;   ///< Of the blocks of the first two rows; then it doubles.
  std::uint64_t direct_rows_ = 0;  ///< Later rows are blocks of pointers again.
  std::map<std::uint64_t, Block> blocks_;  ///< By their offset in the heap.
  bool huge_read_ = false;
  std::map<std::uint64_t, Bytes> huge_;
};

}  // namespace folio::internal::hdf5
