/// Kernels: folio's own inner loops, compiled for several instruction sets and chosen at run time.
///
/// All work on one shard of a batch. Blocked tensors are N x C/b x H x W x b; "groups" below counts
/// N * C/b, the number of contiguous H x W x b planes.
#pragma once
#include <cstddef>
#include <cstdint>

namespace folio::internal {

/// Slices, rows and columns.
struct PoolingExtent {
  int depth, height, width;
  [[nodiscard]] int count() const { return depth * height * width; }
};

/// Geometry of a pooling over blocked planes, or volumes of them.
struct PoolingShape {
  int groups;
  PoolingExtent in, out, window, strides, pad_before;
};

/// Geometry of the first convolution (unit stride, no padding) with its ReLU and 2 x 2 max pooling.
struct FirstConvolutionShape {
  int images;
  int channels;  ///< Of the input, which is N x C x H x W.
  int in_height, in_width;
  int filters;                ///< A multiple of the block.
  int kernel;                 ///< Height and width, 3 or 5.
  int out_height, out_width;  ///< After the pooling.
};

/// Some channels of some cells: `lanes` (at most a block) values `stride` apart.
struct ChannelCells {
  int lanes;
  std::size_t cells, stride;
};

/// `cells` cells of `channels` values, a block of them `block_stride` after the other, cells
/// `cell_stride` apart.
struct CellBlocks {
  int channels;
  std::size_t cells, cell_stride, block_stride;
};

/// What batch normalization's gradient needs of each of the lanes, a block of each.
struct BatchNormalizationFactors {
  const float* mean;
  const float* scale;      ///< gamma / deviation
  const float* mean_diff;  ///< Of the batch's gradients.
  const float* slope;      ///< How a gradient changes with the distance from the mean.
};

/// The index in a max pooling's winner array for "no gradient passes".
inline constexpr std::uint8_t kNoWinner = 255;

/// One instruction set's kernels for one block size.
struct Kernels {
  int block;

  // Largest value of each window and which cell of the window it came from (first of equals).
  // `gate`: a largest value that is not positive has no winner.
  void (*max_pooling_forward)(const PoolingShape&, const float* src, float* dst,
                              std::uint8_t* winners, bool gate);
  void (*max_pooling_backward)(const PoolingShape&, const float* diff_dst,
                               const std::uint8_t* winners, float* diff_src);
  void (*average_pooling_forward)(const PoolingShape&, const float* src, float* dst);
  void (*average_pooling_backward)(const PoolingShape&, const float* diff_dst, float* diff_src);

  // Convolution, bias, ReLU and 2 x 2 max pooling in one pass; the full-size result is never
  // stored. `weight` is kernel x kernel x channels x filters.
  void (*first_convolution_forward)(const FirstConvolutionShape&, const float* src,
                                    const float* weight, const float* bias, float* dst,
                                    std::uint8_t* winners);
  void (*first_convolution_backward)(const FirstConvolutionShape&, const float* src,
                                     const float* diff_dst, const std::uint8_t* winners,
                                     float* diff_weight, float* diff_bias);

  // Mean and sum of squared distances from it, in two passes.
  void (*moments)(const ChannelCells&, const float* src, float* mean, float* squares);
  // dst = src * scale + shift, with a ReLU if asked.
  void (*scale_shift)(const ChannelCells&, const float* src, float* dst, const float* scale,
                      const float* shift, bool relu);
  // sum += diff, dot += diff * (src - mean), over the cells; with a ReLU only where dst > 0.
  void (*gradient_sums)(const ChannelCells&, const float* src, const float* dst, const float* diff,
                        const float* mean, float* sum, float* dot, bool relu);
  // diff_src = scale * (diff - mean_diff) + slope * (src - mean)
  void (*batch_normalization_backward)(const ChannelCells&, const float* src, const float* dst,
                                       const float* diff, const BatchNormalizationFactors&,
                                       float* diff_src, bool relu);

  // Over the cells: the mean; the largest value and the first cell that has it; one value for all.
  void (*mean)(const ChannelCells&, const float* src, float* mean);
  void (*largest)(const ChannelCells&, const float* src, float* value, std::int32_t* cell);
  void (*fill)(const ChannelCells&, const float* value, float* dst);

  // Each cell by its own mean and variance, times gamma plus beta, of which either can be null.
  void (*layer_normalization_forward)(const CellBlocks&, const float* src, const float* gamma,
                                      const float* beta, float epsilon, float* dst);
  // Adds to diff_gamma and diff_beta; either, and diff_src, can be null.
  void (*layer_normalization_backward)(const CellBlocks&, const float* src, const float* diff_dst,
                                       const float* gamma, float epsilon, float* diff_src,
                                       float* diff_gamma, float* diff_beta);

  // dst[i] += src[i], then with a ReLU if asked.
  void (*accumulate)(const float* src, float* dst, std::size_t count, bool relu);
  // diff[i] = 0 where value[i] is not positive.
  void (*relu_gate)(const float* value, float* diff, std::size_t count);

  // Transposes each block x block tile of a stretch, for the weights of the backward pass.
  void (*transpose_tiles)(const float* src, float* dst, std::size_t begin, std::size_t end);
};

/// Channels that lie together on this processor: 16 with AVX-512, else 8.
int preferred_block();

/// The fastest kernels of this processor for a block of 8 or 16.
const Kernels& kernels(int block);

}  // namespace folio::internal
