/// Filters that chunks went through: deflate, shuffle and checksums.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "file_view.h"

struct libdeflate_decompressor;

namespace folio::internal::hdf5 {

class Filters {
 public:
  /// Errors  Error (kModel) for a filter that folio does not have.
  explicit Filters(Bytes message);

  /// The `size` bytes that became `stored`, whose elements are `element_size` bytes wide. Filters
  /// whose bit in `skipped` is set were not used. The result is valid until the next call.
  Bytes undo(Bytes stored, std::uint32_t skipped, std::size_t size, std::size_t element_size);

 private:
  void inflate(Bytes stored, std::size_t size);

  std::vector<std::uint16_t> kinds_;
  std::vector<std::byte> memory_;
  std::vector<std::byte> spare_;
  std::shared_ptr<libdeflate_decompressor> inflater_;
};

}  // namespace folio::internal::hdf5
