/// The layers of a model, with Keras' names, arguments and defaults.
#pragma once
#include <memory>
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
///         ceil(n / s) with the extra cell of padding at the end. Kernel kh x kw x C x filters.
class Conv2D : public Layer {
 public:
  Conv2D(int filters, Extent2D kernel_size, Conv2DOptions options = {});
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

/// An activation by name: linear, relu, sigmoid, tanh or softmax (over the last axis).
class Activation : public Layer {
 public:
  explicit Activation(const std::string& activation, std::string name = "");
};

}  // namespace folio
