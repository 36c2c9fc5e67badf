#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/decode_image.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using testing::HasSubstr;

/// A picture with structure, blue first as OpenCV has it.
cv::Mat picture(int type) {
  cv::Mat image(40, 60, type);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols * image.channels(); ++x) {
      const int value = (x * 3 + y * 5 + x * y / 7) % 256;
      if (image.depth() == CV_16U) {
        image.ptr<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(value * 257);
      } else {
        image.ptr<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(value);
      }
    }
  }
  return image;
}

std::vector<std::byte> encoded(const cv::Mat& image, const std::string& ending,
                               const std::vector<int>& options = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(ending, image, bytes, options);
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
  return {data, data + bytes.size()};
}

cv::Mat decoded(std::span<const std::byte> bytes, ColorMode mode) {
  cv::Mat image;
  decode_image(bytes, mode, image);
  return image;
}

std::string refusal(std::span<const std::byte> bytes) {
  try {
    decoded(bytes, ColorMode::kRgb);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "accepted";
}

TEST(DecodeImageTest, LosslessFormatsGiveTheSamePixelsInRedGreenBlue) {
  const cv::Mat image = picture(CV_8UC3);
  for (const char* ending : {".png", ".bmp", ".ppm", ".tiff"}) {
    const cv::Mat rgb = decoded(encoded(image, ending), ColorMode::kRgb);
    ASSERT_EQ(rgb.type(), CV_8UC3) << ending;
    for (int x = 0; x < 60; ++x) {
      const auto bgr = image.at<cv::Vec3b>(7, x);
      ASSERT_EQ(rgb.at<cv::Vec3b>(7, x), cv::Vec3b(bgr[2], bgr[1], bgr[0])) << ending;
    }
  }
}

TEST(DecodeImageTest, ColoursBecomeGreyByTheFixedFormula) {
  const cv::Mat image = picture(CV_8UC3);
  const cv::Mat grey = decoded(encoded(image, ".png"), ColorMode::kGrayscale);
  ASSERT_EQ(grey.type(), CV_8UC1);
  const auto bgr = image.at<cv::Vec3b>(11, 13);
  EXPECT_EQ(grey.at<std::uint8_t>(11, 13),
            (19595 * bgr[2] + 38470 * bgr[1] + 7471 * bgr[0] + 0x8000) >> 16);
}

TEST(DecodeImageTest, GreyImagesFillAllColours) {
  for (const char* ending : {".png", ".jpg"}) {
    const auto bytes = encoded(picture(CV_8UC1), ending);
    const cv::Mat grey = decoded(bytes, ColorMode::kGrayscale);
    const cv::Mat rgba = decoded(bytes, ColorMode::kRgba);
    const std::uint8_t value = grey.at<std::uint8_t>(3, 4);
    EXPECT_EQ(rgba.at<cv::Vec4b>(3, 4), cv::Vec4b(value, value, value, 255)) << ending;
  }
}

TEST(DecodeImageTest, AlphaIsDroppedOrKept) {
  const auto bytes = encoded(picture(CV_8UC4), ".png");
  EXPECT_EQ(decoded(bytes, ColorMode::kRgb).type(), CV_8UC3);
  EXPECT_EQ(decoded(bytes, ColorMode::kRgba).at<cv::Vec4b>(5, 6)[3],
            picture(CV_8UC4).at<cv::Vec4b>(5, 6)[3]);
}

TEST(DecodeImageTest, SixteenBitsAreScaledNotClipped) {
  for (const char* ending : {".png", ".tiff"}) {
    const cv::Mat image = decoded(encoded(picture(CV_16UC1), ending), ColorMode::kGrayscale);
    for (int x = 0; x < 60; ++x) {
      ASSERT_EQ(image.at<std::uint8_t>(9, x), picture(CV_8UC1).at<std::uint8_t>(9, x)) << ending;
    }
  }
}

TEST(DecodeImageTest, EveryTruncationIsRefused) {
  const cv::Mat image = picture(CV_8UC3);
  for (const auto& bytes :
       {encoded(image, ".png"), encoded(image, ".jpg"),
        encoded(image, ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1}), encoded(image, ".bmp"),
        encoded(image, ".ppm"), encoded(image, ".tiff"), encoded(image, ".webp")}) {
    ASSERT_EQ(refusal(bytes), "accepted");
    for (const double share : {0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99}) {
      const auto length = static_cast<std::size_t>(share * static_cast<double>(bytes.size()));
      EXPECT_NE(refusal(std::span(bytes).first(length)), "accepted")
          << length << " of " << bytes.size() << " bytes";
    }
  }
}

TEST(DecodeImageTest, FilesThatAreCutOffAreToldWithoutNoise) {
  const cv::Mat image = picture(CV_8UC3);
  for (const auto& bytes :
       {encoded(image, ".bmp"), encoded(image, ".ppm"), encoded(picture(CV_16UC1), ".pgm"),
        encoded(picture(CV_8UC1), ".pbm"), encoded(image, ".webp")}) {
    ASSERT_EQ(refusal(bytes), "accepted");
    testing::internal::CaptureStderr();
    EXPECT_EQ(refusal(std::span(bytes).first(bytes.size() - 1)),
              "cut off: it has " + std::to_string(bytes.size() - 1) + " bytes, its header says " +
                  std::to_string(bytes.size()));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST(DecodeImageTest, TextIsRefused) {
  const std::string text = "<html>not found</html>";
  EXPECT_THAT(refusal(std::as_bytes(std::span(text))), HasSubstr("not an image"));
}

TEST(DecodeImageTest, HugeHeadersAreRefusedBeforeMemoryIsTaken) {
  auto bytes = encoded(picture(CV_8UC1), ".png");
  for (const int at : {16, 20}) {  // Width and height, big endian; the checksum follows.
    bytes[at + 1] = std::byte{0x0F};
  }
  EXPECT_NE(refusal(bytes), "accepted");
  auto jpeg = encoded(picture(CV_8UC1), ".jpg");
  for (std::size_t i = 0; i + 8 < jpeg.size(); ++i) {
    if (jpeg[i] == std::byte{0xFF} && jpeg[i + 1] == std::byte{0xC0}) {
      for (std::size_t k = 5; k < 9; ++k) jpeg[i + k] = std::byte{0xFF};
      break;
    }
  }
  EXPECT_THAT(refusal(jpeg), HasSubstr("pixels"));
}

TEST(ReadImageTest, ErrorsNameTheFile) {
  const test::TemporaryDirectory directory;
  const auto refusal_of = [](const std::string& path) {
    try {
      read_image(path, ColorMode::kRgb);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  write_file(directory.path("text.png"), "text");
  write_file(directory.path("empty.png"), "");
  ASSERT_EQ(::mkfifo(directory.path("fifo.png").c_str(), 0600), 0);
  EXPECT_THAT(refusal_of(directory.path("text.png")), HasSubstr("text.png"));
  EXPECT_THAT(refusal_of(directory.path("empty.png")), HasSubstr("empty file"));
  EXPECT_THAT(refusal_of(directory.path("missing.png")), HasSubstr("No such file"));
  EXPECT_THAT(refusal_of(directory.path("fifo.png")), HasSubstr("not a regular file"));
  EXPECT_THAT(refusal_of(directory.path()), HasSubstr("not a regular file"));
}

std::vector<std::byte> encoded_png(const cv::Mat& image, const std::vector<int>& options) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes, options);
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

// Smooth in places and noisy in others, so that an encoder picks every filter.
cv::Mat varied_image(int height, int width, int channels) {
  cv::Mat image(height, width, CV_8UC(channels));
  cv::theRNG().state = 3;
  cv::randu(image, 0, 256);
  for (int y = 0; y < height; ++y) {
    for (int i = 0; i < width * channels; ++i) {
      if ((y / 5) % 2 == 0)
        image.ptr<std::uint8_t>(y)[i] = static_cast<std::uint8_t>(3 * y + 2 * i);
    }
  }
  return image;
}

TEST(DecodeImageTest, ReadsEveryPngFilterInGreyColourAndAlpha) {
  for (const int channels : {1, 3, 4}) {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(37, 41), cv::Size(2, 300)}) {
      const cv::Mat image = varied_image(size.height, size.width, channels);
      for (int strategy = 0; strategy <= 4; ++strategy) {
        for (const int level : {0, 1, 9}) {
          const ColorMode mode = channels == 1   ? ColorMode::kGrayscale
                                 : channels == 3 ? ColorMode::kRgb
                                                 : ColorMode::kRgba;
          cv::Mat decoded;
          decode_image(encoded_png(image, {cv::IMWRITE_PNG_COMPRESSION, level,
                                           cv::IMWRITE_PNG_STRATEGY, strategy}),
                       mode, decoded);
          cv::Mat expected = image;
          if (channels == 3) cv::cvtColor(image, expected, cv::COLOR_BGR2RGB);
          if (channels == 4) cv::cvtColor(image, expected, cv::COLOR_BGRA2RGBA);
          EXPECT_EQ(cv::norm(decoded, expected, cv::NORM_INF), 0.0)
              << channels << " channels, strategy " << strategy << ", level " << level;
        }
      }
    }
  }
}

TEST(DecodeImageTest, APngWithAnyByteChangedIsRefusedOrHasTheSamePixels) {
  const cv::Mat image = varied_image(9, 13, 1);
  const std::vector<std::byte> good = encoded_png(image, {});
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::vector<std::byte> bad = good;
      bad[at] ^= static_cast<std::byte>(flip);
      cv::Mat decoded;
      try {
        decode_image(bad, ColorMode::kGrayscale, decoded);
      } catch (const Error&) {
        ++refused;
        continue;
      }
      EXPECT_EQ(cv::norm(decoded, image, cv::NORM_INF), 0.0) << "byte " << at;
    }
  }
  EXPECT_GT(refused, 2 * good.size());
}

/// Images of many kinds against what Pillow makes of them.
class ImageKindsTest : public testing::Test {
 protected:
  static cv::Mat read(const std::string& name, ColorMode mode,
                      SixteenBit sixteen_bit = SixteenBit::kScale) {
    cv::Mat image;
    decode_image(read_file(test::data_path("pipeline/kinds/" + name)), mode, image, sixteen_bit);
    return image;
  }
  static int value(const cv::Mat& image, std::size_t at) {
    return image.depth() == CV_16U ? image.ptr<std::uint16_t>()[at] : image.data[at];
  }
  const nlohmann::json kinds_ = test::read_json("pipeline/kinds/kinds.json");
  const std::vector<std::pair<std::string, ColorMode>> modes_{
      {"grayscale", ColorMode::kGrayscale}, {"rgb", ColorMode::kRgb}, {"rgba", ColorMode::kRgba}};
};

TEST_F(ImageKindsTest, AreReadAsPillowReadsThem) {
  for (const auto& [name, expected] : kinds_["files"].items()) {
    // OpenCV weighs the colours of a TIFF by its alpha.
    if (name == "alpha.tif") continue;
    const bool wide = name.find("16") != std::string::npos;
    const int tolerance = name == "cmyk.jpg" ? 1 : 0;
    for (const auto& [mode, color_mode] : modes_) {
      const cv::Mat image = read(name, color_mode, SixteenBit::kKeras);
      const auto pixels = expected[mode].get<std::vector<int>>();
      ASSERT_EQ(image.total() * image.channels(), pixels.size()) << name << " " << mode;
      EXPECT_EQ(image.depth(), wide && mode == "grayscale" ? CV_16U : CV_8U) << name;
      for (std::size_t i = 0; i < pixels.size(); ++i) {
        ASSERT_LE(std::abs(value(image, i) - pixels[i]), tolerance)
            << name << " " << mode << " value " << i;
      }
    }
  }
}

TEST_F(ImageKindsTest, SixteenBitsAreScaledUnlessKerasIsAskedFor) {
  for (const char* name : {"grey16.png", "grey16.tif"}) {
    const auto exact = kinds_["files"][name]["grayscale"].get<std::vector<int>>();
    for (const ColorMode mode : {ColorMode::kGrayscale, ColorMode::kRgb}) {
      const cv::Mat image = read(name, mode);
      for (std::size_t i = 0; i < exact.size(); ++i) {
        ASSERT_NEAR(image.data[i * image.channels()], exact[i] / 257.0, 0.502) << name;
      }
    }
  }
}

TEST_F(ImageKindsTest, AnimationsWithoutAFirstPictureOfTheirOwnAreRefusedByName) {
  const auto refusal_of = [](const char* name) {
    return test::message_of([&] { (void)read(name, ColorMode::kRgb); });
  };
  EXPECT_THAT(refusal_of("animated.gif"), HasSubstr("GIF is not supported"));
  EXPECT_THAT(refusal_of("animated.webp"), HasSubstr("animated WebP is not supported"));
}

TEST(DecodeImageTest, HeadersThatClaimTooMuchAreRefusedInEveryFormat) {
  using Bytes = std::vector<std::uint8_t>;
  const Bytes bmp{'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,  40,
                  0,   0,   0, 0, 0, 1, 0, 0, 0, 1, 0,  1, 0, 24, 0};
  const std::string ppm = "P6\n# a comment\n100000 100000\n255\n";
  Bytes webp{'R', 'I', 'F', 'F', 0,  0, 0, 0, 'W', 'E', 'B', 'P',
             'V', 'P', '8', 'X', 10, 0, 0, 0, 0,   0,   0,   0};
  for (int i = 0; i < 6; ++i) webp.push_back(0xFF);
  Bytes tiff{'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0};
  for (const std::uint8_t tag : {0, 1}) {
    for (const int byte : {int{tag}, 1, 4, 0, 1, 0, 0, 0, 0, 0, 1, 0}) {
      tiff.push_back(static_cast<std::uint8_t>(byte));
    }
  }
  const auto as_bytes = [](const auto& data) { return std::as_bytes(std::span(data)); };
  for (const auto& bytes : {as_bytes(bmp), as_bytes(ppm), as_bytes(webp), as_bytes(tiff)}) {
    EXPECT_THAT(refusal(bytes), HasSubstr("at most 67108864 are accepted"));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_NE(refusal(bytes.first(length)), "accepted");
    }
  }
}

}  // namespace
}  // namespace folio
