#include "btree_v2.h"

#include <algorithm>
#include <bit>

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "a B-tree";

// Bytes that HDF5 spends on a number that is at most `most`.
int width_of(std::uint64_t most) { return (std::bit_width(most | 1) - 1) / 8 + 1; }

class TreeReader {
 public:
  explicit TreeReader(FileView& file) : file_(file) {}

  std::vector<Bytes> read(std::uint64_t address) {
    Cursor header(file_.from(address, kWhat), kWhat);
    header.expect("BTHD");
    header.skip(2);
    node_size_ = header.u32();
    record_size_ = header.u16();
    const std::uint16_t depth = header.u16();
    header.skip(2);
    const std::uint64_t root = file_.address(header);
    const std::uint16_t count = header.u16();
    constexpr int kMostLevels = 16;
    if (node_size_ < 64 || record_size_ == 0 || record_size_ > node_size_ || depth > kMostLevels) {
      damaged("a B-tree has impossible sizes");
    }
    plan_levels(depth);
    if (count > 0) read_node(root, count, depth);
    return std::move(records_);
  }

 private:
  /// What a pointer to a node of some level looks like depends on how much such a node can hold.
  struct Level {
    std::uint64_t most = 0;   ///< Records in a node.
    std::uint64_t total = 0;  ///< Records below it.
  };
  static constexpr std::uint64_t kOverhead = 10;  // Signature, version, type, checksum.

  void plan_levels(int depth) {
    const std::uint64_t leaf = (node_size_ - kOverhead) / record_size_;
    levels_.push_back({leaf, leaf});
    for (int level = 1; level <= depth; ++level) {
      const std::uint64_t pointer = pointer_size(level);
      const std::uint64_t most =
          node_size_ < kOverhead + pointer
              ? 0
              : (node_size_ - kOverhead - pointer) / (record_size_ + pointer);
      constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40;
      const std::uint64_t below = std::min(levels_.back().total, kPlenty);
      levels_.push_back({most, (std::min(most, kPlenty >> 20) + 1) * below + most});
    }
  }

  [[nodiscard]] std::uint64_t pointer_size(int level) const {
    const Level& child = levels_[static_cast<std::size_t>(level) - 1];
    return static_cast<std::uint64_t>(file_.address_width() + width_of(child.most) +
                                      (level > 1 ? width_of(child.total) : 0));
  }

  void read_node(std::uint64_t address, std::uint64_t count, int level) {
    Cursor cursor(file_.at(address, node_size_, kWhat), kWhat);
    cursor.expect(level == 0 ? "BTLF" : "BTIN");
    cursor.skip(2);
    file_.charge(count * sizeof(Bytes));
    for (std::uint64_t i = 0; i < count; ++i) records_.push_back(cursor.take(record_size_));
    if (level == 0) return;
    const Level& child = levels_[static_cast<std::size_t>(level) - 1];
    for (std::uint64_t i = 0; i <= count; ++i) {
      const std::uint64_t next = file_.address(cursor);
      const std::uint64_t records = cursor.integer(width_of(child.most));
      if (level > 1) cursor.skip(static_cast<std::uint64_t>(width_of(child.total)));
      read_node(next, records, level - 1);
    }
  }

  FileView& file_;
  std::uint64_t node_size_ = 0;
  std::uint64_t record_size_ = 0;
  std::vector<Level> levels_;
  std::vector<Bytes> records_;
};

}  // namespace

std::vector<Bytes> read_btree_v2(FileView& file, std::uint64_t address) {
  return TreeReader(file).read(address);
}

}  // namespace folio::internal::hdf5
