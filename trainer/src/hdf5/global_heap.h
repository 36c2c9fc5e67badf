/// GlobalHeap: where variable-length strings lie.
#pragma once
#include <cstdint>
#include <map>

#include "file_view.h"

namespace folio::internal::hdf5 {

class GlobalHeap {
 public:
  explicit GlobalHeap(FileView& file) : file_(file) {}

  /// The bytes of one object of a collection.
  [[nodiscard]] Bytes object(std::uint64_t collection, std::uint32_t index);

 private:
  using Collection = std::map<std::uint32_t, Bytes>;
  Collection read(std::uint64_t address);

  FileView& file_;
  std::map<std::uint64_t, Collection> collections_;
};

}  // namespace folio::internal::hdf5
