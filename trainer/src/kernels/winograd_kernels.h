/// The inner loops of Winograd's algorithm F(4x4, 3x3) for convolutions, compiled for several
/// instruction sets like those of kernels.h.
///
/// A tile of 4 x 4 results, with the 6 x 6 cells it reads, and the 3 x 3 kernel are both moved to
/// 36 "positions"; there a result is a product of matrices (tiles x channels by channels x
/// filters), and takes 36 multiplications where the definition takes 144. The gradients are the
/// same chain backwards. Sums over channels and tiles are in one order whatever the registers.
///
/// Source  Lavin, Gray: Fast algorithms for convolutional neural networks, CVPR 2016.
#pragma once
#include <cstddef>

namespace folio::internal {

/// Geometry of a 3 x 3 convolution of unit stride over blocked planes. Cells outside of the planes
/// are zeros.
struct WinogradShape {
  int images;
  int in_channels, out_channels;  ///< Multiples of the block.
  int in_height, in_width;
  int out_height, out_width;
  int pad_top, pad_left;

  /// Whether the algorithm is faster than the definition. A rule on shapes alone: measuring at run
  /// time would make results depend on what else the machine does.
  [[nodiscard]] bool pays() const {
    // The kernel is transformed at every call, and cells of a tile beyond the edge are computed for
    // nothing: with fewer tiles, or tiles that are less than half full, the definition wins.
    constexpr int kTile = 4;
    constexpr int kFewestTiles = 16;
    const int tiles = ((out_height + kTile - 1) / kTile) * ((out_width + kTile - 1) / kTile);
    return images * tiles >= kFewestTiles && 2 * out_height * out_width >= kTile * kTile * tiles;
  }

  /// The convolution that makes the gradient of this one's input.
  [[nodiscard]] WinogradShape backward() const {
    return {images,    out_channels, in_channels, out_height,  out_width,
            in_height, in_width,     2 - pad_top, 2 - pad_left};
  }
};

struct WinogradKernels {
  /// Floats of scratch memory that a pass takes.
  std::size_t (*forward_scratch)(const WinogradShape&);
  std::size_t (*backward_weights_scratch)(const WinogradShape&);

  // `weight` is out/b x in/b tiles of 3 x 3 x b x b, with the filters of a tile last. `bias` can be
  // null.
  void (*forward)(const WinogradShape&, const float* src, const float* weight, const float* bias,
                  float* dst, bool relu, float* scratch);
  // The same for shape.backward(): tiles are those of the shape, with the channels last.
  void (*backward_data)(const WinogradShape&, const float* diff_dst, const float* weight,
                        float* diff_src, float* scratch);
  // `diff_bias` can be null.
  void (*backward_weights)(const WinogradShape&, const float* src, const float* diff_dst,
                           float* diff_weight, float* diff_bias, float* scratch);
};

/// The fastest of this processor for a block of 8 or 16.
const WinogradKernels& winograd_kernels(int block);

}  // namespace folio::internal
