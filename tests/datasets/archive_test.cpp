#include <archive.h>
#include <archive_entry.h>
#include <folio/datasets/archive.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <clocale>

#include <algorithm>
#include <boost/filesystem/operations.hpp>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

namespace fs = boost::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// One member of an archive.
struct Member {
  std::string name;
  std::string content{};
  unsigned type = AE_IFREG;
  std::string link{};
  bool hard = false;
};

class ArchiveTest : public testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const {
    return directory_.path() + "/" + name;
  }

  /// Packs members with libarchive, whose writer takes any name.
  std::string pack(const std::string& file, const std::vector<Member>& members) const {
    archive* out = archive_write_new();
    if (file.ends_with(".zip")) {
      archive_write_set_format_zip(out);
    } else {
      archive_write_set_format_pax_restricted(out);
      if (file.ends_with(".gz")) archive_write_add_filter_gzip(out);
      if (file.ends_with(".xz")) archive_write_add_filter_xz(out);
    }
    // In the C locale libarchive cannot write names that are not ASCII.
    std::setlocale(LC_CTYPE, "C.UTF-8");
    archive_write_open_filename(out, at(file).c_str());
    for (const Member& member : members) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.name.c_str());
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_filetype(entry, member.type);
      if (member.hard) archive_entry_set_hardlink(entry, member.link.c_str());
      if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.link.c_str());
      const bool data = member.type == AE_IFREG && !member.hard;
      archive_entry_set_size(entry, data ? static_cast<la_int64_t>(member.content.size()) : 0);
      EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
      if (data) archive_write_data(out, member.content.data(), member.content.size());
      archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    std::setlocale(LC_CTYPE, "C");
    return at(file);
  }

  [[nodiscard]] std::string import_message(const std::string& file,
                                           const ArchiveLimits& limits = {}) const {
    const std::string message =
        test::message_of([&] { import_archive(at(file), at("out"), limits); });
    // Whatever happened, nothing is left, here or outside.
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename().string();
      EXPECT_TRUE(name == file || name == "archives") << name;
    }
    return message;
  }

  [[nodiscard]] std::vector<std::string> files(const std::string& folder) const {
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(at(folder))) {
      EXPECT_FALSE(fs::is_symlink(entry.symlink_status()));
      if (fs::is_regular_file(entry.symlink_status())) {
        found.push_back(fs::relative(entry.path(), at(folder)).string());
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(ArchiveTest, ClassFoldersOfEveryKindOfArchive) {
  for (const char* name : {"a.zip", "a.tar", "a.tar.gz", "a.tar.xz"}) {
    pack(name,
         {{"cat", "", AE_IFDIR}, {"cat/1.jpg", "one"}, {"dog/2.jpg", std::string(200000, 'x')}});
    const std::string out = std::string("out_") + name;
    EXPECT_EQ(import_archive(at(name), at(out)).files, 2U);
    EXPECT_THAT(files(out), ElementsAre("cat/1.jpg", "dog/2.jpg"));
    EXPECT_EQ(read_file(at(out) + "/dog/2.jpg").size(), 200000U);
  }
}

TEST_F(ArchiveTest, FoldersAroundEverythingAreTakenOff) {
  pack("a.zip", {{"download/photos/cat/1.jpg", "1"}, {"download/photos/dog/2.jpg", "2"}});
  import_archive(at("a.zip"), at("out"));
  EXPECT_THAT(files("out"), ElementsAre("cat/1.jpg", "dog/2.jpg"));
  pack("b.zip", {{"cat/1.jpg", "1"}});  // The only class is no wrapping.
  import_archive(at("b.zip"), at("one"));
  EXPECT_THAT(files("one"), ElementsAre("cat/1.jpg"));
}

TEST_F(ArchiveTest, NamesAreKeptAsBytes) {
  pack("a.tar", {{"caf\xC3\xA9/\xE6\x97\xA5.jpg", "1"}});
  import_archive(at("a.tar"), at("out"));
  EXPECT_THAT(files("out"), ElementsAre("caf\xC3\xA9/\xE6\x97\xA5.jpg"));
}

TEST_F(ArchiveTest, ZipNamesMayBeUnicode) {
  // By hand, because libarchive's writer needs a locale to do it: bit 11 declares UTF-8.
  const std::string name = "caf\xC3\xA9/\xE6\x97\xA5.jpg";
  const auto number = [](unsigned value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
    return text;
  };
  const std::string content = "1";
  const std::string fields = number(20, 2) + number(0x800, 2) + number(0, 2) + number(0, 4) +
                             number(0x83DCEFB7, 4) + number(1, 4) + number(1, 4) +
                             number(static_cast<unsigned>(name.size()), 2) + number(0, 2);
  const std::string local = "PK\x03\x04" + fields + name + content;
  const std::string central = "PK\x01\x02" + number(20, 2) + fields + number(0, 2) + number(0, 2) +
                              number(0, 2) + number(0, 4) + number(0, 4) + name;
  const std::string end = "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) +
                          number(static_cast<unsigned>(central.size()), 4) +
                          number(static_cast<unsigned>(local.size()), 4) + number(0, 2);
  write_file(at("a.zip"), local + central + end);
  import_archive(at("a.zip"), at("out"));
  EXPECT_THAT(files("out"), ElementsAre(name));
}

TEST_F(ArchiveTest, LinksDevicesAndHiddenFilesAreLeftOut) {
  pack("a.tar", {{"cat", "", AE_IFLNK, "/tmp"},
                 {"cat/1.jpg", "1"},
                 {"cat/hard.jpg", "", AE_IFREG, "cat/1.jpg", true},
                 {"cat/pipe", "", AE_IFIFO},
                 {"cat/null", "", AE_IFCHR},
                 {"__MACOSX/cat/._1.jpg", "x"},
                 {"cat/.DS_Store", "x"}});
  const ImportedArchive result = import_archive(at("a.tar"), at("out"));
  EXPECT_EQ(result.files, 1U);
  EXPECT_THAT(files("out"), ElementsAre("cat/1.jpg"));
  EXPECT_THAT(result.notices, ElementsAre(HasSubstr("4 entries are links, devices or pipes"),
                                          HasSubstr("2 entries are hidden")));
}

TEST_F(ArchiveTest, NamesThatLeadOutAreRefused) {
  const auto message = [&](const std::string& name) {
    pack("a.tar", {{"cat/1.jpg", "1"}, {name, "x"}});
    return import_message("a.tar");
  };
  EXPECT_THAT(message("../escape.jpg"), HasSubstr("a.tar: entry '../escape.jpg' leads upward"));
  EXPECT_THAT(message("cat/../../escape.jpg"), HasSubstr("leads upward"));
  EXPECT_THAT(message("/tmp/escape.jpg"), HasSubstr("has an absolute name"));
  EXPECT_THAT(message("..\\escape.jpg"), HasSubstr("has a backslash"));
  EXPECT_THAT(message("cat/1.jpg"), HasSubstr("comes twice"));
  EXPECT_THAT(message("cat/1.jpg/x"), HasSubstr("is inside of a file"));
  EXPECT_THAT(message("cat/" + std::string(256, 'x')), HasSubstr("more than 255 bytes"));
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += "d/";
  EXPECT_THAT(message(deep + "x"), HasSubstr("at most 1024 are accepted"));
}

TEST_F(ArchiveTest, LimitsHold) {
  pack("a.zip", {{"c/1", std::string(5000, 'x')}, {"c/2", std::string(5000, 'x')}});
  EXPECT_THAT(import_message("a.zip", {.bytes = 9999}), HasSubstr("more than 9999 bytes"));
  EXPECT_THAT(import_message("a.zip", {.entries = 1}), HasSubstr("more than 1 entries"));
  EXPECT_EQ(import_archive(at("a.zip"), at("out"), {.bytes = 10000, .entries = 2}).files, 2U);
}

TEST_F(ArchiveTest, BrokenAndForeignFilesAreRefusedAndNothingIsLeft) {
  pack("a.zip", {{"c/1", std::string(5000, 'x')}, {"c/2", "2"}});
  const auto whole = read_file(at("a.zip"));
  fs::remove(at("a.zip"));
  pack("a.tar", {{"c/1", std::string(50000, 'x')}});
  auto cut = read_file(at("a.tar"));
  cut.resize(20000);
  write_file(at("a.tar"), cut);
  EXPECT_THAT(import_message("a.tar"), HasSubstr("a.tar: "));
  fs::remove(at("a.tar"));
  write_file(at("b.zip"), std::span(whole).subspan(0, 40));
  EXPECT_THAT(import_message("b.zip"), HasSubstr("b.zip: "));
  // Every byte of every file is there, but not the directory at the end.
  const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size());
  write_file(at("b.zip"), text.substr(0, text.rfind("PK\5\6")));
  EXPECT_THAT(import_message("b.zip"), HasSubstr("it is cut off"));
  write_file(at("b.zip"), "this is no archive at all");
  EXPECT_THAT(import_message("b.zip"), HasSubstr("b.zip: "));
  write_file(at("b.zip"), "");
  EXPECT_THAT(import_message("b.zip"), HasSubstr("b.zip: "));
  fs::remove(at("b.zip"));
  EXPECT_THAT(import_message("none.zip"), HasSubstr("none.zip: cannot be opened"));
}

TEST_F(ArchiveTest, FolderMustBeNewOrEmpty) {
  pack("a.zip", {{"c/1", "1"}});
  fs::create_directories(at("empty"));
  EXPECT_EQ(import_archive(at("a.zip"), at("empty")).files, 1U);
  EXPECT_THAT(test::message_of([&] { import_archive(at("a.zip"), at("empty")); }),
              HasSubstr("exists already"));
}

TEST_F(ArchiveTest, StoppingLeavesNothing) {
  pack("a.zip", {{"c/1", "1"}, {"c/2", "2"}});
  int calls = 0;
  EXPECT_EQ(test::message_of([&] {
              import_archive(at("a.zip"), at("out"), {}, [&](std::size_t, std::size_t) {
                if (++calls == 2) throw Error(ErrorKind::kInterrupted, "stopped");
              });
            }),
            "stopped");
  EXPECT_FALSE(fs::exists(at("out")));
}

}  // namespace
}  // namespace folio
