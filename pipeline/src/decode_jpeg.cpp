#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

// After <cstdio>, whose FILE it needs.
#include <jpeglib.h>

#include "decoders.h"

namespace folio::internal {
namespace {

/// Each scan is a pass over the whole image, and one of a few bytes is valid. Encoders write up to
/// twenty.
constexpr int kMostScans = 100;

/// Whether a file has more scans than that. Nothing is decoded: after the first scan's header a
/// marker is an 0xFF that is not stuffed.
bool has_too_many_scans(std::span<const std::byte> bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data()) + 2;  // Behind the SOI.
  const auto* end = at - 2 + bytes.size();
  for (int scans = 0; end - at >= 4;) {
    at = static_cast<const std::uint8_t*>(std::memchr(at, 0xFF, end - at - 3));
    if (at == nullptr) return false;
    const std::uint8_t marker = at[1];
    if (marker == 0xFF) {
      ++at;  // A fill byte.
    } else if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;  // Data, or a marker without content.
    } else if (marker == 0xD9) {
      return false;
    } else {
      if (marker == 0xDA && ++scans > kMostScans) return true;
      at += 2 + std::min<std::ptrdiff_t>(at[2] << 8 | at[3], end - at - 2);
    }
  }
  return false;
}

struct ErrorManager : jpeg_error_mgr {
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
};

[[noreturn]] void fail(j_common_ptr info) {
  auto* manager = static_cast<ErrorManager*>(info->err);
  manager->format_message(info, manager->message.data());
  std::longjmp(manager->jump, 1);
}

/// Warnings are how libjpeg reports truncated and damaged data, which it then invents.
void fail_on_warning(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

/// One decompressor per thread, used again for every image.
class Decompressor {
 public:
  Decompressor() {
    info_.err = jpeg_std_error(&manager_);
    manager_.error_exit = fail;
    manager_.emit_message = fail_on_warning;
    manager_.output_message = [](j_common_ptr) {};
    jpeg_create_decompress(&info_);
  }
  ~Decompressor() { jpeg_destroy_decompress(&info_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Reads the header; false with reason() if it is damaged. Nothing in the three steps has a
  /// destructor, as longjmp runs none.
  bool start(std::span<const std::byte> bytes) {
    if (setjmp(manager_.jump) != 0) return abort();
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info_, TRUE);
    if (info_.jpeg_color_space == JCS_GRAYSCALE) {
      info_.out_color_space = JCS_GRAYSCALE;
    } else if (info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK) {
      info_.out_color_space = JCS_CMYK;
    } else {
      info_.out_color_space = JCS_RGB;
    }
    return true;
  }

  bool read(std::uint8_t* pixels, std::size_t step) {
    if (setjmp(manager_.jump) != 0) return abort();
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      std::array<JSAMPROW, 16> rows;
      unsigned count = 0;
      while (count < rows.size() && info_.output_scanline + count < info_.output_height) {
        rows[count] = pixels + (info_.output_scanline + count) * step;
        ++count;
      }
      jpeg_read_scanlines(&info_, rows.data(), count);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  bool has_several_scans() { return jpeg_has_multiple_scans(&info_) != 0; }
  void stop() { jpeg_abort_decompress(&info_); }
  [[nodiscard]] const jpeg_decompress_struct& info() const { return info_; }
  [[nodiscard]] std::string reason() const { return manager_.message.data(); }

 private:
  bool abort() {
    jpeg_abort_decompress(&info_);
    return false;
  }
  ErrorManager manager_{};
  jpeg_decompress_struct info_{};
};

/// Adobe's inverted CMYK to RGB, as Pillow converts it.
void cmyk_to_rgb(const cv::Mat& cmyk, cv::Mat& rgb) {
  rgb.create(cmyk.size(), CV_8UC3);
  for (int y = 0; y < cmyk.rows; ++y) {
    const std::uint8_t* from = cmyk.ptr<std::uint8_t>(y);
    std::uint8_t* to = rgb.ptr<std::uint8_t>(y);
    for (int x = 0; x < cmyk.cols; ++x, from += 4, to += 3) {
      for (int c = 0; c < 3; ++c) {
        const unsigned product = (255U - from[c]) * from[3] + 128U;
        to[c] = static_cast<std::uint8_t>(from[3] - (((product >> 8) + product) >> 8));
      }
    }
  }
}

}  // namespace

Pixels decode_jpeg(std::span<const std::byte> bytes, cv::Mat& image) {
  thread_local Decompressor decompressor;
  const auto refuse = [&]() -> Error {
    return {ErrorKind::kData, "damaged JPEG: " + decompressor.reason()};
  };
  if (!decompressor.start(bytes)) throw refuse();
  const jpeg_decompress_struct& info = decompressor.info();
  try {
    check_size(info.image_width, info.image_height);
    if (decompressor.has_several_scans() && has_too_many_scans(bytes)) {
      throw Error(ErrorKind::kData, "JPEG of more than " + std::to_string(kMostScans) + " scans");
    }
  } catch (...) {
    decompressor.stop();
    throw;
  }
  const int height = static_cast<int>(info.image_height);
  const int width = static_cast<int>(info.image_width);
  if (info.out_color_space == JCS_CMYK) {
    cv::Mat cmyk(height, width, CV_8UC4);
    if (!decompressor.read(cmyk.data, cmyk.step)) throw refuse();
    cmyk_to_rgb(cmyk, image);
    return Pixels::kRgb;
  }
  const bool grey = info.out_color_space == JCS_GRAYSCALE;
  image.create(height, width, grey ? CV_8UC1 : CV_8UC3);
  if (!decompressor.read(image.data, image.step)) throw refuse();
  return grey ? Pixels::kGrey : Pixels::kRgb;
}

}  // namespace folio::internal
