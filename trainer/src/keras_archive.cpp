#include "keras_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <folio/datasets/error.h>
#include <folio/datasets/memory.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace folio::internal {
namespace {

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.weights.h5";

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::kModel, "it is no usable .keras archive: " + reason);
}

std::string reason_of(archive* file) {
  const char* text = archive_error_string(file);
  return text == nullptr ? "it is damaged" : text;
}

/// Bytes of one entry, which may claim anything about its size.
std::vector<std::byte> read_entry(archive* file, const std::string& name, std::size_t expected,
                                  std::size_t most) {
  std::vector<std::byte> bytes;
  bytes.reserve(expected);
  prefer_large_pages(bytes.data(), expected);
  while (true) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(file, &block, &size, &offset);
    if (result == ARCHIVE_EOF) return bytes;
    if (result != ARCHIVE_OK) refuse(name + ": " + reason_of(file));
    if (offset != static_cast<la_int64_t>(bytes.size())) refuse(name + " has holes");
    if (size > most - bytes.size()) {
      refuse(name + " has more than " + std::to_string(most) + " bytes");
    }
    const auto* first = static_cast<const std::byte*>(block);
    bytes.insert(bytes.end(), first, first + size);
  }
}

void check(archive* file, int result) {
  if (result != ARCHIVE_OK) {
    throw Error(ErrorKind::kIo, "libarchive cannot make a .keras archive: " + reason_of(file));
  }
}

la_ssize_t append(archive*, void* target, const void* data, std::size_t size) {
  auto& bytes = *static_cast<std::vector<std::byte>*>(target);
  const auto* first = static_cast<const std::byte*>(data);
  bytes.insert(bytes.end(), first, first + size);
  return static_cast<la_ssize_t>(size);
}

void add_entry(archive* file, const char* name, std::span<const std::byte> bytes) {
  const Entry entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), name);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  check(file, archive_write_header(file, entry.get()));
  if (archive_write_data(file, bytes.data(), bytes.size()) !=
      static_cast<la_ssize_t>(bytes.size())) {
    check(file, ARCHIVE_FATAL);
  }
}

}  // namespace

bool is_zip(std::span<const std::byte> bytes) {
  constexpr std::array kSignature{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  return bytes.size() >= kSignature.size() &&
         std::equal(kSignature.begin(), kSignature.end(), bytes.begin());
}

KerasArchive parse_keras_archive(std::span<const std::byte> bytes) {
  const Reader file(archive_read_new(), archive_read_free);
  archive_read_support_format_zip(file.get());
  if (archive_read_open_memory(file.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    refuse(reason_of(file.get()));
  }
  constexpr std::size_t kMostJson = std::size_t{16} << 20;
  const std::size_t most_weights = std::max(std::size_t{64} << 20, bytes.size() * 16);
  std::map<std::string, std::vector<std::byte>> parts;
  constexpr int kMostEntries = 10000;
  for (int entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(file.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    if (result != ARCHIVE_OK) refuse(reason_of(file.get()));
    if (entries == kMostEntries) refuse("it has more than 10,000 entries");
    const char* path = archive_entry_pathname(entry);
    const std::string name = path == nullptr ? "" : path;
    if (name.ends_with("/data.pkl")) refuse("it is a file of PyTorch's, which folio does not read");
    if (name != kMetadata && name != kConfig && name != kWeights) continue;
    if (archive_entry_filetype(entry) != AE_IFREG) refuse(name + " is no plain file");
    if (archive_entry_is_encrypted(entry) != 0) refuse(name + " is encrypted");
    if (parts.contains(name)) refuse(name + " is in it twice");
    const std::size_t most = name == kWeights ? most_weights : kMostJson;
    // What a stored entry of an honest archive has at most.
    const auto claimed = static_cast<std::size_t>(
        std::max<la_int64_t>(0, archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0));
    parts[name] = read_entry(file.get(), name, std::min({claimed, most, bytes.size()}), most);
  }
  for (const char* name : {kConfig, kWeights}) {
    if (!parts.contains(name)) refuse(std::string("it has no ") + name);
  }
  const auto text = [&](const char* name) {
    const std::vector<std::byte>& part = parts[name];
    return std::string(reinterpret_cast<const char*>(part.data()), part.size());
  };
  return {text(kMetadata), text(kConfig), std::move(parts[kWeights])};
}

std::vector<std::byte> write_keras_archive(const KerasArchive& parts) {
  std::vector<std::byte> bytes;
  const Writer file(archive_write_new(), archive_write_free);
  check(file.get(), archive_write_set_format_zip(file.get()));
  check(file.get(), archive_write_set_options(file.get(), "zip:compression=store"));
  archive_write_set_bytes_in_last_block(file.get(), 1);
  check(file.get(), archive_write_open(file.get(), &bytes, nullptr, append, nullptr));
  add_entry(file.get(), kMetadata, std::as_bytes(std::span(parts.metadata)));
  add_entry(file.get(), kConfig, std::as_bytes(std::span(parts.config)));
  add_entry(file.get(), kWeights, parts.weights);
  check(file.get(), archive_write_close(file.get()));
  return bytes;
}

}  // namespace folio::internal
