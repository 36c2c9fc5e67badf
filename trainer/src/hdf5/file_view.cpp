#include "file_view.h"

#include <folio/datasets/error.h>

namespace folio::internal::hdf5 {

void damaged(const std::string& what) {
  throw Error(ErrorKind::kModel, "it is damaged or truncated (" + what + ")");
}

void unsupported(const std::string& what) {
  throw Error(ErrorKind::kModel, "it uses " + what + ", which folio does not read");
}

std::uint64_t Cursor::integer(int size) {
  std::uint64_t value = 0;
  int shift = 0;
  for (const std::byte byte : take(static_cast<std::uint64_t>(size))) {
    value |= std::to_integer<std::uint64_t>(byte) << shift;
    shift += 8;
  }
  return value;
}

Bytes Cursor::take(std::uint64_t length) {
  if (length > remaining()) damaged(std::string(what_) + " is cut off");
  const Bytes taken = bytes_.subspan(position_, static_cast<std::size_t>(length));
  position_ += static_cast<std::size_t>(length);
  return taken;
}

void Cursor::align() { skip((8 - position_ % 8) % 8); }

void Cursor::expect(std::string_view signature) {
  const Bytes found = take(signature.size());
  for (std::size_t i = 0; i < signature.size(); ++i) {
    if (std::to_integer<char>(found[i]) != signature[i]) {
      damaged(std::string(what_) + " has a wrong signature");
    }
  }
}

FileView::FileView(Bytes bytes)
    : bytes_(bytes), budget_((std::uint64_t{64} << 20) + 16 * std::uint64_t{bytes.size()}) {}

void FileView::set_widths(int address, int length) {
  for (const int width : {address, length}) {
    if (width != 2 && width != 4 && width != 8) damaged("its addresses have no known width");
  }
  address_width_ = address;
  length_width_ = length;
  undefined_ = address == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * address)) - 1;
}

std::uint64_t FileView::address(Cursor& cursor) const { return cursor.integer(address_width_); }

std::uint64_t FileView::length(Cursor& cursor) const { return cursor.integer(length_width_); }

Bytes FileView::at(std::uint64_t address, std::uint64_t length, const char* what) {
  const Bytes rest = from(address, what);
  if (length > rest.size()) damaged(std::string(what) + " reaches beyond the end of the file");
  charge(length);
  return rest.first(static_cast<std::size_t>(length));
}

Bytes FileView::from(std::uint64_t address, const char* what) const {
  if (address >= bytes_.size()) damaged(std::string(what) + " lies outside the file");
  return bytes_.subspan(static_cast<std::size_t>(address));
}

void FileView::charge(std::uint64_t bytes) {
  if (bytes > budget_) damaged("its contents are out of all proportion to its size");
  budget_ -= bytes;
}

}  // namespace folio::internal::hdf5
