/// A number as IDX files have it.
#pragma once
#include <string>

namespace folio::test {

inline std::string big_endian(unsigned value) {
  return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U),
          static_cast<char>(value >> 8U), static_cast<char>(value)};
}

}  // namespace folio::test
