#include "filters.h"

#include <libdeflate.h>

namespace folio::internal::hdf5 {
namespace {

enum : std::uint16_t { kDeflate = 1, kShuffle = 2, kFletcher32 = 3 };

// Shuffled: all first bytes of the elements, then all second bytes, and so on.
void unshuffle(Bytes stored, std::vector<std::byte>& out, std::size_t element_size) {
  const std::size_t count = stored.size() / element_size;
  out.assign(stored.begin(), stored.end());  // What is left over stays in place.
  for (std::size_t byte = 0; byte < element_size; ++byte) {
    for (std::size_t i = 0; i < count; ++i) {
      out[i * element_size + byte] = stored[byte * count + i];
    }
  }
}

}  // namespace

Filters::Filters(Bytes message) {
  if (message.empty()) return;
  Cursor cursor(message, "a filter pipeline");
  const std::uint8_t version = cursor.u8();
  if (version != 1 && version != 2) damaged("a filter pipeline has an unknown version");
  const std::uint8_t count = cursor.u8();
  if (version == 1) cursor.skip(6);
  for (int i = 0; i < count; ++i) {
    const std::uint16_t kind = cursor.u16();
    const std::uint16_t name_length = version == 1 || kind >= 256 ? cursor.u16() : std::uint16_t{0};
    cursor.skip(2);
    const std::uint16_t values = cursor.u16();
    cursor.skip(version == 1 ? (name_length + 7U) / 8 * 8 : name_length);
    cursor.skip(4ULL * values + (version == 1 && values % 2 == 1 ? 4 : 0));
    if (kind != kDeflate && kind != kShuffle && kind != kFletcher32) {
      unsupported("the HDF5 filter number " + std::to_string(kind));
    }
    kinds_.push_back(kind);
  }
}

Bytes Filters::undo(Bytes stored, std::uint32_t skipped, std::size_t size,
                    std::size_t element_size) {
  Bytes current = stored;
  for (std::size_t i = kinds_.size(); i-- > 0;) {
    if (i < 32 && (skipped >> i & 1) != 0) continue;
    if (kinds_[i] == kFletcher32) {
      if (current.size() < 4) damaged("a chunk is cut off");
      current = current.first(current.size() - 4);
      continue;
    }
    if (kinds_[i] == kDeflate) {
      inflate(current, size + 4);  // A checksum may be inside.
    } else {
      unshuffle(current, spare_, element_size);
    }
    memory_.swap(spare_);
    current = memory_;
  }
  if (current.size() < size) damaged("a chunk is cut off");
  return current.first(size);
}

void Filters::inflate(Bytes stored, std::size_t size) {
  if (!inflater_) inflater_.reset(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  spare_.resize(size);
  std::size_t length = 0;
  if (!inflater_ ||
      libdeflate_zlib_decompress(inflater_.get(), stored.data(), stored.size(), spare_.data(), size,
                                 &length) != LIBDEFLATE_SUCCESS) {
    damaged("a compressed chunk");
  }
  spare_.resize(length);
}

}  // namespace folio::internal::hdf5
