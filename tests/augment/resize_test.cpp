#include <folio/augment/resize.h>
#include <folio/datasets/error.h>
#include <gtest/gtest.h>

#include <map>
#include <opencv2/core/mat.hpp>

#include "reference_data.h"

namespace folio {
namespace {

cv::Mat to_image(const Tensor& tensor) {
  const bool planes = tensor.shape().size() == 3;
  const int channels = planes ? static_cast<int>(tensor.shape()[2]) : 1;
  cv::Mat image(static_cast<int>(tensor.shape()[0]), static_cast<int>(tensor.shape()[1]),
                CV_8UC(channels));
  for (std::size_t i = 0; i < tensor.size(); ++i) {
    image.data[i] = static_cast<std::uint8_t>(tensor[i]);
  }
  return image;
}

const std::map<std::string, Interpolation> kFilters{
    {"nearest", Interpolation::kNearest}, {"bilinear", Interpolation::kBilinear},
    {"bicubic", Interpolation::kBicubic}, {"lanczos", Interpolation::kLanczos},
    {"box", Interpolation::kBox},         {"hamming", Interpolation::kHamming}};

TEST(ResizeTest, EqualsPillow) {
  const nlohmann::json reference = test::read_json("augment/resize.json");
  ASSERT_EQ(reference["cases"].size(), 48U);
  for (const auto& entry : reference["cases"]) {
    std::string id = std::to_string(entry["id"].get<int>());
    id.insert(0, 3 - id.size(), '0');
    const cv::Mat input = to_image(read_npy(test::data_path("augment/resize/" + id + "_in.npy")));
    const Tensor expected = read_npy(test::data_path("augment/resize/" + id + "_out.npy"));
    cv::Mat output;
    resize(input, entry["target_size"][0], entry["target_size"][1],
           kFilters.at(entry["filter"].get<std::string>()), output);
    ASSERT_EQ(output.total() * output.elemSize(), expected.size()) << entry.dump();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(output.data[i], expected[i]) << entry.dump() << " value " << i;
    }
  }
}

TEST(ResizeTest, SameSizeIsACopy) {
  const cv::Mat input(3, 4, CV_8UC1, cv::Scalar(7));
  cv::Mat output;
  resize(input, 3, 4, Interpolation::kLanczos, output);
  EXPECT_NE(output.data, input.data);
  EXPECT_EQ(output.at<std::uint8_t>(2, 3), 7);
}

TEST(ResizeTest, WrongArgumentsAreRefused) {
  cv::Mat output;
  EXPECT_THROW(resize(cv::Mat(2, 2, CV_32FC3), 3, 3, Interpolation::kBox, output), Error);
  EXPECT_THROW(resize(cv::Mat(2, 2, CV_8UC1), 0, 3, Interpolation::kBox, output), Error);
  EXPECT_THROW(resize(cv::Mat(), 3, 3, Interpolation::kBox, output), Error);
}

TEST(ResizeTest, KeptProportionsEqualPillowsBox) {
  const nlohmann::json reference = test::read_json("augment/resize_box.json");
  ASSERT_EQ(reference["cases"].size(), 24U);
  for (const auto& entry : reference["cases"]) {
    auto pixels = entry["image"].get<std::vector<std::uint8_t>>();
    const auto expected = entry["resized"].get<std::vector<std::uint8_t>>();
    const cv::Mat input(entry["height"].get<int>(), entry["width"].get<int>(),
                        CV_8UC(entry["channels"].get<int>()), pixels.data());
    cv::Mat output;
    resize(input, entry["target"][0], entry["target"][1],
           kFilters.at(entry["interpolation"].get<std::string>()), output, AspectRatio::kKeep);
    ASSERT_EQ(output.total() * output.elemSize(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(output.data[i], expected[i])
          << entry["interpolation"] << " to " << entry["target"] << " value " << i;
    }
  }
}

TEST(ResizeTest, KeptProportionsLeaveAtLeastOnePixel) {
  const cv::Mat input(2, 50, CV_8UC1, cv::Scalar(9));
  for (const Interpolation interpolation : {Interpolation::kNearest, Interpolation::kLanczos}) {
    cv::Mat output;
    resize(input, 1000, 1, interpolation, output, AspectRatio::kKeep);
    EXPECT_EQ(output.rows, 1000);
    EXPECT_EQ(output.at<std::uint8_t>(999, 0), 9);
  }
}

}  // namespace
}  // namespace folio
