#include "near_hashes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>

namespace folio::internal {
namespace {

using Groups = std::vector<std::vector<std::size_t>>;

/// The definition: each hash joins the first one that leads a group and is near enough.
Groups by_definition(const std::vector<std::uint64_t>& hashes, int distance) {
  Groups groups;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto leader = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return std::popcount(hashes[group.front()] ^ hashes[i]) <= distance;
    });
    if (leader == groups.end()) {
      groups.push_back({i});
    } else {
      leader->push_back(i);
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

TEST(NearHashesTest, GroupsAreThoseOfTheDefinition) {
  std::mt19937_64 random(1);
  for (const int distance : {0, 1, 3, 4, 8, 16}) {
    std::vector<std::uint64_t> hashes;
    for (int i = 0; i < 300; ++i) {
      hashes.push_back(random());
      std::uint64_t near = hashes[random() % hashes.size()];
      for (int bits = 0; bits < 6; ++bits) near ^= std::uint64_t{1} << random() % 64;
      hashes.push_back(near);
    }
    EXPECT_EQ(group_near_hashes(hashes, distance), by_definition(hashes, distance)) << distance;
  }
}

TEST(NearHashesTest, BrightnessAndSizeLeaveTheHashAlone) {
  cv::Mat image(32, 36, CV_8UC1);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      image.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(x * 37 / 4 * 13 % 97 + y);
    }
  }
  cv::Mat brighter = image + 20;
  EXPECT_EQ(difference_hash(brighter), difference_hash(image));
  cv::Mat flat(5, 5, CV_8UC3, cv::Scalar(9, 9, 9));
  EXPECT_EQ(difference_hash(flat), 0U);
}

TEST(NearHashesTest, FirstBitIsTheTopLeftPair) {
  cv::Mat image(8, 9, CV_8UC1, cv::Scalar(0));
  image.at<std::uint8_t>(0, 0) = 255;
  EXPECT_EQ(difference_hash(image), std::uint64_t{1} << 63);
}

}  // namespace
}  // namespace folio::internal
