#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;
using BenchCommandTest = CommandTest;

TEST_F(BenchCommandTest, LoaderIsMeasured) {
  make_digits(5);
  const CommandResult result = folio(
      {"bench", "digits", "--zoom-range", "0.2", "--seconds", "0.1", "--threads", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_GT(figures.at("images_per_second"), 0.0);
  EXPECT_EQ(figures.at("threads"), 1);
  double sum = 0.0;
  for (const char* part : {"read", "decode", "augment"}) {
    const double share = figures.at("shares").at(part);
    EXPECT_GT(share, 0.0) << part;
    EXPECT_LE(share, figures.at("shares").at(figures.at("bound_by").get<std::string>()));
    sum += share;
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
}

TEST_F(BenchCommandTest, TrainerIsMeasured) {
  const CommandResult result = folio({"bench", "--model", "mnist_cnn", "--input", "28x28x1",
                                      "--batch-size", "16", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_GT(figures.at("ms_per_step"), 0.0);
  EXPECT_GT(figures.at("predict_ms_per_step"), 0.0);
  EXPECT_EQ(figures.at("batch_size"), 16);
}

TEST_F(BenchCommandTest, WinogradCanBeLeftOut) {
  make_digits(2);
  const std::vector<std::string> line = {"bench",     "--model", "mnist_cnn",
                                         "--seconds", "0.1",     "--json"};
  for (const bool with_data : {false, true}) {
    std::vector<std::string> words = line;
    if (with_data) words.insert(words.begin() + 1, "digits");
    EXPECT_EQ(Json::parse(folio(words).out).at("winograd"), true) << with_data;
    words.emplace_back("--no-winograd");
    EXPECT_EQ(Json::parse(folio(words).out).at("winograd"), false) << with_data;
  }
}

TEST_F(BenchCommandTest, BothTogetherAreMeasured) {
  make_digits(5);
  const CommandResult result =
      folio({"bench", "digits", "--model", "mnist_cnn", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_GT(figures.at("ms_per_step"), 0.0);
  EXPECT_GT(figures.at("images_per_second"), 0.0);
  double sum = 0.0;
  for (const auto& [part, share] : figures.at("shares").items()) sum += share.get<double>();
  EXPECT_NEAR(sum, 1.0, 1e-9);
  // The chapter's network costs far more than reading 28x28 pixels does.
  EXPECT_EQ(figures.at("bound_by"), "train");
}

TEST_F(BenchCommandTest, LargePhotosAreBoundByDecoding) {
  cv::Mat photo(1200, 1600, CV_8UC3);
  cv::randu(photo, 0, 255);
  for (const char* name : {"a", "b"}) {
    std::filesystem::create_directories(at("photos") / name);
    cv::imwrite((at("photos") / name / "1.jpg").string(), photo);
  }
  const CommandResult result = folio({"bench", "photos", "--target-size", "32x32", "--batch-size",
                                      "2", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out).at("bound_by"), "decode");
}

}  // namespace
}  // namespace folio::test
