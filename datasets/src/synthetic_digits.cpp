#include <folio/datasets/error.h>
#include <folio/datasets/synthetic_digits.h>

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <random>
#include <string>

#include "png_folder.h"

namespace folio {
namespace {

constexpr int kSize = 28;
constexpr int kScale = 8;  // Drawn this much larger and averaged down, for smooth edges.

/// Uniform numbers whose values, unlike those of the standard distributions, are the same with
/// every standard library.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : generator_(seed) {}
  double between(double low, double high) {
    return low + (high - low) * (generator_() / 4294967296.0);
  }
  int choose(int count) {
    return static_cast<int>(std::uint64_t{generator_()} * static_cast<std::uint64_t>(count) >> 32);
  }

 private:
  std::mt19937 generator_;
};

cv::Mat draw_digit(int digit, Draw& draw) {
  constexpr std::array<int, 5> kFonts{cv::FONT_HERSHEY_SIMPLEX, cv::FONT_HERSHEY_DUPLEX,
                                      cv::FONT_HERSHEY_COMPLEX, cv::FONT_HERSHEY_TRIPLEX,
                                      cv::FONT_HERSHEY_PLAIN};
  const int font = kFonts.at(static_cast<std::size_t>(draw.choose(kFonts.size())));
  const std::string text = std::to_string(digit);
  const int thickness = 10 + draw.choose(12);
  int base = 0;
  const cv::Size unit = cv::getTextSize(text, font, 1.0, 1, &base);
  const double height = draw.between(15.0, 20.0) * kScale;
  const double scale = height / unit.height;
  cv::Mat canvas(kSize * kScale, kSize * kScale, CV_8UC1, cv::Scalar(0));
  const double middle = kSize * kScale / 2.0;
  cv::putText(canvas, text,
              {static_cast<int>(middle - unit.width * scale / 2),
               static_cast<int>(middle + unit.height * scale / 2)},
              font, scale, cv::Scalar(255), thickness, cv::LINE_8);
  // Slant, a slight turn and a shift about the middle.
  const double slant = draw.between(-0.3, 0.3);
  const double turn = draw.between(-0.15, 0.15);
  const double shift_x = draw.between(-2.5, 2.5) * kScale;
  const double shift_y = draw.between(-2.5, 2.5) * kScale;
  const cv::Matx23d map(1.0, slant + turn, middle - middle * (1.0 + slant + turn) + shift_x, -turn,
                        1.0, middle - middle * (1.0 - turn) + shift_y);
  cv::Mat moved;
  cv::warpAffine(canvas, moved, map, canvas.size(), cv::INTER_NEAREST, cv::BORDER_CONSTANT,
                 cv::Scalar(0));
  cv::Mat image;
  cv::resize(moved, image, {kSize, kSize}, 0, 0, cv::INTER_AREA);
  const double ink = draw.between(0.7, 1.0);
  const double noise = draw.between(0.0, 30.0);
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      auto& pixel = image.at<std::uint8_t>(y, x);
      const double value = pixel * ink + draw.between(-noise, noise);
      pixel = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  }
  return image;
}

}  // namespace

void synthesize_digits(const std::string& directory, std::size_t per_class, std::uint32_t seed) {
  if (per_class == 0) throw Error(ErrorKind::kUsage, "per_class must be positive, got 0");
  internal::PngFolder folder(directory);
  Draw draw(seed);
  for (int digit = 0; digit < 10; ++digit) {
    for (std::size_t i = 0; i < per_class; ++i) {
      folder.write(std::to_string(digit), i, draw_digit(digit, draw));
    }
  }
  folder.commit();
}

}  // namespace folio
