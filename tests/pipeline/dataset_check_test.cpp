#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/dataset_check.h>
#include <folio/pipeline/threads.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/filesystem/operations.hpp>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// A picture that differs from that of every other seed.
cv::Mat scene(int seed, int size = 64) {
  cv::Mat small(4, 4, CV_8UC3);
  cv::theRNG().state = static_cast<std::uint64_t>(seed) + 1;
  cv::randu(small, 0, 256);
  cv::Mat image;
  cv::resize(small, image, {size, size}, 0, 0, cv::INTER_CUBIC);
  return image;
}

class DatasetCheckTest : public testing::Test {
 protected:
  void image(const std::string& name, const cv::Mat& picture) {
    boost::filesystem::create_directories(at(name.substr(0, name.rfind('/'))));
    cv::imwrite(at(name), picture);
  }
  void bytes(const std::string& name, const std::string& text) { write_file(at(name), text); }
  [[nodiscard]] std::string text_of(const std::string& name) const {
    const auto read = read_file(at(name));
    return {reinterpret_cast<const char*>(read.data()), read.size()};
  }
  [[nodiscard]] std::string at(const std::string& name) const {
    return directory_.path() + "/" + name;
  }
  [[nodiscard]] DatasetReport check(const std::vector<std::string>& sets = {"photos"},
                                    const DatasetCheckOptions& options = {}) const {
    std::vector<CheckedSet> checked;
    for (const std::string& set : sets) {
      checked.push_back(
          {set, scan_class_folders(at(set), {.allow_empty = true}), skipped_files(at(set))});
    }
    return check_dataset(checked, options);
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(DatasetCheckTest, SoundFoldersHaveNoFindings) {
  for (int i = 0; i < 4; ++i) image("photos/a/" + std::to_string(i) + ".png", scene(i));
  for (int i = 4; i < 6; ++i) image("photos/b/" + std::to_string(i) + ".jpg", scene(i));
  const DatasetReport report = check();
  EXPECT_EQ(report.files, 6U);
  EXPECT_TRUE(report.bad_files.empty());
  EXPECT_TRUE(report.mislabelled.empty());
  EXPECT_TRUE(report.duplicates.empty());
  EXPECT_TRUE(report.empty_classes().empty());
  EXPECT_EQ(report.imbalance(), 2.0);
  EXPECT_THAT(report.images.formats, ElementsAre(Pair("jpeg", 2U), Pair("png", 4U)));
}

TEST_F(DatasetCheckTest, UnreadableTruncatedAndForeignFilesAreNamedWithTheReason) {
  image("photos/a/good.jpg", scene(1));
  const std::string good = text_of("photos/a/good.jpg");
  bytes("photos/a/cut.jpg", good.substr(0, good.size() / 2));
  bytes("photos/a/empty.png", "");
  bytes("photos/a/page.jpg", "<html>not found</html>");
  boost::filesystem::create_symlink("nowhere", at("photos/a/dangling.png"));
  const DatasetReport report = check();
  ASSERT_EQ(report.bad_files.size(), 4U);
  EXPECT_EQ(report.bad_files[0].path, at("photos/a/cut.jpg"));
  EXPECT_THAT(report.bad_files[1].reason, HasSubstr("cannot be opened"));
  EXPECT_EQ(report.bad_files[2].reason, "empty file");
  for (const BadFile& bad : report.bad_files) EXPECT_FALSE(bad.reason.empty());
}

TEST_F(DatasetCheckTest, ContentOfAnotherFormatIsNamed) {
  image("photos/a/right.png", scene(1));
  image("photos/a/also right.JPG", scene(2));
  image("photos/a/x.png", scene(3));
  boost::filesystem::rename(at("photos/a/x.png"), at("photos/a/wrong.jpeg"));
  const DatasetReport report = check();
  ASSERT_EQ(report.mislabelled.size(), 1U);
  EXPECT_EQ(report.mislabelled[0].path, at("photos/a/wrong.jpeg"));
  EXPECT_EQ(report.mislabelled[0].format, "png");
}

TEST_F(DatasetCheckTest, WhatTheScanLeavesOutIsReportedWithItsContent) {
  image("photos/a/1.png", scene(1));
  image("photos/2.png", scene(2));
  image("photos/a/x.webp", scene(3));
  bytes("photos/a/notes.txt", "cat");
  bytes("photos/a/fake.gif", "no image");
  const DatasetReport report = check();
  EXPECT_EQ(report.files, 1U);
  ASSERT_EQ(report.skipped.size(), 4U);
  EXPECT_EQ(report.skipped[0].path, at("photos/2.png"));
  EXPECT_EQ(report.skipped[0].reason, SkippedFile::Reason::kInNoClass);
  EXPECT_EQ(report.skipped[1].path, at("photos/a/fake.gif"));
  EXPECT_EQ(report.skipped[1].format, "");
  EXPECT_EQ(report.skipped[3].path, at("photos/a/x.webp"));
  EXPECT_EQ(report.skipped[3].format, "webp");
}

TEST_F(DatasetCheckTest, FilesThatAListNamesInVainAreMissingNotBad) {
  image("photos/a/1.png", scene(1));
  bytes("photos/a/2.png", "x");
  CheckedSet set{"all", scan_class_folders(at("photos"))};
  set.samples.samples.push_back({.path = "a/3.png"});
  const DatasetReport report = check_dataset({set});
  EXPECT_THAT(report.missing, ElementsAre(at("photos/a/3.png")));
  ASSERT_EQ(report.bad_files.size(), 1U);
  EXPECT_EQ(report.bad_files[0].path, at("photos/a/2.png"));
}

TEST_F(DatasetCheckTest, EqualFilesAreGroupedByTheHarmTheyDo) {
  for (const char* name : {"train/a/1.png", "train/a/2.png"}) image(name, scene(1));
  for (const char* name : {"train/a/3.png", "train/b/3.png"}) image(name, scene(3));
  for (const char* name : {"train/b/4.png", "held/b/4.png", "held/b/5.png"}) image(name, scene(4));
  image("train/a/6.png", scene(6));
  image("held/a/7.png", scene(7));
  const DatasetReport report = check({"train", "held"});
  ASSERT_EQ(report.duplicates.size(), 3U);
  EXPECT_EQ(report.duplicates[0].kind, DuplicateKind::kWithinClass);
  EXPECT_THAT(report.duplicates[0].paths, ElementsAre(at("train/a/1.png"), at("train/a/2.png")));
  EXPECT_EQ(report.duplicates[1].kind, DuplicateKind::kAcrossClasses);
  EXPECT_EQ(report.duplicates[2].kind, DuplicateKind::kAcrossSets);
  EXPECT_EQ(report.duplicates[2].paths.size(), 3U);
  EXPECT_TRUE(report.near_duplicates.empty());
}

TEST_F(DatasetCheckTest, ResizedAndRecompressedCopiesAreNearDuplicates) {
  for (int i = 0; i < 40; ++i) image("photos/a/" + std::to_string(i + 100) + ".png", scene(i, 128));
  image("photos/b/small.png", scene(5, 96));
  cv::imwrite(at("photos/b/again.jpg"), scene(7, 128), {cv::IMWRITE_JPEG_QUALITY, 60});
  image("photos/b/same.png", scene(9, 128));  // An exact duplicate is no near one.
  const DatasetReport report = check({"photos"}, {.near_duplicates = 4});
  ASSERT_EQ(report.near_duplicates.size(), 2U);
  EXPECT_THAT(report.near_duplicates[0].paths,
              ElementsAre(at("photos/a/105.png"), at("photos/b/small.png")));
  EXPECT_EQ(report.near_duplicates[0].kind, DuplicateKind::kAcrossClasses);
  EXPECT_THAT(report.near_duplicates[1].paths,
              ElementsAre(at("photos/a/107.png"), at("photos/b/again.jpg")));
  ASSERT_EQ(report.duplicates.size(), 1U);
}

TEST_F(DatasetCheckTest, StatisticsAreThoseOfAllPixels) {
  image("photos/a/1.png", cv::Mat(2, 3, CV_8UC3, cv::Scalar(10, 20, 30)));  // Blue, green, red.
  image("photos/a/2.png", cv::Mat(2, 1, CV_8UC1, cv::Scalar(110)));
  const ImageStatistics images = check().images;
  EXPECT_THAT(images.modes, ElementsAre(Pair("grayscale", 1U), Pair("rgb", 1U)));
  EXPECT_THAT(images.sizes, ElementsAre(Pair(std::pair(2, 1), 1U), Pair(std::pair(2, 3), 1U)));
  // Six pixels of 30 and two of 110.
  EXPECT_DOUBLE_EQ(images.mean[0], 50.0);
  EXPECT_DOUBLE_EQ(images.standard_deviation[0], std::sqrt((6 * 400.0 + 2 * 3600.0) / 8));
  EXPECT_DOUBLE_EQ(images.mean[2], (6 * 10 + 2 * 110) / 8.0);
}

TEST_F(DatasetCheckTest, EmptyClassesAreNamed) {
  image("photos/a/1.png", scene(1));
  boost::filesystem::create_directories(at("photos/b"));
  EXPECT_THAT(check().empty_classes(), ElementsAre("photos: b"));
}

TEST_F(DatasetCheckTest, ThreadsChangeNothing) {
  for (int i = 0; i < 30; ++i) image("photos/a/" + std::to_string(i) + ".png", scene(i % 20));
  bytes("photos/a/bad.png", "x");
  std::vector<DatasetReport> reports;
  for (const int count : {1, 4}) {
    set_threads(count);
    reports.push_back(check({"photos"}, {.near_duplicates = 6}));
  }
  set_threads(0);
  EXPECT_EQ(reports[0].images.mean, reports[1].images.mean);
  ASSERT_EQ(reports[0].duplicates.size(), 10U);
  ASSERT_EQ(reports[1].duplicates.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(reports[0].duplicates[i].paths, reports[1].duplicates[i].paths);
  }
}

TEST_F(DatasetCheckTest, ProgressCanStopIt) {
  image("photos/a/1.png", scene(1));
  EXPECT_EQ(test::message_of([&] {
              (void)check({"photos"}, {.progress = [](std::size_t, std::size_t) {
                            throw Error(ErrorKind::kInterrupted, "stopped");
                          }});
            }),
            "stopped");
}

TEST_F(DatasetCheckTest, DistancesOutOfRangeAreRefused) {
  for (const int distance : {-1, 17}) {
    EXPECT_THAT(test::message_of([&] { (void)check_dataset({}, {.near_duplicates = distance}); }),
                HasSubstr("near_duplicates must be in [0, 16]"));
  }
}

}  // namespace
}  // namespace folio
