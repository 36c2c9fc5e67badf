#include "file.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "dataset.h"
#include "dense_storage.h"

namespace folio::internal::hdf5 {
namespace {

constexpr std::string_view kSignature("\x89HDF\r\n\x1a\n", 8);

std::uint64_t read_superblock(FileView& view) {
  const Bytes bytes = view.bytes();
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  if (!std::string_view(text, bytes.size()).starts_with(kSignature)) {
    throw Error(ErrorKind::kModel, "it is not an HDF5 file");
  }
  Cursor cursor(bytes, "the superblock");
  cursor.skip(kSignature.size());
  const std::uint8_t version = cursor.u8();
  if (version > 3) damaged("the superblock has version " + std::to_string(version));
  if (version <= 1) cursor.skip(4);
  const std::uint8_t address_width = cursor.u8();
  const std::uint8_t length_width = cursor.u8();
  view.set_widths(address_width, length_width);
  cursor.skip(version <= 1 ? 1 + 4 + 4 : 1);
  if (version == 1) cursor.skip(4);
  if (view.address(cursor) != 0) unsupported("a user block");
  static_cast<void>(view.address(cursor));  // Free space, or an extension of the superblock.
  const std::uint64_t end = view.address(cursor);
  if (end > bytes.size()) {
    damaged("it should have " + std::to_string(end) + " bytes, it has " +
            std::to_string(bytes.size()));
  }
  if (version <= 1) {
    static_cast<void>(view.address(cursor));  // Driver information.
    static_cast<void>(view.address(cursor));  // The name of the root.
  }
  return view.address(cursor);
}

// The bodies of attribute messages, from the object header and from dense storage.
std::vector<Bytes> attribute_messages(FileView& view, const std::vector<Message>& messages) {
  std::vector<Bytes> found;
  for (const Message& message : messages) {
    if (message.type == MessageType::kAttribute) found.push_back(message.body);
    if (message.type != MessageType::kAttributeInfo) continue;
    Cursor cursor(message.body, "an object header");
    cursor.skip(1);
    if ((cursor.u8() & 1) != 0) cursor.skip(2);  // The largest order of creation.
    const std::uint64_t heap = view.address(cursor);
    const std::uint64_t tree = view.address(cursor);
    if (view.undefined(heap)) continue;
    constexpr std::size_t kAfter = 1 + 4 + 4;  // Flags, order of creation, hash.
    const std::vector<Bytes> dense = read_dense_storage(view, heap, tree, 0, kAfter);
    found.insert(found.end(), dense.begin(), dense.end());
  }
  return found;
}

}  // namespace

File::File(Bytes bytes) : view_(bytes), root_(read_superblock(view_)) {}

File::Object File::object(std::uint64_t address) {
  auto found = objects_.find(address);
  if (found == objects_.end()) {
    view_.charge(sizeof(Object::Contents));
    Object::Contents contents;
    contents.messages = read_object_header(view_, address);
    for (const Bytes message : attribute_messages(view_, contents.messages)) {
      view_.charge(sizeof(Attribute));
      Attribute attribute = parse_attribute(view_, message);
      const std::string name = attribute.name;
      contents.attributes.emplace(name, std::move(attribute));
    }
    contents.links = read_links(view_, contents.messages);
    found = objects_.emplace(address, std::move(contents)).first;
  }
  return {this, &found->second};
}

const Attribute* File::Object::attribute(const std::string& name) const {
  const auto found = contents_->attributes.find(name);
  return found == contents_->attributes.end() ? nullptr : &found->second;
}

bool File::Object::has_attribute(const std::string& name) const {
  return attribute(name) != nullptr;
}

std::vector<std::string> File::Object::strings(const std::string& name) const {
  const Attribute* found = attribute(name);
  if (found == nullptr) return {};
  return strings_of(*found, file_->view_, file_->heap_);
}

const Links& File::Object::links() const { return contents_->links; }

bool File::Object::contains(const std::string& path) const { return find(path).has_value(); }

std::optional<File::Object> File::Object::find(const std::string& path) const {
  Object current = *this;
  std::size_t first = 0;
  while (first <= path.size()) {
    const std::size_t last = std::min(path.find('/', first), path.size());
    if (last > first) {
      const auto link = current.contents_->links.find(path.substr(first, last - first));
      if (link == current.contents_->links.end()) return std::nullopt;
      current = file_->object(link->second);
    }
    first = last + 1;
  }
  return current;
}

File::Object File::Object::at(const std::string& path) const {
  std::optional<Object> found = find(path);
  if (!found) {
    throw Error(ErrorKind::kModel, "it has no group or dataset '" + path + "'");
  }
  return *found;
}

bool File::Object::is_dataset() const {
  return find_dataset(file_->view_, contents_->messages).has_value();
}

FloatArray File::Object::floats() const {
  const std::optional<Dataset> dataset = find_dataset(file_->view_, contents_->messages);
  if (!dataset) damaged("what should be a dataset is none");
  return read_floats(file_->view_, *dataset);
}

double File::Object::number() const {
  const std::optional<Dataset> dataset = find_dataset(file_->view_, contents_->messages);
  if (!dataset) damaged("what should be a dataset is none");
  return read_number(file_->view_, *dataset);
}

}  // namespace folio::internal::hdf5
