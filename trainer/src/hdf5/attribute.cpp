#include "attribute.h"

#include <algorithm>

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "an attribute";

std::string to_text(Bytes bytes) {
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  return {first, std::find(first, first + bytes.size(), '\0')};
}

}  // namespace

Attribute parse_attribute(const FileView& file, Bytes message) {
  Cursor cursor(message, kWhat);
  const std::uint8_t version = cursor.u8();
  if (version < 1 || version > 3) damaged("an attribute has an unknown version");
  const std::uint8_t flags = cursor.u8();
  if (version > 1 && (flags & 3) != 0) unsupported("shared datatypes of HDF5");
  const std::uint16_t name_size = cursor.u16();
  const std::uint16_t type_size = cursor.u16();
  const std::uint16_t space_size = cursor.u16();
  if (version == 3) cursor.skip(1);  // ASCII or UTF-8: the same to us.
  const auto piece = [&](std::uint16_t size) {
    const Bytes bytes = cursor.take(size);
    if (version == 1) cursor.align();
    return bytes;
  };
  Attribute attribute;
  attribute.name = to_text(piece(name_size));
  attribute.type = parse_datatype(piece(type_size));
  attribute.space = parse_dataspace(file, piece(space_size));
  const std::uint64_t count = attribute.space.count;
  if (count > cursor.remaining() / attribute.type.size) {
    damaged("attribute '" + attribute.name + "' is cut off");
  }
  attribute.data = cursor.take(count * attribute.type.size);
  return attribute;
}

std::vector<std::string> strings_of(const Attribute& attribute, FileView& file, GlobalHeap& heap) {
  if (attribute.space.count == 0) return {};
  if (!attribute.type.is_text()) damaged("attribute '" + attribute.name + "' is no text");
  std::vector<std::string> values;
  Cursor cursor(attribute.data, kWhat);
  for (std::uint64_t i = 0; i < attribute.space.count; ++i) {
    Cursor element(cursor.take(attribute.type.size), kWhat);
    if (attribute.type.kind == Datatype::Kind::kFixedString) {
      values.push_back(to_text(element.take(attribute.type.size)));
      continue;
    }
    const std::uint32_t length = element.u32();
    const std::uint64_t collection = file.address(element);
    const std::uint32_t index = element.u32();
    if (length == 0) {  // An empty string has no object.
      values.emplace_back();
      continue;
    }
    const Bytes object = heap.object(collection, index);
    if (length > object.size()) damaged("attribute '" + attribute.name + "' is cut off");
    values.push_back(to_text(object.first(length)));
  }
  return values;
}

}  // namespace folio::internal::hdf5
