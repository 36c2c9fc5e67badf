#include <folio/datasets/file.h>
#include <folio/datasets/idx.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <opencv2/imgcodecs.hpp>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

const std::string kImages =
    std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03", 16) + "abcdef";
const std::string kLabels = std::string("\0\0\x08\x01\0\0\0\x02", 8) + "\x07\x03";

TEST(IdxTest, PlainAndGzippedFilesAreTheSame) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("plain"), kImages);
  gzFile file = gzopen(directory.path("packed.gz").c_str(), "wb");
  gzwrite(file, kImages.data(), static_cast<unsigned>(kImages.size()));
  gzclose(file);
  for (const char* name : {"plain", "packed.gz"}) {
    const IdxArray array = read_idx(directory.path(name));
    EXPECT_THAT(array.shape, testing::ElementsAre(2, 1, 3));
    EXPECT_THAT(array.values, testing::ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  }
}

TEST(IdxTest, DamagedFilesAreRefused) {
  const test::TemporaryDirectory directory;
  const auto refusal = [&](const std::string& bytes) {
    write_file(directory.path("file"), bytes);
    return message_of([&] { read_idx(directory.path("file")); });
  };
  EXPECT_THAT(refusal(""), HasSubstr("truncated"));
  EXPECT_THAT(refusal("text, no magic"), HasSubstr("two zeros"));
  EXPECT_THAT(refusal(kImages.substr(0, 20)), HasSubstr("truncated"));
  EXPECT_THAT(refusal(kImages + "x"), HasSubstr("longer"));
  EXPECT_THAT(refusal(std::string("\0\0\x0D\x01\0\0\0\x01", 8)), HasSubstr("type 13"));
  EXPECT_THAT(refusal(std::string("\0\0\x08\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12)),
              HasSubstr("claims too much"));
  EXPECT_THAT(message_of([&] { read_idx(directory.path("missing")); }),
              HasSubstr("missing: cannot be opened: No such file or directory"));
}

TEST(ImportIdxTest, WritesClassFolders) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("images"), kImages);
  write_file(directory.path("labels"), kLabels);
  EXPECT_EQ(import_idx(directory.path("images"), directory.path("labels"), directory.path("out")),
            2U);
  const cv::Mat image = cv::imread(directory.path("out/3/00001.png"), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(image.cols, 3);
  EXPECT_EQ(image.at<unsigned char>(0, 2), 'f');
  EXPECT_THAT(message_of([&] {
                import_idx(directory.path("images"), directory.path("labels"),
                           directory.path("out"));
              }),
              HasSubstr("exists already"));
}

TEST(ImportIdxTest, ImagesAndLabelsMustBelongTogether) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("images"), kImages);
  write_file(directory.path("labels"), std::string("\0\0\x08\x01\0\0\0\x01", 8) + "\x07");
  EXPECT_THAT(message_of([&] {
                import_idx(directory.path("images"), directory.path("labels"),
                           directory.path("out"));
              }),
              HasSubstr("one label for each of the 2 images"));
}

}  // namespace
}  // namespace folio
