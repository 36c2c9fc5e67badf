/// The layers of a model, with Keras' names, arguments and defaults.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/trainer/constraint.h>
#include <folio/trainer/initializer.h>
#include <folio/trainer/layer.h>
#include <folio/trainer/regularizer.h>
#include <folio/trainer/symbolic_tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// Height and width of a window or a step; one number means both.
struct Extent2D {
  int height;  ///< Rows.
  int width;   ///< Columns.
  ///@{
  /// `3` or `{3, 5}`.
  Extent2D(int both) : height(both), width(both) {}  // NOLINT(*-explicit-*)
  Extent2D(int high, int wide) : height(high), width(wide) {}
  ///@}
  bool operator==(const Extent2D&) const = default;  ///< By both.
};

/// The same over volumes, slice by slice.
struct Extent3D {
  int depth;   ///< Slices.
  int height;  ///< Rows.
  int width;   ///< Columns.
  ///@{
  /// `3` or `{3, 5, 5}`.
  Extent3D(int all) : depth(all), height(all), width(all) {}  // NOLINT(*-explicit-*)
  Extent3D(int deep, int high, int wide) : depth(deep), height(high), width(wide) {}
  ///@}
  bool operator==(const Extent3D&) const = default;  ///< By all three.
};

/// Declares the shape of one image, H x W x C (C x H x W before layers of `channels_first`). In a
/// Sequential optional: without it the model takes the shape of the data it is first used with. A
/// functional model begins with it.
class Input : public Layer {
 public:
  /// For images of one shape: `Input({28, 28, 1})`.
  explicit Input(Shape shape, std::string name = "");
  /// What the first layer is applied to.
  operator SymbolicTensor() const { return tensor_; }  // NOLINT(*-explicit-*)

 private:
  SymbolicTensor tensor_;
};

/// Arguments of Conv2D beside filters and kernel_size.
struct Conv2DOptions {
  Extent2D strides{1};                        ///< Cells from one window to the next.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  Extent2D dilation_rate{1};                  ///< Cells from one of the kernel's taps to the next.
  int groups = 1;                     ///< Channels and filters in so many separate convolutions.
  std::string activation = "linear";  ///< Of the result; by Activation's names.
  bool use_bias = true;               ///< Adds a number to all outputs of a filter.
  Initializer kernel_initializer = "glorot_uniform";  ///< What the kernel starts from.
  Initializer bias_initializer = "zeros";             ///< What the bias starts from.
  Regularizer kernel_regularizer{};                   ///< What the kernel adds to the loss.
  Regularizer bias_regularizer{};                     ///< What the bias adds to the loss.
  Regularizer activity_regularizer{};  ///< Of the output, divided by the size of the batch.
  Constraint kernel_constraint{};      ///< Of the kernel after each update.
  Constraint bias_constraint{};        ///< Of the bias after each update.
  std::string name{};                  ///< Empty: the model gives one.
};

/// 2-D convolution (cross-correlation, as everywhere in the field).
///
/// Shapes  H x W x C in, H' x W' x filters out: valid floor((n - (k - 1) d - 1) / s) + 1, same
///         ceil(n / s) with the extra cell of padding at the end. Kernel kh x kw x C / groups x
///         filters; the filters of a group follow each other.
class Conv2D : public Layer {
 public:
  /// `Conv2D(32, {3, 3}, {.activation = "relu"})`; filters and extents are positive.
  Conv2D(int filters, Extent2D kernel_size, Conv2DOptions options = {});
};

/// Arguments of DepthwiseConv2D beside kernel_size.
struct DepthwiseConv2DOptions {
  Extent2D strides{1};                        ///< Cells from one window to the next.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  int depth_multiplier = 1;                   ///< Filters for each channel.
  Extent2D dilation_rate{1};                  ///< Cells from one of the kernel's taps to the next.
  std::string activation = "linear";          ///< Of the result; by Activation's names.
  bool use_bias = true;                       ///< Adds a number to all outputs of a filter.
  Initializer depthwise_initializer = "glorot_uniform";  ///< Of the kernel of single channels.
  Initializer bias_initializer = "zeros";                ///< What the bias starts from.
  Regularizer depthwise_regularizer{};                   ///< What the kernel adds to the loss.
  Regularizer bias_regularizer{};                        ///< What the bias adds to the loss.
  Regularizer activity_regularizer{};  ///< Of the output, divided by the size of the batch.
  Constraint depthwise_constraint{};   ///< Of the kernel after each update.
  Constraint bias_constraint{};        ///< Of the bias after each update.
  std::string name{};                  ///< Empty: the model gives one.
};

/// Convolution of each channel by itself.
///
/// Shapes  H x W x C in, H' x W' x C * depth_multiplier out. Kernel kh x kw x C x
///         depth_multiplier.
class DepthwiseConv2D : public Layer {
 public:
  /// A kernel of this size for each channel; extents are positive.
  explicit DepthwiseConv2D(Extent2D kernel_size, DepthwiseConv2DOptions options = {});
};

/// Arguments of SeparableConv2D beside filters and kernel_size.
struct SeparableConv2DOptions {
  Extent2D strides{1};                        ///< Cells from one window to the next.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  Extent2D dilation_rate{1};                  ///< Cells from one of the kernel's taps to the next.
  int depth_multiplier = 1;                   ///< Filters for each channel.
  std::string activation = "linear";          ///< Of the result; by Activation's names.
  bool use_bias = true;                       ///< Adds a number to all outputs of a filter.
  Initializer depthwise_initializer = "glorot_uniform";  ///< Of the kernel of single channels.
  Initializer pointwise_initializer = "glorot_uniform";  ///< Of the kernel that mixes channels.
  Initializer bias_initializer = "zeros";                ///< What the bias starts from.
  Regularizer depthwise_regularizer{};  ///< What the kernel of single channels adds to the loss.
  Regularizer pointwise_regularizer{};  ///< What the kernel that mixes channels adds to the loss.
  Regularizer bias_regularizer{};       ///< What the bias adds to the loss.
  Regularizer activity_regularizer{};   ///< Of the output, divided by the size of the batch.
  Constraint depthwise_constraint{};    ///< Of the kernel of single channels after each update.
  Constraint pointwise_constraint{};    ///< Of the kernel that mixes channels after each update.
  Constraint bias_constraint{};         ///< Of the bias after each update.
  std::string name{};                   ///< Empty: the model gives one.
};

/// A depthwise convolution, then one of 1 x 1 that mixes the channels.
class SeparableConv2D : public Layer {
 public:
  /// A kernel of this size for each channel, and `filters` mixtures of them.
  SeparableConv2D(int filters, Extent2D kernel_size, SeparableConv2DOptions options = {});
};

/// Arguments of Conv1D beside filters and kernel_size.
struct Conv1DOptions {
  int strides = 1;                            ///< Cells from one window to the next.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  int dilation_rate = 1;                      ///< Cells from one of the kernel's taps to the next.
  int groups = 1;                     ///< Channels and filters in so many separate convolutions.
  std::string activation = "linear";  ///< Of the result; by Activation's names.
  bool use_bias = true;               ///< Adds a number to all outputs of a filter.
  Initializer kernel_initializer = "glorot_uniform";  ///< What the kernel starts from.
  Initializer bias_initializer = "zeros";             ///< What the bias starts from.
  Regularizer kernel_regularizer{};                   ///< What the kernel adds to the loss.
  Regularizer bias_regularizer{};                     ///< What the bias adds to the loss.
  Regularizer activity_regularizer{};  ///< Of the output, divided by the size of the batch.
  Constraint kernel_constraint{};      ///< Of the kernel after each update.
  Constraint bias_constraint{};        ///< Of the bias after each update.
  std::string name{};                  ///< Empty: the model gives one.
};

/// Convolution along one axis: steps x C in, steps' x filters out. Kernel k x C / groups x filters.
/// Its padding can be `causal` too: a step sees itself and those before it alone.
class Conv1D : public Layer {
 public:
  /// Both positive; the kernel covers kernel_size steps.
  Conv1D(int filters, int kernel_size, Conv1DOptions options = {});
};

/// Arguments of Conv3D beside filters and kernel_size.
struct Conv3DOptions {
  Extent3D strides{1};                        ///< Cells from one window to the next.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  Extent3D dilation_rate{1};                  ///< Cells from one of the kernel's taps to the next.
  int groups = 1;                     ///< Channels and filters in so many separate convolutions.
  std::string activation = "linear";  ///< Of the result; by Activation's names.
  bool use_bias = true;               ///< Adds a number to all outputs of a filter.
  Initializer kernel_initializer = "glorot_uniform";  ///< What the kernel starts from.
  Initializer bias_initializer = "zeros";             ///< What the bias starts from.
  Regularizer kernel_regularizer{};                   ///< What the kernel adds to the loss.
  Regularizer bias_regularizer{};                     ///< What the bias adds to the loss.
  Regularizer activity_regularizer{};  ///< Of the output, divided by the size of the batch.
  Constraint kernel_constraint{};      ///< Of the kernel after each update.
  Constraint bias_constraint{};        ///< Of the bias after each update.
  std::string name{};                  ///< Empty: the model gives one.
};

/// Convolution over volumes: D x H x W x C in, D' x H' x W' x filters out, as Conv2D. Kernel
/// kd x kh x kw x C / groups x filters.
class Conv3D : public Layer {
 public:
  /// `Conv3D(16, {3, 3, 3})`; filters and extents are positive.
  Conv3D(int filters, Extent3D kernel_size, Conv3DOptions options = {});
};

/// Arguments of the pooling layers.
struct Pooling2DOptions {
  Extent2D pool_size{2};                      ///< The window.
  Extent2D strides{0};                        ///< 0: pool_size.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  std::string name{};                         ///< Empty: the model gives one.
};

/// Largest value of each window; padding never wins.
class MaxPooling2D : public Layer {
 public:
  /// Without options halves height and width.
  explicit MaxPooling2D(Pooling2DOptions options = {});
};

/// Mean of each window over the cells that lie inside the image.
class AveragePooling2D : public Layer {
 public:
  /// Without options halves height and width.
  explicit AveragePooling2D(Pooling2DOptions options = {});
};

/// Arguments of the pooling layers over steps.
struct Pooling1DOptions {
  int pool_size = 2;                          ///< The window.
  int strides = 0;                            ///< 0: pool_size.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  std::string name{};                         ///< Empty: the model gives one.
};

/// As MaxPooling2D, over steps x C.
class MaxPooling1D : public Layer {
 public:
  /// Without options halves the steps.
  explicit MaxPooling1D(Pooling1DOptions options = {});
};
/// As AveragePooling2D, over steps x C.
class AveragePooling1D : public Layer {
 public:
  /// Without options halves the steps.
  explicit AveragePooling1D(Pooling1DOptions options = {});
};

/// Arguments of the pooling layers over volumes.
struct Pooling3DOptions {
  Extent3D pool_size{2};                      ///< The window.
  Extent3D strides{0};                        ///< 0: pool_size.
  std::string padding = "valid";              ///< `valid` or `same`.
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  std::string name{};                         ///< Empty: the model gives one.
};

/// As MaxPooling2D, over D x H x W x C.
class MaxPooling3D : public Layer {
 public:
  /// Without options halves depth, height and width.
  explicit MaxPooling3D(Pooling3DOptions options = {});
};
/// As AveragePooling2D, over D x H x W x C.
class AveragePooling3D : public Layer {
 public:
  /// Without options halves depth, height and width.
  explicit AveragePooling3D(Pooling3DOptions options = {});
};

/// Arguments of the layers that pool all cells.
struct GlobalPoolingOptions {
  std::string data_format = "channels_last";  ///< `channels_last` or `channels_first`.
  bool keepdims = false;                      ///< Keeps the axes, with one cell.
  std::string name{};                         ///< Empty: the model gives one.
};

/// Largest value of each channel over all cells.
class GlobalMaxPooling2D : public Layer {
 public:
  /// H x W x C in, C out; 1 x 1 x C with keepdims.
  explicit GlobalMaxPooling2D(GlobalPoolingOptions options = {});
};
/// Mean of each channel over all cells.
class GlobalAveragePooling2D : public Layer {
 public:
  /// H x W x C in, C out; 1 x 1 x C with keepdims.
  explicit GlobalAveragePooling2D(GlobalPoolingOptions options = {});
};
/// Largest value of each channel over all steps.
class GlobalMaxPooling1D : public Layer {
 public:
  /// steps x C in, C out; 1 x C with keepdims.
  explicit GlobalMaxPooling1D(GlobalPoolingOptions options = {});
};
/// Mean of each channel over all steps.
class GlobalAveragePooling1D : public Layer {
 public:
  /// steps x C in, C out; 1 x C with keepdims.
  explicit GlobalAveragePooling1D(GlobalPoolingOptions options = {});
};

/// Largest value of each channel of a volume.
class GlobalMaxPooling3D : public Layer {
 public:
  /// D x H x W x C in, C out; 1 x 1 x 1 x C with keepdims.
  explicit GlobalMaxPooling3D(GlobalPoolingOptions options = {});
};
/// Mean of each channel of a volume.
class GlobalAveragePooling3D : public Layer {
 public:
  /// D x H x W x C in, C out; 1 x 1 x 1 x C with keepdims.
  explicit GlobalAveragePooling3D(GlobalPoolingOptions options = {});
};

/// Arguments of BatchNormalization.
struct BatchNormalizationOptions {
  int axis = -1;           ///< Of the channels: the last one, or 1 where they come first.
  double momentum = 0.99;  ///< Share of the old moving statistics; nearer to 1 is slower.
  double epsilon = 1e-3;   ///< Added to the variance.
  bool center = true;      ///< With beta.
  bool scale = true;       ///< With gamma.
  Initializer beta_initializer = "zeros";            ///< What beta starts from.
  Initializer gamma_initializer = "ones";            ///< What gamma starts from.
  Initializer moving_mean_initializer = "zeros";     ///< Before the first batch.
  Initializer moving_variance_initializer = "ones";  ///< Before the first batch.
  Regularizer beta_regularizer{};                    ///< What beta adds to the loss.
  Regularizer gamma_regularizer{};                   ///< What gamma adds to the loss.
  Constraint beta_constraint{};                      ///< Of beta after each update.
  Constraint gamma_constraint{};                     ///< Of gamma after each update.
  std::string name{};                                ///< Empty: the model gives one.
};

/// Each channel to mean 0 and variance 1, then gamma x + beta. In training over the whole batch,
/// with the biased variance, whatever the number of threads; moving statistics
/// (new = momentum old + (1 - momentum) batch) serve otherwise and are no trainable weights.
class BatchNormalization : public Layer {
 public:
  /// The same shape out; 4 C weights, of which 2 C are trainable.
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

/// Arguments of LayerNormalization.
struct LayerNormalizationOptions {
  int axis = -1;          ///< Of the channels: the last one, or 1 where they come first.
  double epsilon = 1e-3;  ///< Added to the variance.
  bool center = true;     ///< With beta.
  bool scale = true;      ///< With gamma.
  Initializer beta_initializer = "zeros";  ///< What beta starts from.
  Initializer gamma_initializer = "ones";  ///< What gamma starts from.
  Regularizer beta_regularizer{};          ///< What beta adds to the loss.
  Regularizer gamma_regularizer{};         ///< What gamma adds to the loss.
  Constraint beta_constraint{};            ///< Of beta after each update.
  Constraint gamma_constraint{};           ///< Of gamma after each update.
  std::string name{};                      ///< Empty: the model gives one.
};

/// The last axis of each cell to mean 0 and variance 1, then gamma x + beta.
class LayerNormalization : public Layer {
 public:
  /// The same shape out; 2 C weights.
  explicit LayerNormalization(LayerNormalizationOptions options = {});
};

/// How many cells are added around an image.
struct Padding2D {
  int top;     ///< Rows above.
  int bottom;  ///< Rows below.
  int left;    ///< Columns before.
  int right;   ///< Columns behind.
  ///@{
  /// `1`, `{1, 2}` (above and below, left and right) or `{0, 1, 0, 1}`.
  Padding2D(int all) : Padding2D(all, all) {}  // NOLINT(*-explicit-*)
  Padding2D(int high, int wide) : Padding2D(high, high, wide, wide) {}
  Padding2D(int above, int below, int before, int behind)
      : top(above), bottom(below), left(before), right(behind) {}
  ///@}
};

/// Zeros around each image.
class ZeroPadding2D : public Layer {
 public:
  /// H x W x C in, (H + top + bottom) x (W + left + right) x C out.
  explicit ZeroPadding2D(Padding2D padding = 1, std::string name = "",
                         const std::string& data_format = "channels_last");
};

/// Cuts rows and columns off.
class Cropping2D : public Layer {
 public:
  /// What is left must not be empty.
  explicit Cropping2D(Padding2D cropping = 0, std::string name = "",
                      const std::string& data_format = "channels_last");
};

/// Makes an image larger, by repeating rows and columns (interpolation `nearest`) or with what lies
/// between them (`bilinear`).
class UpSampling2D : public Layer {
 public:
  /// H x W x C in, H height x W width x C out.
  explicit UpSampling2D(Extent2D size = 2, const std::string& interpolation = "nearest",
                        std::string name = "", const std::string& data_format = "channels_last");
};

/// One row to n equal ones.
class RepeatVector : public Layer {
 public:
  /// C in, n x C out.
  explicit RepeatVector(int n, std::string name = "");
};

/// Another shape of the same values in Keras' order, of one to three axes. One extent may be -1:
/// what remains.
class Reshape : public Layer {
 public:
  /// A shape without the batch axis, such as `{7, 7, 16}` or `{-1, 16}`.
  explicit Reshape(Shape target_shape, std::string name = "");
};

/// scale x + offset.
class Rescaling : public Layer {
 public:
  /// `Rescaling(1.0 / 255)` for images that the generator does not rescale.
  explicit Rescaling(double scale, double offset = 0.0, std::string name = "");
};

/// H x W x C to one row of H * W * C values, in that order. `channels_first` makes that row of
/// C x H x W; without it those values keep the order they have.
class Flatten : public Layer {
 public:
  /// Has no arguments but a name and a data_format.
  explicit Flatten(std::string name = "", const std::string& data_format = "channels_last");
};

/// Arguments of Dense beside units.
struct DenseOptions {
  std::string activation = "linear";                  ///< Of the result; by Activation's names.
  bool use_bias = true;                               ///< Adds a number to each output.
  Initializer kernel_initializer = "glorot_uniform";  ///< What the kernel starts from.
  Initializer bias_initializer = "zeros";             ///< What the bias starts from.
  Regularizer kernel_regularizer{};                   ///< What the kernel adds to the loss.
  Regularizer bias_regularizer{};                     ///< What the bias adds to the loss.
  Regularizer activity_regularizer{};  ///< Of the output, divided by the size of the batch.
  Constraint kernel_constraint{};      ///< Of the kernel after each update.
  Constraint bias_constraint{};        ///< Of the bias after each update.
  std::string name{};                  ///< Empty: the model gives one.
};

/// Fully connected: y = x K + b, with K inputs x units.
class Dense : public Layer {
 public:
  /// This many outputs; positive.
  explicit Dense(int units, DenseOptions options = {});
};

/// In training, sets each value to zero with probability `rate` and scales the others by
/// 1 / (1 - rate). Which ones depends on the model's seed, the step and the position only.
class Dropout : public Layer {
 public:
  /// In [0, 1); 0 does nothing.
  explicit Dropout(double rate, std::string name = "");
};

/// Dropout of whole channels of an image.
class SpatialDropout2D : public Layer {
 public:
  /// In [0, 1), for each channel.
  explicit SpatialDropout2D(double rate, std::string name = "",
                            const std::string& data_format = "channels_last");
};

/// In training, adds normally distributed numbers. As for Dropout they are the same for the same
/// seed.
class GaussianNoise : public Layer {
 public:
  /// `stddev` is that of the numbers; at least 0.
  explicit GaussianNoise(double stddev, std::string name = "");
};

/// In training, multiplies by normally distributed numbers of mean 1 and the variance that Dropout
/// would have, rate / (1 - rate).
class GaussianDropout : public Layer {
 public:
  /// `rate` is in [0, 1).
  explicit GaussianDropout(double rate, std::string name = "");
};

/// Dropout for networks of SELUs, whose mean and variance it keeps.
///
/// Source  Klambauer et al., Self-Normalizing Neural Networks (2017).
class AlphaDropout : public Layer {
 public:
  /// `rate` is in [0, 1).
  explicit AlphaDropout(double rate, std::string name = "");
};

/// Adds to the loss what a regularizer says of its input, divided by the size of the batch.
class ActivityRegularization : public Layer {
 public:
  /// The input is passed on.
  explicit ActivityRegularization(L1L2 factors, std::string name = "");
};

/// Sum of two or more inputs of one shape.
class Add : public Layer {
 public:
  /// Applied to a list: `Add()({x, y})`.
  explicit Add(std::string name = "");
};

/// Two or more inputs behind each other along the channels; all other axes must agree.
class Concatenate : public Layer {
 public:
  /// Applied to a list: `Concatenate()({x, y})`.
  ///
  /// `axis` is -1, or 1 where the channels come first. Errors  Error (kUsage) for 0 and below -1.
  explicit Concatenate(int axis = -1, std::string name = "");
};

/// An activation by name: linear, relu, relu6, leaky_relu, elu, selu, gelu, silu (swish), mish,
/// sigmoid, hard_sigmoid (Keras 3's, x / 6 + 1 / 2; Keras 2's 0.2 x + 1 / 2 is hard_sigmoid_keras2,
/// and what files of Keras 2 mean by hard_sigmoid), tanh, softplus, softsign, exponential or
/// softmax (over the last axis).
class Activation : public Layer {
 public:
  /// As a layer of its own, for instance after a normalization.
  explicit Activation(const std::string& activation, std::string name = "");
};

/// Arguments of ReLU.
struct ReLUOptions {
  std::optional<double> max_value{};  ///< Larger values become it; none: no limit.
  double negative_slope = 0.0;        ///< Slope below the threshold; 0: flat.
  double threshold = 0.0;             ///< Below it: negative_slope (x - threshold).
  std::string name{};                 ///< Empty: the model gives one.
};

/// x from threshold to max_value.
class ReLU : public Layer {
 public:
  /// Without options max(x, 0).
  explicit ReLU(ReLUOptions options = {});
};

/// x, or negative_slope x below 0.
class LeakyReLU : public Layer {
 public:
  /// As in Keras 2 and its files; PyTorch's default is 0.01.
  explicit LeakyReLU(double negative_slope = 0.3, std::string name = "");
};

/// Arguments of PReLU.
struct PReLUOptions {
  Initializer alpha_initializer = "zeros";  ///< What the alphas start from.
  Regularizer alpha_regularizer{};          ///< What the alphas add to the loss.
  Constraint alpha_constraint{};            ///< Of the alphas after each update.
  std::vector<int> shared_axes{};  ///< Along which there is one alpha; {1, 2}: one for a channel.
  std::string name{};              ///< Empty: the model gives one.
};

/// x, or alpha x below 0, with alphas that are learnt.
class PReLU : public Layer {
 public:
  /// Any shape in, the same out; that of alpha is the input's, 1 along shared_axes (which count
  /// from 1).
  explicit PReLU(PReLUOptions options = {});
};

/// x, or alpha (e^x - 1) below 0.
class ELU : public Layer {
 public:
  /// alpha is minus the least value.
  explicit ELU(double alpha = 1.0, std::string name = "");
};

/// Softmax over the channels.
class Softmax : public Layer {
 public:
  /// Values out are positive and make 1. `axis` is the last one, or 1 where the channels come
  /// first.
  explicit Softmax(std::string name = "", int axis = -1);
};

///@{
/// Keras' other name.
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
///@}

}  // namespace folio
