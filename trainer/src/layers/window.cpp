#include "window.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <cctype>

#include "../network.h"

namespace folio::internal {

void check_extent(const char* layer, const char* argument, Extent2D extent) {
  if (extent.height <= 0 || extent.width <= 0) {
    throw Error(ErrorKind::kUsage, std::string(layer) + ": " + argument +
                                       " must be positive, got (" + std::to_string(extent.height) +
                                       ", " + std::to_string(extent.width) + ")");
  }
}

bool parse_padding(const char* layer, const std::string& padding) {
  std::string lower = padding;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  if (lower == "same") return true;
  if (lower == "valid") return false;
  throw Error(ErrorKind::kUsage,
              std::string(layer) + ": padding must be 'valid' or 'same', got '" + padding + "'");
}

Shape window_output_shape(const Shape& input, Extent2D window, Extent2D strides, bool same) {
  if (input.size() != 3) {
    throw Error(ErrorKind::kModel, "expects an input of shape H x W x C, got " + to_string(input));
  }
  const Shape output{window_output(static_cast<int>(input[0]), window.height, strides.height, same),
                     window_output(static_cast<int>(input[1]), window.width, strides.width, same),
                     input[2]};
  if (output[0] <= 0 || output[1] <= 0) {
    throw Error(ErrorKind::kModel, "has a window of (" + std::to_string(window.height) + ", " +
                                       std::to_string(window.width) +
                                       ") that does not fit into an input of shape " +
                                       to_string(input));
  }
  return output;
}

}  // namespace folio::internal
