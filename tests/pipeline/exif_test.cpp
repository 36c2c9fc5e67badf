#include "exif.h"

#include <folio/datasets/file.h>
#include <folio/pipeline/image_data_generator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "temporary_directory.h"

namespace folio {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A TIFF block with an orientation, after another entry.
Bytes exif_block(int orientation, bool big_endian) {
  Bytes block = big_endian ? Bytes{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 2}
                           : Bytes{'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0};
  const auto add = [&](unsigned value, int length) {
    for (int i = 0; i < length; ++i) {
      block.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian ? length - 1 - i : i)));
    }
  };
  for (const auto& [tag, value] : {std::pair{0x0100U, 9U}, {0x0112U, unsigned(orientation)}}) {
    add(tag, 2);
    add(3, 2);
    add(1, 4);
    add(value, 2);
    add(0, 2);
  }
  add(0, 4);
  return block;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes number(std::size_t value, int length, bool big_endian = true) {
  Bytes bytes;
  for (int i = 0; i < length; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian ? length - 1 - i : i)));
  }
  return bytes;
}

const Bytes kExifName{'E', 'x', 'i', 'f', 0, 0};

/// A JPEG with an EXIF segment after a comment.
Bytes with_exif(const Bytes& jpeg, const Bytes& block) {
  return joined({{0xFF, 0xD8, 0xFF, 0xFE, 0, 4, 'h', 'i', 0xFF, 0xE1},
                 number(2 + kExifName.size() + block.size(), 2),
                 kExifName,
                 block,
                 Bytes(jpeg.begin() + 2, jpeg.end())});
}

int orientation(const Bytes& file) {
  return internal::exif_orientation(std::as_bytes(std::span(file)));
}

TEST(ExifOrientationTest, IsFoundInEveryFormatAndByteOrder) {
  const Bytes signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  for (const bool big_endian : {false, true}) {
    for (int value = 1; value <= 8; ++value) {
      const Bytes block = exif_block(value, big_endian);
      EXPECT_EQ(orientation(with_exif({0xFF, 0xD8}, block)), value);
      EXPECT_EQ(orientation(joined({signature,
                                    number(3, 4),
                                    {'t', 'E', 'X', 't', 1, 2, 3},
                                    number(0, 4),
                                    number(block.size(), 4),
                                    {'e', 'X', 'I', 'f'},
                                    block,
                                    number(0, 4)})),
                value);
      EXPECT_EQ(orientation(joined({{'R', 'I', 'F', 'F', 0, 0, 0, 0, 'W', 'E', 'B', 'P'},
                                    {'V', 'P', '8', ' ', 1, 0, 0, 0, 9, 0},  // Padded to even.
                                    {'E', 'X', 'I', 'F'},
                                    number(kExifName.size() + block.size(), 4, false),
                                    kExifName,
                                    block})),
                value);
      EXPECT_EQ(orientation(block), value);
    }
  }
}

TEST(ExifOrientationTest, NonsenseIsUpright) {
  EXPECT_EQ(orientation({}), 1);
  EXPECT_EQ(orientation(with_exif({0xFF, 0xD8}, exif_block(0, true))), 1);
  EXPECT_EQ(orientation(with_exif({0xFF, 0xD8}, exif_block(9, true))), 1);
  const Bytes file = with_exif({0xFF, 0xD8}, exif_block(6, false));
  for (std::size_t length = 0; length < file.size(); ++length) {  // Never reads beyond the end.
    (void)orientation(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
  }
  for (std::size_t at = 2; at < file.size(); ++at) {
    for (const std::uint8_t value : {0x00, 0x7F, 0xFF}) {
      Bytes damaged = file;
      damaged[at] = value;
      const int found = orientation(damaged);
      EXPECT_TRUE(found >= 1 && found <= 8);
    }
  }
}

TEST(ExifOrientationTest, FlowsTurnImagesUprightOnRequest) {
  // Bright at the top left, so that every orientation looks different.
  cv::Mat picture(16, 32, CV_8UC1, cv::Scalar(20));
  picture(cv::Rect(0, 0, 8, 8)) = cv::Scalar(240);
  Bytes jpeg;
  cv::imencode(".jpg", picture, jpeg, {cv::IMWRITE_JPEG_QUALITY, 100});
  // Where the stored top left corner belongs: {lower half, right half}.
  const std::vector<std::pair<bool, bool>> corners{{false, false}, {false, true},  {true, true},
                                                   {true, false},  {false, false}, {false, true},
                                                   {true, true},   {true, false}};
  for (int value = 1; value <= 8; ++value) {
    const test::TemporaryDirectory directory;
    const Bytes file = with_exif(jpeg, exif_block(value, value % 2 == 0));
    write_file(directory.path("a/image.jpg"), std::as_bytes(std::span(file)));
    const bool turned = value >= 5;
    const FlowOptions flow{.target_size = {turned ? 32 : 16, turned ? 16 : 32},
                           .color_mode = ColorMode::kGrayscale,
                           .exif_orientation = true};
    BatchStream stream = ImageDataGenerator().flow_from_directory(directory.path(), flow);
    const cv::Mat image = stream.next().x.image(0);
    const auto& [lower, right] = corners[static_cast<std::size_t>(value - 1)];
    for (const bool low : {false, true}) {
      for (const bool far : {false, true}) {
        const float level = image.at<float>(low ? image.rows - 4 : 4, far ? image.cols - 4 : 4);
        EXPECT_EQ(level > 128.0F, low == lower && far == right) << "orientation " << value;
      }
    }
  }
}

}  // namespace
}  // namespace folio
