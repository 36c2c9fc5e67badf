#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/decode_image.h>

#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "decoders.h"
#include "image_header.h"

namespace folio {
namespace internal {

void check_size(std::size_t width, std::size_t height) {
  if (width > 0 && height > 0 && width <= kMostPixels / height) return;
  throw Error(ErrorKind::kData, "image of " + std::to_string(width) + " x " +
                                    std::to_string(height) + " pixels, at most " +
                                    std::to_string(kMostPixels) + " are accepted");
}

namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
      .starts_with(magic);
}

/// BMP, PNM, TIFF and WebP.
Pixels decode_other(std::span<const std::byte> bytes, cv::Mat& image, SixteenBit sixteen_bit) {
  const cv::Mat view(1, static_cast<int>(bytes.size()), CV_8UC1,
                     const_cast<std::byte*>(bytes.data()));
  check_other_header(bytes);
  try {
    image = cv::imdecode(view, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::kData, "cannot be decoded: " + error.err);
  }
  if (image.empty()) throw Error(ErrorKind::kData, "damaged, or of a kind that is not supported");
  const bool keras = sixteen_bit == SixteenBit::kKeras;
  if (keras && image.type() == CV_16UC1) return Pixels::kGrey;
  if (image.depth() == CV_16U) {
    if (keras) {
      image &= cv::Scalar::all(0xFF00);  // Colours: the lower 8 bits are dropped.
      image.convertTo(image, CV_8U, 1.0 / 256.0);
    } else {
      image.convertTo(image, CV_8U, 1.0 / 257.0);
    }
  }
  if (image.depth() != CV_8U || image.channels() > 4) {
    throw Error(ErrorKind::kData, "pixels of an unsupported type");
  }
  // OpenCV has blue first.
  if (image.channels() >= 3) {
    cv::Mat swapped(image.size(), image.type());
    const bool alpha = image.channels() == 4;
    cv::mixChannels(
        image, swapped,
        alpha ? std::vector<int>{0, 2, 1, 1, 2, 0, 3, 3} : std::vector<int>{0, 2, 1, 1, 2, 0});
    image = swapped;
    return alpha ? Pixels::kRgba : Pixels::kRgb;
  }
  return image.channels() == 1 ? Pixels::kGrey : Pixels::kGreyAlpha;
}

template <typename Convert>
void convert(cv::Mat& image, int channels, Convert convert_pixel) {
  cv::Mat result(image.size(), CV_8UC(channels));
  const int from_channels = image.channels();
  for (int y = 0; y < image.rows; ++y) {
    const std::uint8_t* from = image.ptr<std::uint8_t>(y);
    std::uint8_t* to = result.ptr<std::uint8_t>(y);
    for (int x = 0; x < image.cols; ++x, from += from_channels, to += channels) {
      convert_pixel(from, to);
    }
  }
  image = result;
}

std::uint8_t grey_of(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 0x8000U) >>
                                   16);
}

void to_color_mode(Pixels pixels, ColorMode mode, cv::Mat& image) {
  const bool colour = pixels == Pixels::kRgb || pixels == Pixels::kRgba;
  const bool alpha = pixels == Pixels::kGreyAlpha || pixels == Pixels::kRgba;
  switch (mode) {
    case ColorMode::kGrayscale:
      if (pixels == Pixels::kGrey) return;
      convert(image, 1, [&](const std::uint8_t* from, std::uint8_t* to) {
        to[0] = colour ? grey_of(from) : from[0];
      });
      return;
    case ColorMode::kRgb:
      if (pixels == Pixels::kRgb) return;
      convert(image, 3, [&](const std::uint8_t* from, std::uint8_t* to) {
        for (int c = 0; c < 3; ++c) to[c] = from[colour ? c : 0];
      });
      return;
    case ColorMode::kRgba:
      if (pixels == Pixels::kRgba) return;
      convert(image, 4, [&](const std::uint8_t* from, std::uint8_t* to) {
        for (int c = 0; c < 3; ++c) to[c] = from[colour ? c : 0];
        to[3] = alpha ? from[colour ? 3 : 1] : 255;
      });
      return;
  }
}

}  // namespace
}  // namespace internal

void decode_image(std::span<const std::byte> bytes, ColorMode color_mode, cv::Mat& image,
                  SixteenBit sixteen_bit) {
  if (bytes.empty()) throw Error(ErrorKind::kData, "empty file");
  const internal::Pixels pixels = internal::starts_with(bytes, "\x89PNG")
                                      ? internal::decode_png(bytes, image, sixteen_bit)
                                  : internal::starts_with(bytes, "\xFF\xD8\xFF")
                                      ? internal::decode_jpeg(bytes, image)
                                      : internal::decode_other(bytes, image, sixteen_bit);
  if (image.depth() == CV_16U) {
    if (color_mode == ColorMode::kGrayscale) return;
    image.convertTo(image, CV_8U);  // Saturates.
  }
  internal::to_color_mode(pixels, color_mode, image);
}

cv::Mat read_image(const std::string& path, ColorMode color_mode) {
  const std::vector<std::byte> bytes = read_file(path);
  cv::Mat image;
  try {
    decode_image(bytes, color_mode, image);
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
  return image;
}

}  // namespace folio
