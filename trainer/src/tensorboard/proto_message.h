/// ProtoMessage: a protobuf message, written field by field.
#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace folio::internal {

/// The wire format of the few kinds of fields that TensorBoard's records have.
///
/// Source  protobuf.dev/programming-guides/encoding
class ProtoMessage {
 public:
  void put(int field, std::int64_t number) {
    key(field, kVarint);
    varint(static_cast<std::uint64_t>(number));
  }
  void put(int field, float number) {
    key(field, kFixed32);
    raw(&number, sizeof number);
  }
  void put(int field, double number) {
    key(field, kFixed64);
    raw(&number, sizeof number);
  }
  void put(int field, const std::string& text) {
    key(field, kLengthDelimited);
    varint(text.size());
    bytes_ += text;
  }
  void put(int field, const ProtoMessage& message) { put(field, message.bytes_); }
  void put(int field, std::span<const double> numbers) {
    key(field, kLengthDelimited);
    varint(numbers.size_bytes());
    raw(numbers.data(), numbers.size_bytes());
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };
  void key(int field, WireType type) { varint(static_cast<std::uint64_t>(field) << 3 | type); }
  void varint(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_ += static_cast<char>(number | 0x80);
    bytes_ += static_cast<char>(number);
  }
  void raw(const void* data, std::size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
  }

  std::string bytes_;
};

}  // namespace folio::internal
