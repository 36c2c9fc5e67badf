#include "exif.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <string_view>

namespace folio::internal {
namespace {

constexpr int kUpright = 1;

/// Numbers at offsets of a TIFF block, in its byte order; 0 beyond its end.
class Tiff {
 public:
  explicit Tiff(std::span<const std::byte> bytes)
      : bytes_(bytes), big_endian_(bytes.size() > 1 && bytes[0] == std::byte{'M'}) {}

  [[nodiscard]] unsigned number(std::size_t at, std::size_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at) return 0;
    unsigned value = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t from = big_endian_ ? i : length - 1 - i;
      value = value << 8 | std::to_integer<unsigned>(bytes_[at + from]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

int orientation_of(const Tiff& tiff) {
  constexpr unsigned kOrientationTag = 0x0112;
  if (tiff.number(2, 2) != 42) return kUpright;
  const std::size_t directory = tiff.number(4, 4);
  const unsigned entries = tiff.number(directory, 2);
  for (unsigned i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (tiff.number(entry, 2) != kOrientationTag) continue;
    const unsigned value = tiff.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

constexpr std::string_view kExif("Exif\0\0", 6);

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

int orientation_of(std::span<const std::byte> exif) {
  if (text_of(exif).starts_with(kExif)) exif = exif.subspan(kExif.size());
  return orientation_of(Tiff(exif));
}

int jpeg_orientation(std::span<const std::byte> jpeg) {
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned>(jpeg[at]); };
  // Segments: FF, marker, length of two bytes that counts itself.
  for (std::size_t at = 2; at + 4 <= jpeg.size() && byte(at) == 0xFF;) {
    const unsigned marker = byte(at + 1);
    const std::size_t length = byte(at + 2) << 8 | byte(at + 3);
    if (marker == 0xDA || length < 2 || length > jpeg.size() - at - 2) break;  // Pixels, or damage.
    const auto content = jpeg.subspan(at + 4, length - 2);
    if (marker == 0xE1 && text_of(content).starts_with(kExif)) return orientation_of(content);
    at += 2 + length;
  }
  return kUpright;
}

/// PNG: length, type, content, checksum. WebP: type, length (little endian), content, padding to
/// even lengths.
int chunk_orientation(std::span<const std::byte> file, bool png) {
  constexpr std::size_t kFrame = 8;
  for (std::size_t at = png ? 8 : 12; at + kFrame <= file.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length = length << 8 | std::to_integer<std::size_t>(file[at + (png ? i : 7 - i)]);
    }
    const std::string_view type = text_of(file.subspan(at + (png ? 4 : 0), 4));
    at += kFrame;
    if (length > file.size() - at) break;
    if (type == (png ? "eXIf" : "EXIF")) return orientation_of(file.subspan(at, length));
    at += length + (png ? 4 : length % 2);
  }
  return kUpright;
}

}  // namespace

int exif_orientation(std::span<const std::byte> file) {
  const std::string_view text = text_of(file);
  if (text.starts_with("\xFF\xD8")) return jpeg_orientation(file);
  if (text.starts_with("\x89PNG")) return chunk_orientation(file, true);
  if (text.starts_with("RIFF") && text.substr(8).starts_with("WEBP")) {
    return chunk_orientation(file, false);
  }
  if (text.starts_with("II") || text.starts_with("MM")) return orientation_of(Tiff(file));
  return kUpright;
}

void turn_upright(int orientation, cv::Mat& image) {
  if (orientation == kUpright) return;
  cv::Mat turned;
  // 5 to 8 are stored with rows and columns exchanged.
  if (orientation >= 5) {
    cv::transpose(image, turned);
  } else {
    turned = image.clone();
  }
  const bool mirrored =
      orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool upside_down =
      orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  if (mirrored) cv::flip(turned, turned, 1);
  if (upside_down) cv::flip(turned, turned, 0);
  image = turned;
}

}  // namespace folio::internal
