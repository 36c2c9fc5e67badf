#include <folio/datasets/class_folders.h>
#include <folio/datasets/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

namespace fs = boost::filesystem;
using test::message_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ClassFoldersTest : public testing::Test {
 protected:
  void add(const std::string& name) const { write_file(directory_.path(name), "x"); }
  [[nodiscard]] std::vector<std::string> paths(const ClassFolderOptions& options = {}) const {
    std::vector<std::string> found;
    for (const Sample& sample : scan_class_folders(directory_.path(), options).samples) {
      found.push_back(sample.path);
    }
    return found;
  }
  test::TemporaryDirectory directory_;
};

TEST_F(ClassFoldersTest, OrderIsThatOfBytes) {
  for (const char* name : {"b/2.png", "b/10.png", "10/x.png", "2/x.png", "B/x.png", "a/x.png"}) {
    add(name);
  }
  const SampleList list = scan_class_folders(directory_.path());
  EXPECT_THAT(list.class_names, ElementsAre("10", "2", "B", "a", "b"));
  EXPECT_THAT(paths(),
              ElementsAre("10/x.png", "2/x.png", "B/x.png", "a/x.png", "b/10.png", "b/2.png"));
  EXPECT_EQ(list.samples.back().label, 4);
  EXPECT_EQ(list.class_indices().at("a"), 3);
}

TEST_F(ClassFoldersTest, FoldersOwnFilesComeBeforeThoseBelow) {
  for (const char* name : {"c/z.png", "c/a/1.png", "c/a-b/1.png", "c/a/b/1.png"}) add(name);
  EXPECT_THAT(paths(), ElementsAre("c/z.png", "c/a/1.png", "c/a-b/1.png", "c/a/b/1.png"));
}

TEST_F(ClassFoldersTest, EndingsAreKeras) {
  for (const char* name : {"c/1.PNG", "c/2.jpeg", "c/3.gif", "c/4.txt", "c/zpng", "c/5.Tiff",
                           "c/6.webp", "c/7.ppm", "c/8.bmp", "root.png"}) {
    add(name);
  }
  EXPECT_THAT(paths(),
              ElementsAre("c/1.PNG", "c/2.jpeg", "c/5.Tiff", "c/7.ppm", "c/8.bmp", "c/zpng"));
}

TEST_F(ClassFoldersTest, HiddenFoldersAreNoClassesButAreNamed) {
  for (const char* name : {"cats/1.png", ".ipynb_checkpoints/1.png", "__MACOSX/1.png"}) add(name);
  const SampleList list = scan_class_folders(directory_.path());
  EXPECT_THAT(list.class_names, ElementsAre("cats"));
  EXPECT_THAT(list.notices, ElementsAre(HasSubstr(".ipynb_checkpoints"), HasSubstr("__MACOSX")));
}

TEST_F(ClassFoldersTest, LoopsOfLinksEnd) {
  add("cats/1.png");
  fs::create_directory_symlink(directory_.path("cats"), directory_.path("cats/again"));
  EXPECT_THAT(paths({.follow_links = true}), ElementsAre("cats/1.png"));
}

TEST_F(ClassFoldersTest, LinksInsideAClassAreFollowedOnRequest) {
  add("cats/1.png");
  const test::TemporaryDirectory elsewhere;
  write_file(elsewhere.path("2.png"), "x");
  fs::create_directory_symlink(elsewhere.path(), directory_.path("cats/more"));
  EXPECT_THAT(paths(), ElementsAre("cats/1.png"));
  EXPECT_THAT(paths({.follow_links = true}), ElementsAre("cats/1.png", "cats/more/2.png"));
}

TEST_F(ClassFoldersTest, ClassesAreTakenInTheOrderGiven) {
  for (const char* name : {"a/1.png", "b/1.png", "c/1.png"}) add(name);
  const SampleList list = scan_class_folders(directory_.path(), {.classes = {"c", "a"}});
  EXPECT_THAT(list.class_names, ElementsAre("c", "a"));
  EXPECT_EQ(list.samples[0].path, "c/1.png");
}

TEST_F(ClassFoldersTest, WhatIsLeftOutIsCountedAndListed) {
  for (const char* name : {"cats/1.png", "cats/old/2.webp", "cats/notes.txt", "cats/.DS_Store",
                           "dogs/1.png", "3.jpg", "readme.md"}) {
    add(name);
  }
  const SampleList list = scan_class_folders(directory_.path());
  EXPECT_THAT(list.notices,
              ElementsAre("1 file left out, in no class folder, the first: 3.jpg",
                          "2 files left out, no images by their names, the first: cats/notes.txt"));
  const std::vector<SkippedFile> skipped = skipped_files(directory_.path());
  ASSERT_EQ(skipped.size(), 3U);
  EXPECT_EQ(skipped[0].path, "3.jpg");
  EXPECT_EQ(skipped[0].reason, SkippedFile::Reason::kInNoClass);
  EXPECT_EQ(skipped[1].path, "cats/notes.txt");
  EXPECT_EQ(skipped[2].path, "cats/old/2.webp");
  EXPECT_EQ(skipped[2].reason, SkippedFile::Reason::kNoImageByName);
  EXPECT_TRUE(skipped_files(directory_.path(), {.classes = {"dogs"}}).empty());
}

TEST_F(ClassFoldersTest, ProblemsNameThePath) {
  EXPECT_THAT(message_of([&] { scan_class_folders(directory_.path()); }),
              AllOf(HasSubstr(directory_.path()), HasSubstr("no class folder")));
  add("a/1.png");
  EXPECT_THAT(message_of([&] {
                scan_class_folders(directory_.path(), {.classes = {"a", "b"}});
              }),
              HasSubstr("no class folder 'b'"));
  EXPECT_THAT(message_of([&] {
                scan_class_folders(directory_.path(), {.classes = {"a", "a"}});
              }),
              HasSubstr("'a' twice"));
  EXPECT_THAT(message_of([&] { scan_class_folders(directory_.path("a/1.png")); }),
              HasSubstr("is not a directory"));
  add("empty/readme.txt");
  EXPECT_THAT(message_of([&] { scan_class_folders(directory_.path()); }),
              AllOf(HasSubstr("/empty"), HasSubstr("holds no image")));
}

}  // namespace
}  // namespace folio
