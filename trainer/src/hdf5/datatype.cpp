#include "datatype.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "a datatype";

Datatype::Kind float_kind(Cursor& cursor, std::size_t size) {
  cursor.skip(4);  // Bit offset and precision.
  const int exponent_at = cursor.u8();
  const int exponent_bits = cursor.u8();
  const int mantissa_at = cursor.u8();
  const int mantissa_bits = cursor.u8();
  const std::uint32_t bias = cursor.u32();
  const auto is = [&](std::size_t bytes, int mantissa, int exponent) {
    return size == bytes && mantissa_at == 0 && mantissa_bits == mantissa &&
           exponent_at == mantissa && exponent_bits == exponent &&
           bias == (1U << (exponent - 1)) - 1;
  };
  if (is(2, 10, 5) || is(4, 23, 8) || is(8, 52, 11)) return Datatype::Kind::kFloat;
  return is(2, 7, 8) ? Datatype::Kind::kBfloat16 : Datatype::Kind::kOther;
}

float half_to_float(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  float value = 0.0F;
  if (exponent == 31) {
    value = mantissa == 0 ? HUGE_VALF : std::nanf("");
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(mantissa), -24);
  } else {
    value = std::ldexp(static_cast<float>(mantissa | 1024), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

// The bytes of one element as an integer, in the order of this type.
std::uint64_t bits_of(const Datatype& type, const std::byte* element) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < type.size; ++i) {
    const std::size_t at = type.big_endian ? i : type.size - 1 - i;
    bits = bits << 8 | std::to_integer<std::uint64_t>(element[at]);
  }
  return bits;
}

template <typename Value>
Value to_number(const Datatype& type, std::uint64_t bits) {
  switch (type.kind) {
    case Datatype::Kind::kSigned: {
      const int unused = 64 - 8 * static_cast<int>(type.size);
      return static_cast<Value>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    case Datatype::Kind::kUnsigned:
      return static_cast<Value>(bits);
    case Datatype::Kind::kBfloat16:
      return static_cast<Value>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
    default:
      if (type.size == 2)
        return static_cast<Value>(half_to_float(static_cast<std::uint16_t>(bits)));
      if (type.size == 4) {
        return static_cast<Value>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      }
      return static_cast<Value>(std::bit_cast<double>(bits));
  }
}

template <typename Value>
void convert(const Datatype& type, Bytes bytes, std::span<Value> values) {
  if (!type.is_number()) damaged("a dataset holds no numbers");
  if (bytes.size() / type.size < values.size()) damaged("a dataset is cut off");
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = to_number<Value>(type, bits_of(type, bytes.data() + i * type.size));
  }
}

}  // namespace

Datatype parse_datatype(Bytes message) {
  Cursor cursor(message, kWhat);
  const std::uint8_t class_and_version = cursor.u8();
  const auto flags = static_cast<std::uint32_t>(cursor.integer(3));
  Datatype type{.size = cursor.u32()};
  constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  if (type.size == 0 || type.size > kMostBytes) damaged("a datatype has an impossible size");
  type.big_endian = (flags & 1) != 0;
  switch (class_and_version & 15) {
    case 0: {
      const bool whole = cursor.u16() == 0 && cursor.u16() == 8 * type.size;
      if (whole && (type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8)) {
        type.kind = (flags & 8) != 0 ? Datatype::Kind::kSigned : Datatype::Kind::kUnsigned;
      }
      break;
    }
    case 1:
      if ((flags & 0x40) == 0) type.kind = float_kind(cursor, type.size);  // Not the VAX order.
      break;
    case 3:
      type.kind = Datatype::Kind::kFixedString;
      break;
    case 5:
      // Opaque pairs of bytes are how NumPy's extension of bfloat16 comes out of h5py.
      if (type.size == 2) {
        type.kind = Datatype::Kind::kBfloat16;
        type.big_endian = false;
      }
      break;
    case 9:
      if ((flags & 15) == 1) type.kind = Datatype::Kind::kVariableString;
      break;
    default:
      break;
  }
  return type;
}

Dataspace parse_dataspace(const FileView& file, Bytes message) {
  Cursor cursor(message, "a dataspace");
  const std::uint8_t version = cursor.u8();
  if (version != 1 && version != 2) damaged("a dataspace has an unknown version");
  const std::uint8_t rank = cursor.u8();
  cursor.skip(1);  // Whether maximal extents follow.
  const std::uint8_t kind = cursor.u8();
  if (version == 1) cursor.skip(4);
  constexpr int kMostAxes = 8;
  constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;
  if (rank > kMostAxes) damaged("a dataspace has " + std::to_string(rank) + " axes");
  Dataspace space;
  for (int axis = 0; axis < rank; ++axis) {
    const std::uint64_t extent = file.length(cursor);
    if (extent > kMostElements / std::max<std::uint64_t>(1, space.count)) {
      damaged("a dataspace is larger than such a file can hold");
    }
    space.count *= extent;
    space.extents.push_back(extent);
  }
  if (version == 2 && kind == 2) space.count = 0;  // A null dataspace.
  return space;
}

void to_doubles(const Datatype& type, Bytes bytes, std::span<double> values) {
  convert(type, bytes, values);
}

bool is_native_float(const Datatype& type) {
  return type.kind == Datatype::Kind::kFloat && type.size == sizeof(float) &&
         type.big_endian == (std::endian::native == std::endian::big);
}

void to_floats(const Datatype& type, Bytes bytes, std::span<float> values) {
  if (!is_native_float(type)) return convert(type, bytes, values);
  if (bytes.size() / sizeof(float) < values.size()) damaged("a dataset is cut off");
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size_bytes());
}

}  // namespace folio::internal::hdf5
