/// FileView and Cursor: an HDF5 file in memory, read within bounds.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace folio::internal::hdf5 {

using Bytes = std::span<const std::byte>;

/// Throws Error (kModel): the file contradicts itself at `what`.
[[noreturn]] void damaged(const std::string& what);
/// Throws Error (kModel): the file uses a feature of HDF5 that models do not need.
[[noreturn]] void unsupported(const std::string& what);

/// Reads little-endian numbers from front to back. Every read is checked against the end.
class Cursor {
 public:
  /// `what` names the structure in messages; it must outlive the cursor.
  Cursor(Bytes bytes, const char* what) : bytes_(bytes), what_(what) {}

  [[nodiscard]] std::uint64_t integer(int size);
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  [[nodiscard]] Bytes take(std::uint64_t length);
  void skip(std::uint64_t length) { static_cast<void>(take(length)); }
  /// Skips what fills the structure up to a multiple of 8, counted from its start.
  void align();
  /// Refuses the file if the next bytes are not these.
  void expect(std::string_view signature);

  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

 private:
  Bytes bytes_;
  std::size_t position_ = 0;
  const char* what_;
};

/// The whole file and how wide its addresses are.
///
/// Every structure that is visited pays for its bytes, and the sum is limited in proportion to the
/// file: however its pieces point at each other, reading ends, in time linear in its size.
class FileView {
 public:
  explicit FileView(Bytes bytes);

  void set_widths(int address, int length);
  [[nodiscard]] std::uint64_t address(Cursor& cursor) const;
  [[nodiscard]] std::uint64_t length(Cursor& cursor) const;
  /// Whether an address stands for "nowhere".
  [[nodiscard]] bool undefined(std::uint64_t address) const { return address == undefined_; }
  [[nodiscard]] int address_width() const { return address_width_; }
  [[nodiscard]] int length_width() const { return length_width_; }

  /// A piece of the file. Errors: Error (kModel) naming `what` if it does not lie inside.
  [[nodiscard]] Bytes at(std::uint64_t address, std::uint64_t length, const char* what);
  /// From an address to the end of the file, free of charge.
  [[nodiscard]] Bytes from(std::uint64_t address, const char* what) const;
  /// Pays for `bytes` of work.
  void charge(std::uint64_t bytes);

  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  int address_width_ = 8;
  int length_width_ = 8;
  std::uint64_t undefined_ = ~std::uint64_t{0};
  std::uint64_t budget_;
};

}  // namespace folio::internal::hdf5
