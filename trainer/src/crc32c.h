/// CRC-32C (Castagnoli), the checksum of checkpoints and of TensorBoard's records.
#pragma once
#include <cstddef>
#include <cstdint>

#include <boost/crc.hpp>

namespace folio::internal {

/// A checksum that grows with the bytes it is given; finds every change of up to 32 bits in a row.
class Crc32c {
 public:
  void add(const void* bytes, std::size_t count) { crc_.process_bytes(bytes, count); }
  [[nodiscard]] std::uint32_t value() const { return crc_.checksum(); }

 private:
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc_;
};

inline std::uint32_t crc32c(const void* bytes, std::size_t count) {
  Crc32c crc;
  crc.add(bytes, count);
  return crc.value();
}

}  // namespace folio::internal
