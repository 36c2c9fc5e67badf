#include <fcntl.h>
#include <folio/datasets/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "message_of.h"
#include "temporary_directory.h"
#include "text_of.h"

namespace folio {
namespace {

using test::message_of;
using test::text_of;
using testing::HasSubstr;

TEST(ReadFileStartTest, ReadsNoFurtherThanAsked) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("file");
  write_file(path, "abcdef");
  EXPECT_EQ(read_file_start(path, 4).size(), 4U);
  EXPECT_EQ(read_file_start(path, 4).at(3), std::byte{'d'});
  EXPECT_EQ(read_file_start(path, 99).size(), 6U);
  EXPECT_THAT(message_of([&] { read_file_start(directory.path(""), 4); }),
              HasSubstr("not a regular file"));
}

TEST(WriteFileTest, MakesFoldersAndReplacesWholeFiles) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("a/b/file"), "first, and longer");
  write_file(directory.path("a/b/file"), "second");
  EXPECT_EQ(text_of(directory.path("a/b/file")), "second");
}

/// Stands for a full disk: write() fails at this offset.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

std::ptrdiff_t files_in(const std::string& directory) {
  return std::distance(boost::filesystem::directory_iterator(directory),
                       boost::filesystem::directory_iterator());
}

TEST(WriteFileTest, FullDiskLeavesThePreviousFileAndNoOther) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("file"), "previous");
  const std::string content(100000, 'x');
  for (rlim_t limit = 0; limit < content.size(); limit += 4096) {
    const std::string message = message_of([&] {
      const FileSizeLimit full(limit);
      write_file(directory.path("file"), content);
    });
    EXPECT_THAT(message, testing::AllOf(HasSubstr(directory.path("file")),
                                        HasSubstr("100000 bytes"), HasSubstr("File too large")));
    EXPECT_EQ(text_of(directory.path("file")), "previous");
    EXPECT_EQ(files_in(directory.path()), 1);
  }
}

TEST(WriteFileTest, WhatKilledProcessesLeaveIsRemoved) {
  const test::TemporaryDirectory directory;
  for (const char* name : {".folio-tmp-1-0", ".folio-tmp-1-1", "other"}) {
    std::ofstream(directory.path(name)) << "part of";
  }
  // As a process does that is writing its file at this moment.
  const int alive = ::open(directory.path(".folio-tmp-1-1").c_str(), O_RDWR);
  ASSERT_EQ(::flock(alive, LOCK_EX), 0);
  write_file(directory.path("file"), "x");
  EXPECT_EQ(files_in(directory.path()), 3);
  EXPECT_FALSE(boost::filesystem::exists(directory.path(".folio-tmp-1-0")));
  ::close(alive);
}

TEST(WriteFileTest, AKillAtAnyMomentLeavesOneOfTheFiles) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("file");
  std::mt19937 random(3);
  for (int times = 0; times < 20; ++times) {
    const pid_t writer = ::fork();
    if (writer == 0) {
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
        write_file(path, std::string(300000, letter));
      }
    }
    ::usleep(random() % 10000);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    if (!boost::filesystem::exists(path)) continue;
    const std::string text = text_of(path);
    EXPECT_EQ(text.size(), 300000U);
    EXPECT_EQ(text.find_first_not_of(text.front()), std::string::npos);
    // What the last one left is gone as soon as the next writes.
    EXPECT_LE(files_in(directory.path()), 2);
  }
}

TEST(RenameFileTest, ReplacesAndNamesWhatIsWrong) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("a"), "new");
  write_file(directory.path("b"), "old");
  rename_file(directory.path("a"), directory.path("b"));
  EXPECT_EQ(text_of(directory.path("b")), "new");
  EXPECT_EQ(files_in(directory.path()), 1);
  EXPECT_THAT(message_of([&] { rename_file(directory.path("a"), directory.path("c")); }),
              testing::AllOf(HasSubstr(directory.path("a")), HasSubstr(directory.path("c")),
                             HasSubstr("No such file")));
}

TEST(WriteFileTest, KeepsPermissionsAndLinks) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("target"), "previous");
  ::chmod(directory.path("target").c_str(), 0600);
  boost::filesystem::create_symlink("target", directory.path("link"));
  write_file(directory.path("link"), "new");
  EXPECT_EQ(text_of(directory.path("target")), "new");
  EXPECT_TRUE(boost::filesystem::is_symlink(directory.path("link")));
  struct stat status {};
  ASSERT_EQ(::stat(directory.path("target").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(WriteFileTest, DevicesAreWrittenToAndDirectoriesAreNot) {
  const test::TemporaryDirectory directory;
  write_file("/dev/null", "x");
  struct stat status {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  EXPECT_THAT(message_of([&] { write_file(directory.path(), "x"); }),
              testing::AllOf(HasSubstr(directory.path()), HasSubstr("Is a directory")));
}

TEST(WriteFileTest, NamesMayBeAsLongAsTheyCanBe) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path(std::string(255, 'n'));
  write_file(path, "x");
  EXPECT_EQ(text_of(path), "x");
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
