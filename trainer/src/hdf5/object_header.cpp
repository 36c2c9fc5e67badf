#include "object_header.h"

#include <deque>

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "an object header";
constexpr std::uint64_t kShared = 0x02;

class HeaderReader {
 public:
  explicit HeaderReader(FileView& file) : file_(file) {}

  std::vector<Message> read(std::uint64_t address) {
    const Bytes start = file_.from(address, kWhat);
    if (!start.empty() && std::to_integer<char>(start.front()) == 'O') {
      read_version_2(start);
    } else {
      read_version_1(start);
    }
    return std::move(messages_);
  }

 private:
  void read_version_1(Bytes start) {
    Cursor prefix(start, kWhat);
    if (prefix.u8() != 1) damaged("an object header has an unknown version");
    prefix.skip(1);
    std::size_t left = prefix.u16();
    prefix.skip(4);
    const std::uint32_t size = prefix.u32();
    prefix.skip(4);
    file_.charge(size + 16ULL);
    blocks_.push_back(prefix.take(size));
    for (; !blocks_.empty(); blocks_.pop_front()) {
      Cursor block(blocks_.front(), kWhat);
      for (; left > 0 && block.remaining() >= 8; --left) {
        const std::uint16_t type = block.u16();
        const std::uint16_t length = block.u16();
        const std::uint8_t flags = block.u8();
        block.skip(3);
        add(type, flags, block.take(length));
      }
    }
  }

  void read_version_2(Bytes start) {
    Cursor prefix(start, kWhat);
    prefix.expect("OHDR");
    if (prefix.u8() != 2) damaged("an object header has an unknown version");
    const std::uint8_t flags = prefix.u8();
    if ((flags & 0x20) != 0) prefix.skip(16);  // Times.
    if ((flags & 0x10) != 0) prefix.skip(4);   // When attributes move to dense storage.
    const std::uint64_t size = prefix.integer(1 << (flags & 3));
    file_.charge(size);
    blocks_.push_back(prefix.take(size));
    const bool numbered = (flags & 0x04) != 0;
    version_2_ = true;
    for (; !blocks_.empty(); blocks_.pop_front()) {
      Cursor block(blocks_.front(), kWhat);
      while (block.remaining() >= (numbered ? 6U : 4U)) {
        const std::uint8_t type = block.u8();
        const std::uint16_t length = block.u16();
        const std::uint8_t message_flags = block.u8();
        if (numbered) block.skip(2);
        add(type, message_flags, block.take(length));
      }
    }
  }

  void add(std::uint16_t type, std::uint8_t flags, Bytes body) {
    const auto kind = static_cast<MessageType>(type);
    if (kind == MessageType::kContinuation) return add_block(body);
    const bool needed = kind == MessageType::kDatatype || kind == MessageType::kDataspace ||
                        kind == MessageType::kFilterPipeline || kind == MessageType::kAttribute;
    if ((flags & kShared) != 0 && needed) unsupported("shared messages of HDF5");
    file_.charge(sizeof(Message));
    messages_.push_back({kind, body});
  }

  // The budget bounds the number of blocks: each costs at least one byte.
  void add_block(Bytes body) {
    Cursor cursor(body, kWhat);
    const std::uint64_t address = file_.address(cursor);
    const std::uint64_t length = file_.length(cursor);
    Bytes block = file_.at(address, length, "the continuation of an object header");
    file_.charge(64);
    if (version_2_) {
      Cursor signed_block(block, kWhat);
      signed_block.expect("OCHK");
      if (signed_block.remaining() < 4) damaged("an object header is cut off");
      block = signed_block.take(signed_block.remaining() - 4);  // The rest is a checksum.
    }
    blocks_.push_back(block);
  }

  FileView& file_;
  std::vector<Message> messages_;
  std::deque<Bytes> blocks_;
  bool version_2_ = false;
};

}  // namespace

std::vector<Message> read_object_header(FileView& file, std::uint64_t address) {
  return HeaderReader(file).read(address);
}

}  // namespace folio::internal::hdf5
