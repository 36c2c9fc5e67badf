/// The layers of a model, with Keras' names, arguments and defaults.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <folio/datasets/tensor.h>
#include <folio/trainer/constraint.h>
#include <folio/trainer/initializer.h>
#include <folio/trainer/layer.h>
#include <folio/trainer/regularizer.h>
#include <folio/trainer/symbolic_tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// Height and width of a window or a step; one number means both.
struct Extent2D {
  int height;
  int width;
  Extent2D(int both) : height(both), width(both) {}  // NOLINT(*-explicit-*)
  Extent2D(int high, int wide) : height(high), width(wide) {}
  bool operator==(const Extent2D&) const = default;
};

/// Declares the shape of one image, H x W x C. In a Sequential optional: without it the model takes
/// the shape of the data it is first used with. A functional model begins with it.
class Input : public Layer {
 public:
  explicit Input(Shape shape, std::string name = "");
  operator SymbolicTensor() const { return tensor_; }  // NOLINT(*-explicit-*)

 private:
  SymbolicTensor tensor_;
};

/// Arguments of Conv2D beside filters and kernel_size.
struct Conv2DOptions {
  Extent2D strides{1};
  std::string padding = "valid";  ///< `valid` or `same`.
  Extent2D dilation_rate{1};
  int groups = 1;  ///< Channels and filters in so many separate convolutions.
  std::string activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer{};
  Regularizer bias_regularizer{};
  Constraint kernel_constraint{};
  Constraint bias_constraint{};
  std::string name{};
};

/// 2-D convolution (cross-correlation, as everywhere in the field).
///
/// Shapes  H x W x C in, H' x W' x filters out: valid floor((n - (k - 1) d - 1) / s) + 1, same
///         ceil(n / s) with the extra cell of padding at the end. Kernel kh x kw x C / groups x
///         filters; the filters of a group follow each other.
class Conv2D : public Layer {
 public:
  Conv2D(int filters, Extent2D kernel_size, Conv2DOptions options = {});
};

struct DepthwiseConv2DOptions {
  Extent2D strides{1};
  std::string padding = "valid";
  int depth_multiplier = 1;  ///< Filters for each channel.
  Extent2D dilation_rate{1};
  std::string activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::string name{};
};

/// Convolution of each channel by itself.
///
/// Shapes  H x W x C in, H' x W' x C * depth_multiplier out. Kernel kh x kw x C x
///         depth_multiplier.
class DepthwiseConv2D : public Layer {
 public:
  explicit DepthwiseConv2D(Extent2D kernel_size, DepthwiseConv2DOptions options = {});
};

struct SeparableConv2DOptions {
  Extent2D strides{1};
  std::string padding = "valid";
  Extent2D dilation_rate{1};
  int depth_multiplier = 1;
  std::string activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::string name{};
};

/// A depthwise convolution, then one of 1 x 1 that mixes the channels.
class SeparableConv2D : public Layer {
 public:
  SeparableConv2D(int filters, Extent2D kernel_size, SeparableConv2DOptions options = {});
};

struct Conv1DOptions {
  int strides = 1;
  std::string padding = "valid";  ///< `valid` or `same`.
  int dilation_rate = 1;
  int groups = 1;
  std::string activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::string name{};
};

/// Convolution along one axis: steps x C in, steps' x filters out. Kernel k x C / groups x filters.
class Conv1D : public Layer {
 public:
  Conv1D(int filters, int kernel_size, Conv1DOptions options = {});
};

/// Arguments of the pooling layers.
struct Pooling2DOptions {
  Extent2D pool_size{2};
  Extent2D strides{0};  ///< 0: pool_size.
  std::string padding = "valid";
  std::string name{};
};

/// Largest value of each window; padding never wins.
class MaxPooling2D : public Layer {
 public:
  explicit MaxPooling2D(Pooling2DOptions options = {});
};

/// Mean of each window over the cells that lie inside the image.
class AveragePooling2D : public Layer {
 public:
  explicit AveragePooling2D(Pooling2DOptions options = {});
};

struct Pooling1DOptions {
  int pool_size = 2;
  int strides = 0;  ///< 0: pool_size.
  std::string padding = "valid";
  std::string name{};
};

/// As the layers of two dimensions, over steps x C.
class MaxPooling1D : public Layer {
 public:
  explicit MaxPooling1D(Pooling1DOptions options = {});
};
class AveragePooling1D : public Layer {
 public:
  explicit AveragePooling1D(Pooling1DOptions options = {});
};

struct GlobalPoolingOptions {
  bool keepdims = false;  ///< Keeps the axes, with one cell.
  std::string name{};
};

/// Largest value or mean of each channel over all cells.
class GlobalMaxPooling2D : public Layer {
 public:
  explicit GlobalMaxPooling2D(GlobalPoolingOptions options = {});
};
class GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalPoolingOptions options = {});
};
class GlobalMaxPooling1D : public Layer {
 public:
  explicit GlobalMaxPooling1D(GlobalPoolingOptions options = {});
};
class GlobalAveragePooling1D : public Layer {
 public:
  explicit GlobalAveragePooling1D(GlobalPoolingOptions options = {});
};

struct BatchNormalizationOptions {
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;  ///< With beta.
  bool scale = true;   ///< With gamma.
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  std::string name{};
};

/// Each channel to mean 0 and variance 1, then gamma x + beta. In training over the whole batch,
/// with the biased variance, whatever the number of threads; moving statistics
/// (new = momentum old + (1 - momentum) batch) serve otherwise and are no trainable weights.
class BatchNormalization : public Layer {
 public:
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

struct LayerNormalizationOptions {
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  std::string name{};
};

/// The last axis of each cell to mean 0 and variance 1, then gamma x + beta.
class LayerNormalization : public Layer {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});
};

/// Zeros around an image: the same on all sides, the same above and below and left and right, or
/// all four.
struct Padding2D {
  int top, bottom, left, right;
  Padding2D(int all) : Padding2D(all, all) {}  // NOLINT(*-explicit-*)
  Padding2D(int high, int wide) : Padding2D(high, high, wide, wide) {}
  Padding2D(int above, int below, int before, int behind)
      : top(above), bottom(below), left(before), right(behind) {}
};

class ZeroPadding2D : public Layer {
 public:
  explicit ZeroPadding2D(Padding2D padding = 1, std::string name = "");
};

/// Repeats rows and columns (interpolation `nearest`).
class UpSampling2D : public Layer {
 public:
  explicit UpSampling2D(Extent2D size = 2, std::string name = "");
};

/// Another shape of the same values in Keras' order, of one to three axes. One extent may be -1:
/// what remains.
class Reshape : public Layer {
 public:
  explicit Reshape(Shape target_shape, std::string name = "");
};

/// scale x + offset.
class Rescaling : public Layer {
 public:
  explicit Rescaling(double scale, double offset = 0.0, std::string name = "");
};

/// H x W x C to one row of H * W * C values, in that order.
class Flatten : public Layer {
 public:
  explicit Flatten(std::string name = "");
};

/// Arguments of Dense beside units.
struct DenseOptions {
  std::string activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer{};
  Regularizer bias_regularizer{};
  Constraint kernel_constraint{};
  Constraint bias_constraint{};
  std::string name{};
};

/// Fully connected: y = x K + b, with K inputs x units.
class Dense : public Layer {
 public:
  explicit Dense(int units, DenseOptions options = {});
};

/// In training, sets each value to zero with probability `rate` and scales the others by
/// 1 / (1 - rate). Which ones depends on the model's seed, the step and the position only.
class Dropout : public Layer {
 public:
  explicit Dropout(double rate, std::string name = "");
};

/// Dropout of whole channels of an image.
class SpatialDropout2D : public Layer {
 public:
  explicit SpatialDropout2D(double rate, std::string name = "");
};

/// Sum of two or more inputs of one shape.
class Add : public Layer {
 public:
  explicit Add(std::string name = "");
};

/// Two or more inputs behind each other along the last axis; all other axes must agree.
class Concatenate : public Layer {
 public:
  /// Errors  Error (kUsage) for another axis than the last, which is -1.
  explicit Concatenate(int axis = -1, std::string name = "");
};

/// An activation by name: linear, relu, relu6, leaky_relu, elu, selu, gelu, silu (swish), mish,
/// sigmoid, hard_sigmoid, tanh, softplus, softsign, exponential or softmax (over the last axis).
class Activation : public Layer {
 public:
  explicit Activation(const std::string& activation, std::string name = "");
};

struct ReLUOptions {
  std::optional<double> max_value{};
  double negative_slope = 0.0;
  double threshold = 0.0;  ///< Below it: negative_slope (x - threshold).
  std::string name{};
};

class ReLU : public Layer {
 public:
  explicit ReLU(ReLUOptions options = {});
};

/// x, or negative_slope x below 0.
class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(double negative_slope = 0.3, std::string name = "");
};

/// x, or alpha (e^x - 1) below 0.
class ELU : public Layer {
 public:
  explicit ELU(double alpha = 1.0, std::string name = "");
};

/// Softmax over the last axis.
class Softmax : public Layer {
 public:
  explicit Softmax(std::string name = "");
};

// Keras' other names.
using Convolution1D = Conv1D;
using Convolution2D = Conv2D;
using SeparableConvolution2D = SeparableConv2D;
using MaxPool1D = MaxPooling1D;
using MaxPool2D = MaxPooling2D;
using AvgPool1D = AveragePooling1D;
using AvgPool2D = AveragePooling2D;
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalMaxPool2D = GlobalMaxPooling2D;
using GlobalAvgPool1D = GlobalAveragePooling1D;
using GlobalAvgPool2D = GlobalAveragePooling2D;

}  // namespace folio
