#include "window.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <cctype>

namespace folio::internal {
namespace {

/// `(3, 5)`, or `3` of one dimension.
std::string shown(const Extent3D& extent, int dimensions) {
  std::string text;
  for (const int part : extents(extent, dimensions)) {
    text += (text.empty() ? "" : ", ") + std::to_string(part);
  }
  return dimensions == 1 ? text : "(" + text + ")";
}

}  // namespace

std::vector<int> extents(const Extent3D& extent, int dimensions) {
  const std::vector<int> all{extent.depth, extent.height, extent.width};
  return {all.end() - dimensions, all.end()};
}

const char* shape_name(int dimensions) {
  return dimensions == 1 ? "steps x C" : dimensions == 2 ? "H x W x C" : "D x H x W x C";
}

void check_extent(const std::string& layer, const char* argument, const Extent3D& extent,
                  int dimensions) {
  if (std::min({extent.depth, extent.height, extent.width}) > 0) return;
  throw Error(ErrorKind::kUsage,
              layer + ": " + argument + " must be positive, got " + shown(extent, dimensions));
}

bool parse_padding(const std::string& layer, const std::string& padding,
                   const std::string& expected) {
  std::string lower = padding;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  if (lower == "same") return true;
  if (lower == "valid") return false;
  throw Error(ErrorKind::kUsage,
              layer + ": padding must be " + expected + ", got '" + padding + "'");
}

Shape window_output_shape(const Shape& input, const Extent3D& window, const Extent3D& strides,
                          bool same, int dimensions) {
  const auto axes = static_cast<std::size_t>(dimensions);
  if (input.size() != axes + 1) {
    throw Error(ErrorKind::kModel, std::string("expects an input of shape ") +
                                       shape_name(dimensions) + ", got " + to_string(input));
  }
  Shape output = input;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    output[axis] = window_output(static_cast<int>(input[axis]), extents(window, dimensions)[axis],
                                 extents(strides, dimensions)[axis], same);
    if (output[axis] > 0) continue;
    throw Error(ErrorKind::kModel, "has a window of " + shown(window, dimensions) +
                                       " that does not fit into an input of shape " +
                                       to_string(input));
  }
  return output;
}

}  // namespace folio::internal
