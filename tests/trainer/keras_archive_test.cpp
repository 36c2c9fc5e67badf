#include "keras_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <folio/datasets/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "message_of.h"

namespace folio::internal {
namespace {

using test::message_of;
using testing::HasSubstr;

/// A ZIP archive of these entries, compressed; a name that ends in @ becomes a link.
std::vector<std::byte> zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::vector<std::byte> bytes(std::size_t{1} << 20);
  std::size_t used = 0;
  archive* file = archive_write_new();
  archive_write_set_format_zip(file);
  archive_write_open_memory(file, bytes.data(), bytes.size(), &used);
  for (const auto& [name, content] : entries) {
    const bool link = name.ends_with('@');
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry,
                               link ? name.substr(0, name.size() - 1).c_str() : name.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, link ? AE_IFLNK : AE_IFREG);
    if (link) archive_entry_set_symlink(entry, content.c_str());
    if (!link) archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(file, entry);
    if (!link) archive_write_data(file, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(file);
  archive_write_free(file);
  bytes.resize(used);
  return bytes;
}

std::string refusal(const std::vector<std::pair<std::string, std::string>>& entries) {
  return message_of([&] { parse_keras_archive(zip(entries)); });
}

TEST(KerasArchiveTest, PartsComeBack) {
  const std::vector<std::byte> weights(100000, std::byte{7});
  const auto bytes = write_keras_archive({"{}", R"({"a": 1})", weights});
  ASSERT_TRUE(is_zip(bytes));
  const KerasArchive back = parse_keras_archive(bytes);
  EXPECT_EQ(back.metadata, "{}");
  EXPECT_EQ(back.config, R"({"a": 1})");
  EXPECT_EQ(back.weights, weights);
}

TEST(KerasArchiveTest, OtherEntriesArePassedOver) {
  const KerasArchive back = parse_keras_archive(zip({{"../../escape", "x"},
                                                     {"assets/a", "x"},
                                                     {"config.json", "{}"},
                                                     {"model.weights.h5", "w"},
                                                     {"/etc/absolute", "x"}}));
  EXPECT_EQ(back.config, "{}");
  EXPECT_EQ(back.weights.size(), 1U);
}

TEST(KerasArchiveTest, HostileArchivesAreRefused) {
  EXPECT_THAT(refusal({{"config.json", "{}"}}), HasSubstr("no model.weights.h5"));
  EXPECT_THAT(refusal({{"model.weights.h5", "w"}}), HasSubstr("no config.json"));
  EXPECT_THAT(refusal({{"config.json", "{}"}, {"config.json", "{}"}, {"model.weights.h5", "w"}}),
              HasSubstr("config.json is in it twice"));
  EXPECT_THAT(refusal({{"config.json@", "/etc/passwd"}, {"model.weights.h5", "w"}}),
              HasSubstr("config.json is no plain file"));
  // 20 MB of spaces compress to a few kB.
  EXPECT_THAT(refusal({{"config.json", std::string(20 << 20, ' ')}, {"model.weights.h5", "w"}}),
              HasSubstr("config.json has more than"));
}

TEST(KerasArchiveTest, DamageIsFound) {
  auto bytes = write_keras_archive({"{}", "{}", std::vector<std::byte>(1000, std::byte{7})});
  const auto fill = std::vector<std::byte>(100, std::byte{7});
  const auto place = std::search(bytes.begin(), bytes.end(), fill.begin(), fill.end());
  ASSERT_NE(place, bytes.end());
  *place = std::byte{8};
  EXPECT_THAT(message_of([&] { parse_keras_archive(bytes); }), HasSubstr("model.weights.h5"));
}

}  // namespace
}  // namespace folio::internal
