#include "primitives.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <string_view>

// Declared here because <omp.h> belongs to one compiler's OpenMP while the library brings
// another's.
extern "C" {
void omp_set_num_threads(int count);
int omp_get_max_threads();
}

namespace folio::internal::onednn {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;
using Dims = dnnl::memory::dims;

// What the major versions of the library do differently.
#if DNNL_VERSION_MAJOR >= 3

Dims dims_of(const Description& description) { return description.get_dims(); }
Dims padded_dims_of(const Description& description) { return description.get_padded_dims(); }
void append_relu(dnnl::post_ops& after) {
  after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
}

/// Describes an operation of the forward pass.
template <typename Kind, typename... Arguments>
typename Kind::primitive_desc describe(const dnnl::primitive_attr& attributes,
                                       const Arguments&... arguments) {
  return {engine(), arguments..., attributes};
}
/// Describes one of the backward pass, by that of the forward pass.
template <typename Kind, typename Forward, typename... Arguments>
typename Kind::primitive_desc describe_backward(const Forward& forward,
                                                const dnnl::primitive_attr& attributes,
                                                const Arguments&... arguments) {
  return {engine(), arguments..., forward, attributes};
}

/// The same memory with another number of channels in the last block of axis 1.
Description with_channels(const Description& description, Dims::value_type channels) {
  Dims dims = dims_of(description);
  if (dims[1] == channels) return description;
  for (const Tag tag : {Tag::nChw16c, Tag::nChw8c, Tag::nCdhw16c, Tag::nCdhw8c, Tag::OIhw16i16o,
                        Tag::OIhw16o16i, Tag::OIhw8i8o, Tag::OIhw8o8i, Tag::OIdhw16i16o,
                        Tag::OIdhw16o16i, Tag::OIdhw8i8o, Tag::OIdhw8o8i}) {
    const Description known(dims, Type::f32, tag, /*allow_empty=*/true);
    if (!known || known != description) continue;
    dims[1] = channels;
    return {dims, Type::f32, tag};
  }
  throw Error(ErrorKind::kModel, "oneDNN wants a layout that folio does not know");
}

#else

Dims dims_of(const Description& description) { return description.dims(); }
Dims padded_dims_of(const Description& description) {
  const dnnl_memory_desc_t& data = description.data;
  return {data.padded_dims, data.padded_dims + data.ndims};
}
void append_relu(dnnl::post_ops& after) {
  after.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
}

template <typename Kind, typename... Arguments>
typename Kind::primitive_desc describe(const dnnl::primitive_attr& attributes,
                                       const Arguments&... arguments) {
  return {typename Kind::desc(arguments...), attributes, engine()};
}
template <typename Kind, typename Forward, typename... Arguments>
typename Kind::primitive_desc describe_backward(const Forward& forward,
                                                const dnnl::primitive_attr& attributes,
                                                const Arguments&... arguments) {
  return {typename Kind::desc(arguments...), attributes, engine(), forward};
}

Description with_channels(Description description, Dims::value_type channels) {
  description.data.dims[1] = channels;
  return description;
}

#endif

dnnl::primitive_attr attributes(bool relu = false) {
  dnnl::primitive_attr attributes;
  // The library's own scratchpad belongs to the thread that made the primitive.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (relu) {
    dnnl::post_ops after;
    append_relu(after);
    attributes.set_post_ops(after);
  }
  return attributes;
}

template <typename Kind>
Primitive make(const typename Kind::primitive_desc& description) {
  return {Kind(description), description.scratchpad_desc().get_size()};
}

bool is_reference(const dnnl::primitive_desc_base& description) {
  return std::string_view(description.impl_info_str()).starts_with("ref");
}

}  // namespace

SingleThreaded::SingleThreaded() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
SingleThreaded::~SingleThreaded() { omp_set_num_threads(before_); }

const dnnl::engine& engine() {
  static const dnnl::engine kEngine(dnnl::engine::kind::cpu, 0);
  return kEngine;
}

Description images(int count, int channels, int height, int width) {
  return {{count, channels, height, width}, Type::f32, Tag::nchw};
}

Description blocked(int block, int count, int channels, int height, int width) {
  return {{count, channels, height, width}, Type::f32, block == 16 ? Tag::nChw16c : Tag::nChw8c};
}

Description volumes(int count, int channels, const Extent3D& extent) {
  return {{count, channels, extent.depth, extent.height, extent.width}, Type::f32, Tag::ncdhw};
}

Description blocked_volumes(int block, int count, int channels, const Extent3D& extent) {
  return {{count, channels, extent.depth, extent.height, extent.width},
          Type::f32,
          block == 16 ? Tag::nCdhw16c : Tag::nCdhw8c};
}

Description rows(int count, int features) { return {{count, features}, Type::f32, Tag::nc}; }

Description vector(int length) { return {{length}, Type::f32, Tag::a}; }

Axes axes(const Extent3D& extent, bool of_volume) {
  if (of_volume) return {extent.depth, extent.height, extent.width};
  return {extent.height, extent.width};
}

Description keras_convolution_kernel(const Axes& kernel, int in, int out, int groups) {
  Dims dims{groups, out / groups, in};
  // The filters of a group lie together on the last axis.
  Dims strides{out / groups, 1, out};
  Dims::value_type area = 1;
  for (const auto extent : kernel) area *= extent;
  for (const auto extent : kernel) {
    area /= extent;
    dims.push_back(extent);
    strides.push_back(area * in * out);
  }
  if (groups == 1) {
    dims.erase(dims.begin());
    strides.erase(strides.begin());
  }
  return {dims, Type::f32, strides};
}

Description keras_dense_kernel(int in, int out) { return {{out, in}, Type::f32, Tag::io}; }

Description tiled_3x3_kernel(int block, int in, int out, Last last) {
  const Tag tag = block == 16 ? (last == Last::kFilters ? Tag::OIhw16i16o : Tag::OIhw16o16i)
                              : (last == Last::kFilters ? Tag::OIhw8i8o : Tag::OIhw8o8i);
  return {{out, in, 3, 3}, Type::f32, tag};
}

Description whole_blocks(const Description& images) {
  return with_channels(images, padded_dims_of(images)[1]);
}

void Primitive::run(std::initializer_list<Argument> arguments) const {
  // Through the C interface: the C++ one allocates for every call.
  thread_local const dnnl::stream kStream(engine());
  std::array<dnnl_exec_arg_t, 8> list{};
  assert(arguments.size() <= list.size());
  int count = 0;
  for (const Argument& argument : arguments) {
    if (argument.memory != nullptr) list[count++] = {argument.index, argument.memory};
  }
  const dnnl_status_t status =
      dnnl_primitive_execute(primitive.get(), kStream.get(), count, list.data());
  if (status != dnnl_success) {
    throw Error(ErrorKind::kModel, "oneDNN cannot run a primitive, status " +
                                       std::to_string(static_cast<int>(status)));
  }
}

Convolution make_convolution(const ConvolutionShape& shape) {
  const SingleThreaded single;
  // oneDNN takes few channels for an image in planes; where they lie in a block that they do not
  // fill, it has a reference implementation alone, hundreds of times slower. The channels that
  // fill up a block are zero in data and weights, so they are computed along.
  ConvolutionShape s = shape;
  if (s.groups == 1) {
    s.in_channels = static_cast<int>(padded_dims_of(s.src)[1]);
    s.src = with_channels(s.src, s.in_channels);
  }
  Dims weight_extents{s.filters / s.groups, s.in_channels / s.groups};
  weight_extents.insert(weight_extents.end(), s.kernel.begin(), s.kernel.end());
  if (s.groups > 1) weight_extents.insert(weight_extents.begin(), s.groups);
  const Description weights_any(weight_extents, Type::f32, Tag::any);
  const Description bias = s.bias ? vector(s.filters) : Description();
  const Dims& strides = s.strides;
  Dims dilation = s.dilation;
  for (auto& axis : dilation) --axis;  // oneDNN counts the cells between two taps.
  const Dims& before = s.pad_before;
  const Dims& after = s.pad_after;

  using Forward = dnnl::convolution_forward;
  const auto forward = [&](bool relu) {
    return describe<Forward>(attributes(relu), dnnl::prop_kind::forward_training,
                             dnnl::algorithm::convolution_direct, s.src, weights_any, bias, s.dst,
                             strides, dilation, before, after);
  };
  const auto hint = forward(false);
  Convolution made;
  const auto forward_pd = forward(s.relu);
  made.forward = make<Forward>(forward_pd);
  made.weights = forward_pd.weights_desc();
  made.reference = is_reference(forward_pd);

  using BackwardWeights = dnnl::convolution_backward_weights;
  const auto backward_weights_pd = describe_backward<BackwardWeights>(
      hint, attributes(), dnnl::algorithm::convolution_direct, s.src, made.weights, bias, s.dst,
      strides, dilation, before, after);
  made.backward_weights = make<BackwardWeights>(backward_weights_pd);
  made.reference |= is_reference(backward_weights_pd);

  if (s.backward_to_data) {
    using BackwardData = dnnl::convolution_backward_data;
    const auto backward_data_pd = describe_backward<BackwardData>(
        hint, attributes(), dnnl::algorithm::convolution_direct, s.src, weights_any, s.dst, strides,
        dilation, before, after);
    made.backward_data = make<BackwardData>(backward_data_pd);
    made.data_weights = backward_data_pd.weights_desc();
    made.reference |= is_reference(backward_data_pd);
  }
  if (s.in_channels != shape.in_channels) {
    made.weights = with_channels(made.weights, shape.in_channels);
    if (s.backward_to_data) {
      made.data_weights = with_channels(made.data_weights, shape.in_channels);
    }
  }
  return made;
}

Dense make_dense(const DenseShape& s) {
  const SingleThreaded single;
  const Description src = rows(s.count, s.in);
  const Description dst = rows(s.count, s.out);
  const Description weights = keras_dense_kernel(s.in, s.out);
  const Description bias = s.bias ? vector(s.out) : Description();
  using Forward = dnnl::inner_product_forward;
  const auto forward = [&](bool relu) {
    return describe<Forward>(attributes(relu), dnnl::prop_kind::forward_training, src, weights,
                             bias, dst);
  };
  const Forward::primitive_desc hint = forward(false);
  Dense made;
  made.forward = make<Forward>(forward(s.relu));
  using BackwardWeights = dnnl::inner_product_backward_weights;
  made.backward_weights = make<BackwardWeights>(
      describe_backward<BackwardWeights>(hint, attributes(), src, weights, bias, dst));
  if (s.backward_to_data) {
    using BackwardData = dnnl::inner_product_backward_data;
    made.backward_data =
        make<BackwardData>(describe_backward<BackwardData>(hint, attributes(), src, weights, dst));
  }
  return made;
}

namespace {

struct EltwiseAlgorithm {
  dnnl::algorithm algorithm;
  bool reads_src;
};

EltwiseAlgorithm algorithm_of(Elementwise kind) {
  switch (kind) {
    case Elementwise::kRelu:
      break;
    case Elementwise::kSigmoid:
      return {dnnl::algorithm::eltwise_logistic_use_dst_for_bwd, false};
    case Elementwise::kTanh:
      return {dnnl::algorithm::eltwise_tanh_use_dst_for_bwd, false};
    case Elementwise::kElu:
      return {dnnl::algorithm::eltwise_elu_use_dst_for_bwd, false};
    case Elementwise::kGelu:
      return {dnnl::algorithm::eltwise_gelu_erf, true};
    case Elementwise::kSwish:
      return {dnnl::algorithm::eltwise_swish, true};
    case Elementwise::kSoftplus:
      return {dnnl::algorithm::eltwise_soft_relu, true};
    case Elementwise::kExponential:
      return {dnnl::algorithm::eltwise_exp_use_dst_for_bwd, false};
    case Elementwise::kMish:
      return {dnnl::algorithm::eltwise_mish, true};
  }
  return {dnnl::algorithm::eltwise_relu_use_dst_for_bwd, false};
}

}  // namespace

Activation make_activation(Elementwise kind, float alpha, const Description& data) {
  const SingleThreaded single;
  const auto [algorithm, reads_src] = algorithm_of(kind);
  using Forward = dnnl::eltwise_forward;
  using Backward = dnnl::eltwise_backward;
  constexpr auto kTraining = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
  const auto forward =
      describe<Forward>(attributes(), kTraining, algorithm, data, data, alpha, 0.0F);
  const auto backward =
      describe_backward<Backward>(forward, attributes(), algorithm, data, data, data, alpha, 0.0F);
#else
  const auto forward = describe<Forward>(attributes(), kTraining, algorithm, data, alpha, 0.0F);
  const auto backward =
      describe_backward<Backward>(forward, attributes(), algorithm, data, data, alpha, 0.0F);
#endif
  return {make<Forward>(forward), make<Backward>(backward), reads_src};
}

Primitive make_reorder(const Description& from, const Description& to) {
  const SingleThreaded single;
  return make<dnnl::reorder>(
      dnnl::reorder::primitive_desc(engine(), from, engine(), to, attributes()));
}

void reorder(const Description& from, const float* src, const Description& to, float* dst) {
  const SingleThreaded single;
  const dnnl::memory source = view(from, const_cast<float*>(src));
  const dnnl::memory target = view(to, dst);
  make_reorder(from, to).run({{DNNL_ARG_SRC, source.get()}, {DNNL_ARG_DST, target.get()}});
}

bool is_tile_transpose(const Description& a, const Description& b, int block) {
  const Dims dims = dims_of(a);
  if (dims != dims_of(b)) return false;
  const auto are = [&](Tag forward, Tag backward) {
    return a == Description(dims, Type::f32, forward) &&
           b == Description(dims, Type::f32, backward);
  };
  if (dims.size() == 4) {
    return block == 16 ? are(Tag::OIhw16i16o, Tag::OIhw16o16i) : are(Tag::OIhw8i8o, Tag::OIhw8o8i);
  }
  if (dims.size() == 5) {  // Of volumes; those of groups have other blocks.
    return block == 16 ? are(Tag::OIdhw16i16o, Tag::OIdhw16o16i)
                       : are(Tag::OIdhw8i8o, Tag::OIdhw8o8i);
  }
  return false;
}

dnnl::memory view(const Description& description, float* values) {
  return {description, engine(), values};
}

}  // namespace folio::internal::onednn
