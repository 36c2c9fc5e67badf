/// Datatype and Dataspace: what the elements of an array are, and how many.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "file_view.h"

namespace folio::internal::hdf5 {

/// A type of element, of those that models contain.
struct Datatype {
  enum class Kind { kSigned, kUnsigned, kFloat, kBfloat16, kFixedString, kVariableString, kOther };
  Kind kind = Kind::kOther;
  std::size_t size = 0;  ///< Bytes of an element.
  bool big_endian = false;

  [[nodiscard]] bool is_number() const { return kind <= Kind::kBfloat16; }
  [[nodiscard]] bool is_text() const {
    return kind == Kind::kFixedString || kind == Kind::kVariableString;
  }
};

Datatype parse_datatype(Bytes message);

/// Extents, outermost first; none for a scalar.
struct Dataspace {
  std::vector<std::uint64_t> extents;
  std::uint64_t count = 1;  ///< Of elements; at most 2^40.
};

Dataspace parse_dataspace(const FileView& file, Bytes message);

/// `count` elements as doubles or as floats, whatever the file has.
///
/// Errors  Error (kModel) if the type is no number; `bytes` must hold count elements.
void to_doubles(const Datatype& type, Bytes bytes, std::span<double> values);
/// Whether the bytes of elements are float values as they stand.
bool is_native_float(const Datatype& type);
void to_floats(const Datatype& type, Bytes bytes, std::span<float> values);

}  // namespace folio::internal::hdf5
