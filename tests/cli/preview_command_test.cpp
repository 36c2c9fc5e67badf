#include <string>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

class PreviewCommandTest : public CommandTest {
 protected:
  void SetUp() override { make_digits(3); }
  cv::Mat sheet(const std::string& output, std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"preview", "digits", "--seed", "1", "--out", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = folio(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, output + "\n");
    return cv::imread(at(output).string());
  }
};

TEST_F(PreviewCommandTest, SheetGrowsWithRowsAndColumns) {
  const cv::Mat small = sheet("a.png", {"--rows", "2", "--columns", "2"});
  const cv::Mat large = sheet("b.png", {"--rows", "4", "--columns", "5"});
  ASSERT_FALSE(small.empty());
  ASSERT_FALSE(large.empty());
  EXPECT_GT(large.rows, small.rows);
  EXPECT_GT(large.cols, small.cols);
  EXPECT_GT(small.cols, 3 * 128);  // Three enlarged pictures beside each other.
}

TEST_F(PreviewCommandTest, SameSeedDrawsTheSameSheet) {
  sheet("a.png", {"--zoom-range", "0.3"});
  sheet("b.png", {"--zoom-range", "0.3"});
  sheet("c.png", {"--zoom-range", "0.6"});
  EXPECT_EQ(text_of("a.png"), text_of("b.png"));
  EXPECT_NE(text_of("a.png"), text_of("c.png"));
}

TEST_F(PreviewCommandTest, DatasetIsOnlyRead) {
  const auto files = [&] {
    std::string names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(at("digits"))) {
      names += entry.path().string() + "\n";
    }
    return names;
  };
  const std::string before = files();
  sheet("a.png", {});
  EXPECT_EQ(files(), before);
}

}  // namespace
}  // namespace folio::test
