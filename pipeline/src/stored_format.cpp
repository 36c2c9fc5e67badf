#include "stored_format.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace folio::internal {
namespace {

using Bytes = std::span<const std::byte>;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t byte_at(Bytes bytes, std::size_t at) { return static_cast<std::size_t>(bytes[at]); }

/// PNG, 11.2.2: bit depth and colour type follow width and height in IHDR.
std::string png_mode(Bytes bytes) {
  if (bytes.size() < 26) return "";
  const std::string depth = byte_at(bytes, 24) == 16 ? " 16 bit" : "";
  switch (byte_at(bytes, 25)) {
    case 0:
      return "grayscale" + depth;
    case 2:
      return "rgb" + depth;
    case 3:
      return "palette";
    case 4:
      return "grayscale with alpha" + depth;
    case 6:
      return "rgba" + depth;
    default:
      return "";
  }
}

/// ITU-T T.81, B.2.2: the number of components is in the frame header (SOF).
std::string jpeg_mode(Bytes bytes) {
  for (std::size_t at = 2; at + 9 < bytes.size();) {
    if (byte_at(bytes, at) != 0xFF) return "";
    const std::size_t marker = byte_at(bytes, at + 1);
    if (marker == 0xFF) {  // Padding.
      ++at;
      continue;
    }
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      const std::size_t components = byte_at(bytes, at + 9);
      return components == 1   ? "grayscale"
             : components == 3 ? "rgb"
             : components == 4 ? "cmyk"
                               : "";
    }
    at += 2 + (byte_at(bytes, at + 2) << 8 | byte_at(bytes, at + 3));
  }
  return "";
}

std::string bmp_mode(Bytes bytes) {
  if (bytes.size() < 30) return "";
  const std::size_t bits = byte_at(bytes, 28);
  return bits <= 8 ? "palette" : bits == 32 ? "rgba" : "rgb";
}

std::string ppm_mode(char kind) {
  return kind == '3' || kind == '6' ? "rgb" : kind == '2' || kind == '5' ? "grayscale" : "bilevel";
}

}  // namespace

StoredFormat read_stored_format(std::span<const std::byte> bytes) {
  const std::string_view text = text_of(bytes);
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return {"png", png_mode(bytes)};
  if (text.starts_with("\xFF\xD8\xFF")) return {"jpeg", jpeg_mode(bytes)};
  if (text.starts_with("BM")) return {"bmp", bmp_mode(bytes)};
  if (text.starts_with("GIF8")) return {"gif", "palette"};
  if (text.starts_with("RIFF") && text.substr(0, 12).ends_with("WEBP")) return {"webp", ""};
  if (text.starts_with(std::string_view("II*\0", 4)) ||
      text.starts_with(std::string_view("MM\0*", 4))) {
    return {"tiff", ""};
  }
  if (text.size() > 2 && text[0] == 'P' && text[1] >= '1' && text[1] <= '6') {
    return {"ppm", ppm_mode(text[1])};
  }
  return {};
}

std::string format_of_name(std::string_view name) {
  std::string ending(name.substr(std::min(name.size(), name.rfind('.') + 1)));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  constexpr std::array<std::pair<std::string_view, const char*>, 13> kEndings{{{"png", "png"},
                                                                               {"jpg", "jpeg"},
                                                                               {"jpeg", "jpeg"},
                                                                               {"bmp", "bmp"},
                                                                               {"ppm", "ppm"},
                                                                               {"pgm", "ppm"},
                                                                               {"pbm", "ppm"},
                                                                               {"pnm", "ppm"},
                                                                               {"tif", "tiff"},
                                                                               {"tiff", "tiff"},
                                                                               {"gif", "gif"},
                                                                               {"webp", "webp"},
                                                                               {"jpe", "jpeg"}}};
  for (const auto& [known, format] : kEndings) {
    if (ending == known) return format;
  }
  return "";
}

}  // namespace folio::internal
