#include <folio/datasets/error.h>
#include <png.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "decoders.h"

namespace folio::internal {
namespace {

/// libpng calls these from C, so nothing here may throw.
struct Source {
  const std::byte* at;
  std::size_t left;
  std::array<char, 128> message;
};

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->left) png_error(png, "truncated");
  std::memcpy(to, source->at, count);
  source->at += count;
  source->left -= count;
}

void fail(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::snprintf(source->message.data(), source->message.size(), "%s", message);
  png_longjmp(png, 1);
}

void ignore(png_structp, png_const_charp) {}

/// Frees libpng's structures when it goes.
struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

/// Both return false with a message in the source. Nothing in them has a destructor, as longjmp
/// runs none.
bool read_header(Reader& reader) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  png_read_info(reader.png, reader.info);
  return true;
}

bool read_pixels(Reader& reader, png_bytepp rows) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  png_read_image(reader.png, rows);
  png_read_end(reader.png, nullptr);
  return true;
}

/// Asks for 8 bits a channel, or 16 for `wide` grey.
bool expand(Reader& reader, SixteenBit sixteen_bit, bool wide) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  if (wide) {
    if (std::endian::native == std::endian::little) png_set_swap(reader.png);
  } else {
    if (sixteen_bit == SixteenBit::kKeras) {
      png_set_strip_16(reader.png);
    } else {
      png_set_scale_16(reader.png);
    }
    png_set_expand(reader.png);
  }
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  return true;
}

}  // namespace

Pixels decode_png(std::span<const std::byte> bytes, cv::Mat& image, SixteenBit sixteen_bit) {
  if (Pixels pixels; decode_plain_png(bytes, image, pixels)) return pixels;
  Source source{bytes.data(), bytes.size(), {}};
  const auto refuse = [&]() -> Error {
    return {ErrorKind::kData, std::string("damaged PNG: ") + source.message.data()};
  };
  Reader reader;
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail, ignore);
  reader.info = reader.png == nullptr ? nullptr : png_create_info_struct(reader.png);
  if (reader.info == nullptr) throw Error(ErrorKind::kData, "no memory to decode a PNG");
  png_set_read_fn(reader.png, &source, read_bytes);
  png_set_user_limits(reader.png, 1U << 20, 1U << 20);
  if (!read_header(reader)) throw refuse();
  const png_uint_32 width = png_get_image_width(reader.png, reader.info);
  const png_uint_32 height = png_get_image_height(reader.png, reader.info);
  check_size(width, height);
  const bool wide = sixteen_bit == SixteenBit::kKeras &&
                    png_get_bit_depth(reader.png, reader.info) == 16 &&
                    png_get_color_type(reader.png, reader.info) == PNG_COLOR_TYPE_GRAY;
  if (!expand(reader, sixteen_bit, wide)) throw refuse();
  const int channels = png_get_channels(reader.png, reader.info);
  image.create(static_cast<int>(height), static_cast<int>(width),
               wide ? CV_16UC1 : CV_8UC(channels));
  thread_local std::vector<png_bytep> rows;
  rows.resize(height);
  for (png_uint_32 y = 0; y < height; ++y) rows[y] = image.ptr<std::uint8_t>(static_cast<int>(y));
  if (!read_pixels(reader, rows.data())) throw refuse();
  constexpr std::array<Pixels, 4> kKinds{Pixels::kGrey, Pixels::kGreyAlpha, Pixels::kRgb,
                                         Pixels::kRgba};
  return kKinds.at(static_cast<std::size_t>(channels - 1));
}

}  // namespace folio::internal
