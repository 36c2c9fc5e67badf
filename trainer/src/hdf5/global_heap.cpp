#include "global_heap.h"

#include <algorithm>

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "a global heap";

}  // namespace

Bytes GlobalHeap::object(std::uint64_t collection, std::uint32_t index) {
  auto found = collections_.find(collection);
  if (found == collections_.end()) {
    found = collections_.emplace(collection, read(collection)).first;
  }
  const auto object = found->second.find(index);
  if (object == found->second.end()) damaged("a string is missing from its heap");
  file_.charge(object->second.size());
  return object->second;
}

GlobalHeap::Collection GlobalHeap::read(std::uint64_t address) {
  Cursor prefix(file_.from(address, kWhat), kWhat);
  prefix.expect("GCOL");
  if (prefix.u8() != 1) damaged("a global heap has an unknown version");
  prefix.skip(3);
  const std::uint64_t size = file_.length(prefix);
  Cursor cursor(file_.at(address, size, kWhat), kWhat);
  cursor.skip(std::min<std::uint64_t>(size, 8 + static_cast<std::uint64_t>(file_.length_width())));
  Collection collection;
  while (cursor.remaining() >= 8 + static_cast<std::size_t>(file_.length_width())) {
    const std::uint16_t index = cursor.u16();
    if (index == 0) break;  // What follows is free.
    cursor.skip(6);
    const std::uint64_t length = file_.length(cursor);
    collection[index] = cursor.take(length);
    if (cursor.remaining() > 0) cursor.align();
  }
  return collection;
}

}  // namespace folio::internal::hdf5
