/// oneDNN primitives: the only place that creates them, so that what the major versions 2 and 3 of
/// the library do differently is in primitives.cpp alone.
///
/// oneDNN is built on OpenMP in the distributions folio runs on. folio computes shards of a batch
/// on its own threads, so every primitive is created for and run on one OpenMP thread.
#pragma once
#include <cstddef>
#include <initializer_list>

#include <folio/trainer/layers.h>
#include <oneapi/dnnl/dnnl.hpp>

namespace folio::internal::onednn {

using Description = dnnl::memory::desc;
/// An extent for each axis: height and width, or depth before both.
using Axes = dnnl::memory::dims;

/// Makes oneDNN use one thread on the calling thread for as long as it lives.
class SingleThreaded {
 public:
  SingleThreaded();
  ~SingleThreaded();
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int before_;
};

const dnnl::engine& engine();

/// N x C x H x W in planes, in blocks of `block` channels, and rows.
Description images(int count, int channels, int height, int width);
Description blocked(int block, int count, int channels, int height, int width);
/// The same for volumes: N x C x D x H x W.
Description volumes(int count, int channels, const Extent3D& extent);
Description blocked_volumes(int block, int count, int channels, const Extent3D& extent);
/// The same memory, with the channels that only fill up its last block counted as channels.
Description whole_blocks(const Description& images);
Description rows(int count, int features);
Description vector(int length);

Axes axes(const Extent3D& extent, bool of_volume);

/// Keras' H x W x in x out as an out x in x H x W tensor, and in x out as out x in; also with a
/// depth before the height. With groups, `in` counts the channels of one, and the tensor is
/// groups x out / groups x in x H x W.
Description keras_convolution_kernel(const Axes& kernel, int in, int out, int groups = 1);
Description keras_dense_kernel(int in, int out);

/// 3 x 3 kernels as out/b x in/b tiles of 3 x 3 x b x b, with a tile's channels or filters last.
enum class Last { kChannels, kFilters };
Description tiled_3x3_kernel(int block, int in, int out, Last last);

/// One memory argument.
struct Argument {
  int index;  ///< DNNL_ARG_...
  dnnl_memory_t memory;
};

/// A primitive with what it needs besides its tensors.
struct Primitive {
  dnnl::primitive primitive;
  std::size_t scratchpad = 0;  ///< Bytes.

  /// Runs on the calling thread. Threads: safe with different memory from several threads.
  void run(std::initializer_list<Argument> arguments) const;
};

struct ConvolutionShape {
  Description src, dst;
  Axes kernel, strides;
  Axes dilation;  ///< 1 is none.
  Axes pad_before, pad_after;
  int in_channels, filters;
  int groups;
  bool bias;
  bool relu;              ///< In the forward pass.
  bool backward_to_data;  ///< Whether the gradient of the input is needed.
};

struct Convolution {
  Primitive forward, backward_data, backward_weights;
  Description weights;       ///< Of forward and backward_weights.
  Description data_weights;  ///< Of backward_data, where that is needed.
  /// oneDNN has nothing better for one of them than its reference implementation, which is hundreds
  /// of times slower than others.
  bool reference = false;
};

Convolution make_convolution(const ConvolutionShape& shape);

struct DenseShape {
  int count, in, out;
  bool bias;
  bool relu;
  bool backward_to_data;
};

struct Dense {
  Primitive forward, backward_data, backward_weights;
};

/// A dense layer on rows, with Keras' kernel as it is.
Dense make_dense(const DenseShape& shape);

enum class Elementwise {
  kRelu,
  kSigmoid,
  kTanh,
  kElu,
  kGelu,
  kSwish,
  kSoftplus,
  kExponential,
  kMish
};

struct Activation {
  Primitive forward, backward;
  bool backward_reads_src;  ///< Else it reads the forward pass' result.
};

/// `alpha` is the parameter of ELU and swish.
Activation make_activation(Elementwise kind, float alpha, const Description& data);

/// Copies values from one layout (DNNL_ARG_SRC) to another (DNNL_ARG_DST); both descriptions must
/// be of the same logical shape.
Primitive make_reorder(const Description& from, const Description& to);
/// The same, once.
void reorder(const Description& from, const float* src, const Description& to, float* dst);

/// Whether `b` is `a` with every block x block tile transposed, as the weights of the backward
/// pass usually are.
bool is_tile_transpose(const Description& a, const Description& b, int block);

/// A memory object over values that live elsewhere.
dnnl::memory view(const Description& description, float* values);

}  // namespace folio::internal::onednn
