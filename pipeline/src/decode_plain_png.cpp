// The PNGs that datasets are made of, in a third of the time that libpng takes.
#include <folio/pipeline/decode_image.h>
#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "decoders.h"

namespace folio::internal {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::size_t kChunkFrame = 12;  // Length, type and checksum.

std::uint32_t big_endian(const std::byte* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(at[i]);
  return value;
}

struct Chunk {
  std::string_view type;
  std::span<const std::byte> data;
};

/// Takes the first chunk off `bytes`; false if it is cut short or its checksum is wrong.
bool next_chunk(std::span<const std::byte>& bytes, Chunk& chunk) {
  if (bytes.size() < kChunkFrame) return false;
  const std::size_t length = big_endian(bytes.data());
  if (length > bytes.size() - kChunkFrame) return false;
  chunk.type = {reinterpret_cast<const char*>(bytes.data() + 4), 4};
  chunk.data = bytes.subspan(8, length);
  if (libdeflate_crc32(0, bytes.data() + 4, length + 4) != big_endian(bytes.data() + 8 + length)) {
    return false;
  }
  bytes = bytes.subspan(length + kChunkFrame);
  return true;
}

struct Header {
  std::size_t width = 0;
  std::size_t height = 0;
  int channels = 0;
};

/// False for anything but 8 bits a channel without palette and interlace.
bool read_header(const Chunk& chunk, Header& header) {
  constexpr int kChannels[] = {1, 0, 3, 0, 2, 0, 4};  // By PNG's colour type.
  if (chunk.type != "IHDR" || chunk.data.size() != 13) return false;
  const auto field = [&](std::size_t at) { return std::to_integer<unsigned>(chunk.data[at]); };
  if (field(8) != 8 || field(9) > 6 || field(10) != 0 || field(11) != 0 || field(12) != 0) {
    return false;
  }
  header = {big_endian(chunk.data.data()), big_endian(chunk.data.data() + 4), kChannels[field(9)]};
  return header.channels != 0;
}

int paeth(int left, int above, int corner) {
  const int estimate = left + above - corner;
  const int to_left = std::abs(estimate - left);
  const int to_above = std::abs(estimate - above);
  const int to_corner = std::abs(estimate - corner);
  if (to_left <= to_above && to_left <= to_corner) return left;
  return to_above <= to_corner ? above : corner;
}

/// Undoes a row's filter. `above` is the row before, zeros for the first.
bool unfilter(unsigned filter, const std::uint8_t* from, const std::uint8_t* above,
              std::size_t length, std::size_t channels, std::uint8_t* to) {
  // What is written for the pixel to the left; nothing lies left of the first.
  const auto filtered = [&](auto predict) {
    for (std::size_t i = 0; i < channels; ++i) {
      to[i] = static_cast<std::uint8_t>(from[i] + predict(0, above[i], 0));
    }
    for (std::size_t i = channels; i < length; ++i) {
      to[i] = static_cast<std::uint8_t>(from[i] +
                                        predict(to[i - channels], above[i], above[i - channels]));
    }
  };
  switch (filter) {
    case 0:
      std::memcpy(to, from, length);
      return true;
    case 1:
      filtered([](int left, int, int) { return left; });
      return true;
    case 2:
      for (std::size_t i = 0; i < length; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + above[i]);
      }
      return true;
    case 3:
      filtered([](int left, int up, int) { return (left + up) / 2; });
      return true;
    case 4:
      filtered(paeth);
      return true;
    default:
      return false;
  }
}

/// The chunks' compressed data in one piece; false for chunks that change the pixels' meaning.
bool collect_data(std::span<const std::byte> bytes, std::vector<std::byte>& joined,
                  std::span<const std::byte>& data) {
  data = {};
  Chunk chunk;
  do {
    if (!next_chunk(bytes, chunk)) return false;
    if (chunk.type == "IDAT") {
      if (data.empty()) {
        data = chunk.data;
        continue;
      }
      if (data.data() != joined.data()) joined.assign(data.begin(), data.end());
      joined.insert(joined.end(), chunk.data.begin(), chunk.data.end());
      data = joined;
    } else if (chunk.type == "tRNS" || chunk.type == "PLTE") {
      return false;
    } else if (chunk.type != "IEND" && (chunk.type[0] & 0x20) == 0) {
      return false;  // Says of itself that it must be understood.
    }
  } while (chunk.type != "IEND");
  return !data.empty();
}

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const {
    libdeflate_free_decompressor(decompressor);
  }
};

}  // namespace

bool decode_plain_png(std::span<const std::byte> bytes, cv::Mat& image, Pixels& pixels) {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  thread_local std::vector<std::byte> joined;
  thread_local std::vector<std::uint8_t> rows;
  if (decompressor == nullptr) return false;

  bytes = bytes.subspan(std::min(kSignature, bytes.size()));
  Chunk chunk;
  Header header;
  if (!next_chunk(bytes, chunk) || !read_header(chunk, header)) return false;
  if (header.width == 0 || header.height == 0 || header.width > kMostPixels / header.height) {
    return false;
  }
  std::span<const std::byte> data;
  if (!collect_data(bytes, joined, data)) return false;

  const auto channels = static_cast<std::size_t>(header.channels);
  const std::size_t length = header.width * channels;
  // No inflated byte takes less than 1/1032 of a compressed one: a bomb's memory is not taken.
  if ((length + 1) * header.height / 1032 > data.size()) return false;
  // A row of zeros comes before the first.
  rows.resize(length + (length + 1) * header.height);
  std::fill_n(rows.begin(), length, std::uint8_t{0});
  std::uint8_t* filtered = rows.data() + length;
  if (libdeflate_zlib_decompress(decompressor.get(), data.data(), data.size(), filtered,
                                 (length + 1) * header.height, nullptr) != LIBDEFLATE_SUCCESS) {
    return false;
  }
  image.create(static_cast<int>(header.height), static_cast<int>(header.width),
               CV_8UC(header.channels));
  const std::uint8_t* above = rows.data();
  for (std::size_t y = 0; y < header.height; ++y, filtered += length + 1) {
    auto* to = image.ptr<std::uint8_t>(static_cast<int>(y));
    if (!unfilter(filtered[0], filtered + 1, above, length, channels, to)) return false;
    above = to;
  }
  constexpr Pixels kKinds[] = {Pixels::kGrey, Pixels::kGreyAlpha, Pixels::kRgb, Pixels::kRgba};
  pixels = kKinds[channels - 1];
  return true;
}

}  // namespace folio::internal
