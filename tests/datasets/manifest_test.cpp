#include <folio/datasets/file.h>
#include <folio/datasets/manifest.h>
#include <folio/datasets/split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ManifestTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_.path() + "/split.csv"; }
  SampleList read(const std::string& text, const std::vector<std::string>& classes = {}) const {
    write_file(path(), text);
    return read_manifest(path(), "photos/", classes);
  }
  test::TemporaryDirectory directory_;
};

TEST_F(ManifestTest, AnyFileNameSurvives) {
  SampleList list{"photos", {"a,b", "cat"}, {}, {}};
  list.samples = {{"a,b/1\n\"2\".jpg", 0, 1.0F, SplitPart::kTraining},
                  {"cat/\xFF.png", 1, 1.0F, SplitPart::kValidation},
                  {"cat/x.png", 1, 1.0F, SplitPart::kTest},
                  {"cat/y.png", 1, 1.0F, std::nullopt}};
  write_manifest(path(), list);
  const SampleList read = read_manifest(path(), "photos/");
  EXPECT_EQ(read.root, "photos");
  EXPECT_EQ(read.class_names, list.class_names);
  ASSERT_EQ(read.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read.samples[i].path, list.samples[i].path);
    EXPECT_EQ(read.samples[i].label, list.samples[i].label);
    EXPECT_EQ(read.samples[i].part, list.samples[i].part);
  }
}

TEST_F(ManifestTest, HandWrittenTablesMayHaveOtherColumns) {
  const SampleList list = read("note,class,weight,path\nx,dog,0.5,1.jpg\ny,cat,2,2.jpg\n");
  EXPECT_THAT(list.class_names, ElementsAre("cat", "dog"));
  EXPECT_EQ(list.samples[0].label, 1);
  EXPECT_EQ(list.samples[0].weight, 0.5F);
  EXPECT_FALSE(list.samples[0].part.has_value());
}

TEST_F(ManifestTest, ClassesGiveOrderAndLeaveOthersOut) {
  const SampleList list = read("path,class\n1,dog\n2,cat\n3,cow\n", {"dog", "cat"});
  EXPECT_THAT(list.class_names, ElementsAre("dog", "cat"));
  EXPECT_EQ(list.size(), 2U);
  EXPECT_THAT(test::message_of([&] {
                read("path,class\n1,dog\n", {"dog", "ox"});
              }),
              HasSubstr("lists no sample of class 'ox'"));
}

TEST_F(ManifestTest, MistakesNameFileAndLine) {
  const auto message = [&](const std::string& text) {
    return test::message_of([&] { read(text); });
  };
  EXPECT_THAT(message("path,class\n"), HasSubstr("split.csv lists no sample"));
  EXPECT_THAT(message("file,class\n1,a\n"), HasSubstr("no column 'path'"));
  EXPECT_THAT(message("path,class\n1,a\n/2,a\n"), HasSubstr("split.csv, line 3: path must be"));
  EXPECT_THAT(message("path,class\n1,a\n1,b\n"), HasSubstr("line 3: '1' is listed twice"));
  EXPECT_THAT(message("path,class\n1,\n"), HasSubstr("line 2: '1' has no class"));
  EXPECT_THAT(message("path,class,subset\n1,a,train\n"), HasSubstr("unknown subset 'train'"));
  for (const char* weight : {"-1", "nan", "x", ""}) {
    EXPECT_THAT(message(std::string("path,class,weight\n1,a,") + weight + "\n"),
                HasSubstr("weight must be a number"));
  }
}

}  // namespace
}  // namespace folio
