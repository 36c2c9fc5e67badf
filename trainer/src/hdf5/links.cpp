#include "links.h"

#include <algorithm>

#include "dense_storage.h"

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "a group";

// The old kind of group: names in a local heap, entries in the leaves of a B-tree.
class SymbolTable {
 public:
  SymbolTable(FileView& file, Bytes message) : file_(file) {
    Cursor cursor(message, "a symbol table");
    tree_ = file_.address(cursor);
    read_heap(file_.address(cursor));
  }

  Links read() {
    read_tree(tree_, kMostLevels);
    return std::move(links_);
  }

 private:
  static constexpr int kMostLevels = 32;

  void read_heap(std::uint64_t address) {
    Cursor cursor(file_.from(address, kWhat), "a local heap");
    cursor.expect("HEAP");
    cursor.skip(4);
    const std::uint64_t size = file_.length(cursor);
    static_cast<void>(file_.length(cursor));  // The list of free blocks.
    names_ = file_.at(file_.address(cursor), size, "a local heap");
  }

  void read_tree(std::uint64_t address, int most_level) {
    Cursor cursor(file_.from(address, kWhat), "a B-tree");
    cursor.expect("TREE");
    if (cursor.u8() != 0) damaged("a group has a B-tree of another kind");
    const int level = cursor.u8();
    if (level > most_level) damaged("a B-tree is too deep");
    const std::uint16_t count = cursor.u16();
    file_.charge(32 + std::uint64_t{count} * 16);
    static_cast<void>(file_.address(cursor));  // Siblings: the parent knows them.
    static_cast<void>(file_.address(cursor));
    static_cast<void>(file_.length(cursor));  // The first key.
    for (int i = 0; i < count; ++i) {
      const std::uint64_t child = file_.address(cursor);
      static_cast<void>(file_.length(cursor));
      if (level > 0) {
        read_tree(child, level - 1);
      } else {
        read_leaf(child);
      }
    }
  }

  void read_leaf(std::uint64_t address) {
    Cursor cursor(file_.from(address, kWhat), "a symbol table");
    cursor.expect("SNOD");
    cursor.skip(2);
    const std::uint16_t count = cursor.u16();
    file_.charge(8 + std::uint64_t{count} * 128);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t name = file_.address(cursor);
      const std::uint64_t header = file_.address(cursor);
      const std::uint32_t kind = cursor.u32();
      cursor.skip(20);
      constexpr std::uint32_t kSoftLink = 2;
      if (kind != kSoftLink) links_[name_at(name)] = header;
    }
  }

  std::string name_at(std::uint64_t offset) {
    if (offset >= names_.size()) damaged("the name of a link lies outside its heap");
    const Bytes rest = names_.subspan(static_cast<std::size_t>(offset));
    const auto* first = reinterpret_cast<const char*>(rest.data());
    std::string name(first, std::find(first, first + rest.size(), '\0'));
    file_.charge(name.size());
    return name;
  }

  FileView& file_;
  std::uint64_t tree_ = 0;
  Bytes names_;
  Links links_;
};

// A link of the newer kind.
void read_link(FileView& file, Bytes message, Links& links) {
  Cursor cursor(message, "a link");
  if (cursor.u8() != 1) damaged("a link has an unknown version");
  const std::uint8_t flags = cursor.u8();
  const std::uint8_t kind = (flags & 0x08) != 0 ? cursor.u8() : std::uint8_t{0};
  if ((flags & 0x04) != 0) cursor.skip(8);  // Order of creation.
  if ((flags & 0x10) != 0) cursor.skip(1);  // ASCII or UTF-8.
  const Bytes name = cursor.take(cursor.integer(1 << (flags & 3)));
  if (kind != 0) return;
  file.charge(128);
  links[std::string(reinterpret_cast<const char*>(name.data()), name.size())] =
      file.address(cursor);
}

// Where a group of many links keeps them.
void read_dense_links(FileView& file, Bytes message, Links& links) {
  Cursor cursor(message, "a group");
  cursor.skip(1);
  if ((cursor.u8() & 1) != 0) cursor.skip(8);  // The largest order of creation.
  const std::uint64_t heap = file.address(cursor);
  const std::uint64_t tree = file.address(cursor);
  if (file.undefined(heap)) return;
  constexpr std::size_t kHash = 4;
  for (const Bytes link : read_dense_storage(file, heap, tree, kHash, 0)) {
    read_link(file, link, links);
  }
}

}  // namespace

Links read_links(FileView& file, const std::vector<Message>& messages) {
  Links links;
  for (const Message& message : messages) {
    if (message.type == MessageType::kSymbolTable) {
      links.merge(SymbolTable(file, message.body).read());
    } else if (message.type == MessageType::kLink) {
      read_link(file, message.body, links);
    } else if (message.type == MessageType::kLinkInfo) {
      read_dense_links(file, message.body, links);
    }
  }
  return links;
}

}  // namespace folio::internal::hdf5
