#include "image_header.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "decoders.h"

namespace folio::internal {
namespace {

Error refusal(const std::string& reason) { return {ErrorKind::kData, reason}; }

/// Numbers at offsets of a file.
class Header {
 public:
  explicit Header(std::span<const std::byte> file, bool big_endian = false)
      : file_(file), big_endian_(big_endian) {}

  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t length) const {
    if (at > file_.size() || length > file_.size() - at) throw refusal("cut short in its header");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t from = big_endian_ ? i : length - 1 - i;
      value = value << 8 | std::to_integer<std::uint32_t>(file_[at + from]);
    }
    return value;
  }

 private:
  std::span<const std::byte> file_;
  bool big_endian_;
};

/// Told here, as OpenCV has one reason for all damage, or prints of its own.
void check_length(std::size_t got, std::size_t expected) {
  if (got >= expected) return;
  throw refusal("cut off: it has " + std::to_string(got) + " bytes, its header says " +
                std::to_string(expected));
}

void check_bmp(const Header& header, std::size_t length) {
  constexpr std::uint32_t kOldHeader = 12;
  if (header.number(14, 4) == kOldHeader) {
    return check_size(header.number(18, 2), header.number(20, 2));
  }
  const std::size_t width = header.number(18, 4);
  // A negative height means rows from the top.
  const auto height = static_cast<std::int32_t>(header.number(22, 4));
  const auto rows = static_cast<std::size_t>(height < 0 ? -std::int64_t{height} : height);
  check_size(width, rows);
  constexpr std::uint32_t kPlain = 0;
  constexpr std::uint32_t kBitFields = 3;
  const std::uint32_t compression = header.number(30, 4);
  if (compression != kPlain && compression != kBitFields) return;
  const std::size_t row = (width * header.number(28, 2) + 31) / 32 * 4;
  check_length(length, header.number(10, 4) + row * rows);
}

/// Width, height and, but for bits, the greatest value follow the magic number, with comments
/// between.
void check_pnm(std::string_view text) {
  const char kind = text[1];
  const bool bits = kind == '1' || kind == '4';
  std::size_t numbers[3] = {};
  std::size_t at = 2;
  for (std::size_t& number : std::span(numbers).first(bits ? 2 : 3)) {
    while (at < text.size() &&
           (std::isspace(static_cast<unsigned char>(text[at])) != 0 || text[at] == '#')) {
      if (text[at] == '#') at = std::min(text.find('\n', at), text.size() - 1);
      ++at;
    }
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 10; ++at) {
      number = number * 10 + static_cast<std::size_t>(text[at] - '0');
    }
    if (at == first) throw refusal("cut short in its header");
  }
  const auto [width, height, greatest] = numbers;
  check_size(width, height);
  if (kind <= '3') return;  // Values are text of any length.
  const std::size_t row = bits ? (width + 7) / 8 : width * (kind == '6' ? 3 : 1);
  check_length(text.size(), at + 1 + row * height * (greatest > 255 ? 2 : 1));
}

void check_tiff(const Header& header) {
  constexpr std::uint32_t kWidth = 256;
  constexpr std::uint32_t kLength = 257;
  constexpr std::uint32_t kShort = 3;
  const std::size_t directory = header.number(4, 4);
  const std::uint32_t entries = header.number(directory, 2);
  std::size_t width = 0;
  std::size_t height = 0;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    const std::uint32_t tag = header.number(entry, 2);
    if (tag != kWidth && tag != kLength) continue;
    const std::size_t length = header.number(entry + 2, 2) == kShort ? 2 : 4;
    (tag == kWidth ? width : height) = header.number(entry + 8, length);
  }
  check_size(width, height);
}

void check_webp(std::string_view text, const Header& header) {
  constexpr std::uint32_t kAnimated = 0x02;
  check_length(text.size(), std::size_t{8} + header.number(4, 4));
  const std::string_view chunk = text.substr(std::min<std::size_t>(12, text.size()), 4);
  if (chunk == "VP8X") {
    if ((header.number(20, 1) & kAnimated) != 0) throw refusal("animated WebP is not supported");
    check_size(header.number(24, 3) + 1, header.number(27, 3) + 1);
  } else if (chunk == "VP8L") {
    const std::uint32_t sizes = header.number(21, 4);
    check_size((sizes & 0x3FFF) + 1, (sizes >> 14 & 0x3FFF) + 1);
  } else {
    check_size(header.number(26, 2) & 0x3FFF, header.number(28, 2) & 0x3FFF);
  }
}

}  // namespace

void check_other_header(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with("BM")) {
    check_bmp(Header(file), file.size());
  } else if (text.size() > 2 && text[0] == 'P' && text[1] >= '1' && text[1] <= '6' &&
             std::isspace(static_cast<unsigned char>(text[2])) != 0) {
    check_pnm(text);
  } else if (text.starts_with(std::string_view("II*\0", 4)) ||
             text.starts_with(std::string_view("MM\0*", 4))) {
    check_tiff(Header(file, text[0] == 'M'));
  } else if (text.starts_with("RIFF") &&
             text.substr(std::min<std::size_t>(8, text.size())).starts_with("WEBP")) {
    check_webp(text, Header(file));
  } else if (text.starts_with("GIF8")) {
    throw refusal("GIF is not supported");
  } else {
    throw refusal("not an image of a known format (JPEG, PNG, BMP, PNM, TIFF, WebP)");
  }
}

}  // namespace folio::internal
