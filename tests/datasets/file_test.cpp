#include <folio/datasets/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

std::string text_of(const std::string& path) {
  const auto bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(WriteFileTest, MakesFoldersAndReplacesWholeFiles) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("a/b/file"), "first, and longer");
  write_file(directory.path("a/b/file"), "second");
  EXPECT_EQ(text_of(directory.path("a/b/file")), "second");
}

TEST(WriteFileTest, FullDiskLeavesThePreviousFileAndNoOther) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("file"), "previous");
  // The limit stands for a full disk: write() fails in the middle.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message =
      message_of([&] { write_file(directory.path("file"), std::string(100000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(message, testing::AllOf(HasSubstr(directory.path("file")), HasSubstr("100000 bytes"),
                                      HasSubstr("File too large")));
  EXPECT_EQ(text_of(directory.path("file")), "previous");
  EXPECT_EQ(std::distance(boost::filesystem::directory_iterator(directory.path()),
                          boost::filesystem::directory_iterator()),
            1);
}

TEST(WriteFileTest, PathsThatCannotBeWrittenAreNamed) {
  EXPECT_THAT(message_of([] { write_file("/proc/nothing/file", "x"); }),
              HasSubstr("/proc/nothing"));
}

TEST(ReadFileTest, OnlyRegularFilesAreRead) {
  const test::TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo(directory.path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(message_of([&] { read_file(directory.path("fifo")); }),
              HasSubstr("not a regular file"));
  EXPECT_THAT(message_of([&] { read_file(directory.path()); }), HasSubstr("not a regular file"));
  EXPECT_THAT(message_of([&] { read_file(directory.path("none")); }),
              HasSubstr("No such file or directory"));
}

TEST(ReadFileTest, SizeIsBounded) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("file"), "12345");
  EXPECT_THAT(message_of([&] { read_file(directory.path("file"), 4); }),
              HasSubstr("has 5 bytes, at most 4"));
}

}  // namespace
}  // namespace folio
