#include "save_image.h"

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

namespace folio::internal {

void save_stretched(std::span<const float> image, ImageSize size, int channels, bool planes,
                    const std::string& path) {
  const auto [least, most] = std::minmax_element(image.begin(), image.end());
  const float low = *least;
  const float range = *most - low;
  const std::size_t cells = image.size() / static_cast<std::size_t>(channels);
  cv::Mat levels(size.height, size.width, CV_8UC(channels));
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (int c = 0; c < channels; ++c) {
      const float value = planes ? image[c * cells + cell] : image[cell * channels + c];
      // OpenCV has blue first.
      const int to = channels >= 3 && c < 3 ? 2 - c : c;
      levels.data[cell * channels + to] =
          range != 0.0F ? static_cast<std::uint8_t>((value - low) / range * 255.0F) : 0;
    }
  }
  std::vector<unsigned char> bytes;
  const std::string ending = path.substr(path.rfind('.'));
  if (!cv::imencode(ending, levels, bytes)) {
    throw Error(ErrorKind::kIo, path + ": cannot be encoded");
  }
  write_file(path, std::as_bytes(std::span(bytes)));
}

}  // namespace folio::internal
