#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "big_endian.h"
#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;
using DatasetCommandTest = CommandTest;

TEST_F(DatasetCommandTest, SynthesizedDigitsAreTenFoldersOfPictures) {
  make_digits(3);
  for (char digit = '0'; digit <= '9'; ++digit) {
    const fs::path folder = at(std::string("digits/") + digit);
    std::size_t files = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const cv::Mat image = cv::imread(entry.path().string(), cv::IMREAD_UNCHANGED);
      EXPECT_EQ(image.size(), cv::Size(28, 28));
      EXPECT_EQ(image.channels(), 1);
      ++files;
    }
    EXPECT_EQ(files, 3U) << folder;
  }
}

TEST_F(DatasetCommandTest, SeedDecidesTheDigits) {
  const auto synthesize = [&](const std::string& output, const char* seed) {
    return folio({"dataset", "synthesize", "digits", output, "--per-class", "2", "--seed", seed})
        .exit_code;
  };
  ASSERT_EQ(synthesize("a", "1"), 0);
  ASSERT_EQ(synthesize("b", "1"), 0);
  ASSERT_EQ(synthesize("c", "2"), 0);
  std::string first;
  for (const fs::directory_entry& entry : fs::directory_iterator(at("a/7"))) {
    first = entry.path().filename().string();
  }
  EXPECT_EQ(text_of("a/7/" + first), text_of("b/7/" + first));
  EXPECT_NE(text_of("a/7/" + first), text_of("c/7/" + first));
}

TEST_F(DatasetCommandTest, MnistFilesBecomeClassFolders) {
  std::string pixels;
  for (int pixel = 0; pixel < 2 * 3 * 4; ++pixel) pixels += static_cast<char>(pixel);
  write("images", big_endian(2051) + big_endian(2) + big_endian(3) + big_endian(4) + pixels);
  write("labels", big_endian(2049) + big_endian(2) + "\x07\x02");
  const CommandResult result = folio({"dataset", "import", "mnist", "images", "labels", "out"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const CommandResult stats = folio({"dataset", "stats", "out", "--json"});
  ASSERT_EQ(stats.exit_code, 0) << stats.err;
  EXPECT_EQ(Json::parse(stats.out).at("samples"), 2);
  for (const fs::directory_entry& entry : fs::directory_iterator(at("out/7"))) {
    const cv::Mat image = cv::imread(entry.path().string(), cv::IMREAD_UNCHANGED);
    ASSERT_EQ(image.size(), cv::Size(4, 3));
    EXPECT_EQ(image.at<unsigned char>(2, 3), 11);
  }
}

TEST_F(DatasetCommandTest, ShortMnistFileIsRefusedAndNothingIsLeft) {
  write("images", big_endian(2051) + big_endian(2) + big_endian(3) + big_endian(4) + "short");
  write("labels", big_endian(2049) + big_endian(2) + "\x07\x02");
  expect_failure(folio({"dataset", "import", "mnist", "images", "labels", "out"}), 1, "images");
  EXPECT_FALSE(fs::exists(at("out")));
}

TEST_F(DatasetCommandTest, StatsCountClassesAndWhatASplitHoldsBack) {
  make_digits(5);
  fs::remove(fs::directory_iterator(at("digits/4"))->path());
  const CommandResult result = folio({"dataset", "stats", "digits", "--validation-split", "0.25"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  // int(0.25 * 5) = 1 of each class, and int(0.25 * 4) = 1.
  EXPECT_NE(result.out.find("Found 39 images belonging to 10 classes.\n"
                            "Found 10 images belonging to 10 classes.\n"),
            std::string::npos)
      << result.out;
  const CommandResult json = folio({"dataset", "stats", "digits", "--json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(Json::parse(json.out).at("classes").at("4"), 4);
}

TEST_F(DatasetCommandTest, SplitIsTruncatedInEachClass) {
  // A split of the whole would hold back 8400 of these 42000 files.
  constexpr int kCounts[] = {4132, 4684, 4177, 4351, 4072, 3795, 4137, 4401, 4063, 4188};
  for (int digit = 0; digit < 10; ++digit) {
    const fs::path folder = at("digits") / std::to_string(digit);
    fs::create_directories(folder);
    const fs::path first = folder / "img_0.jpg";
    write("digits/" + std::to_string(digit) + "/img_0.jpg", "");
    for (int number = 1; number < kCounts[digit]; ++number) {
      fs::create_hard_link(first, folder / ("img_" + std::to_string(number) + ".jpg"));
    }
  }
  const CommandResult result = folio({"dataset", "stats", "digits", "--validation-split", "0.2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.find("Found 33604 images belonging to 10 classes.\n"
                            "Found 8396 images belonging to 10 classes.\n"),
            0U)
      << result.out;
}

TEST_F(DatasetCommandTest, FashionMnistHasNamedClasses) {
  write("images", big_endian(2051) + big_endian(2) + big_endian(1) + big_endian(1) + "ab");
  write("labels", big_endian(2049) + big_endian(2) + "\x09" + std::string(1, '\0'));
  ASSERT_EQ(folio({"dataset", "import", "fashion-mnist", "images", "labels", "out"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(at("out/Ankle boot/00000.png")));
  EXPECT_TRUE(fs::exists(at("out/T-shirt_top/00001.png")));
  write("labels", big_endian(2049) + big_endian(2) + "\x0a\x01");
  expect_failure(folio({"dataset", "import", "fashion-mnist", "images", "labels", "out2"}), 1,
                 "labels has label 10, expected less than 10");
  EXPECT_FALSE(fs::exists(at("out2")));
}

TEST_F(DatasetCommandTest, TablesBecomeClassFolders) {
  make_digits(2);
  write("labels.csv", "id,kind\n0/00000,zero\n7/00001,\"seven, maybe\"\n");
  const CommandResult result =
      folio({"dataset", "import", "csv", "labels.csv", "digits", "out", "--path-column", "id",
             "--class-column", "kind", "--suffix", ".png", "--link"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(text_of("out/seven, maybe/7_00001.png"), text_of("digits/7/00001.png"));
  expect_failure(folio({"dataset", "import", "csv", "labels.csv", "digits", "o2"}), 1,
                 "no column 'path', it has 'id', 'kind'");
}

TEST_F(DatasetCommandTest, ArchivesThatAreNoneAreRefused) {
  write("a.zip", "no archive");
  expect_failure(folio({"dataset", "import", "archive", "a.zip", "out"}), 1, "a.zip: ");
  expect_failure(folio({"dataset", "import", "cifar10", "a.zip", "out"}), 1, "a.zip: ");
  EXPECT_FALSE(fs::exists(at("out")));
}

}  // namespace
}  // namespace folio::test
