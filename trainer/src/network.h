/// Network: a model as a graph of operations on tensors, before it is bound to memory.
///
/// Layers add nodes (see LayerDefinition::lower); prepare() then fuses neighbours and finds out
/// which part of every tensor is needed at all. A CompiledNetwork computes the result.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/trainer/layers.h>

namespace folio::internal {

using Value = int;  ///< Index of a tensor that flows between nodes.

/// How a tensor lies in memory.
enum class Layout {
  kImages,   ///< N x C x H x W; only for the network's input.
  kBlocked,  ///< N x C/b x H x W x b, with b = Network::block; surplus channels are zero.
  kRows,     ///< N x features.
};

/// A tensor for one image. Rows have height and width 1.
struct ValueInfo {
  Layout layout = Layout::kRows;
  int channels = 0;
  int height = 1;
  int width = 1;
  /// Of a volume, which is an image with its slices below each other: `height` counts the rows of
  /// all. 0 for images and rows.
  int slices = 0;
  /// The part that is computed, from the top left corner. Floor-mode pooling and valid
  /// convolutions leave the rest unread, so it is neither computed nor stored.
  int used_height = 1;
  int used_width = 1;
  /// Whether it depends on a weight.
  bool needs_gradient = false;

  /// Slices, rows of one and columns. An image has one slice.
  [[nodiscard]] Extent3D extent() const {
    return slices == 0 ? Extent3D{1, height, width} : Extent3D{slices, height / slices, width};
  }
  /// The same of the part that is computed, which of a volume is all.
  [[nodiscard]] Extent3D used_extent() const {
    return slices == 0 ? Extent3D{1, used_height, used_width} : extent();
  }
};

enum class ActivationKind {
  kLinear,
  kRelu,
  kSigmoid,
  kTanh,
  kSoftmax,
  kLeakyRelu,    ///< x, or alpha x below 0.
  kElu,          ///< x, or alpha (e^x - 1) below 0.
  kGelu,         ///< x Phi(x), with the error function.
  kSwish,        ///< x sigmoid(x)
  kSoftplus,     ///< log(1 + e^x)
  kExponential,  ///< e^x
  kMish,         ///< x tanh(softplus(x))
  kSelu,         ///< Scaled ELU with Keras' constants.
  kSoftsign,     ///< x / (1 + |x|)
  kHardSigmoid,  ///< alpha x + 1/2 within [0, 1].
  kClippedRelu,  ///< Keras' ReLU layer: alpha (x - threshold) below it, at most max_value.
  kAffine,       ///< alpha x + beta
};

/// An activation with its parameters.
struct ActivationFunction {
  ActivationKind kind = ActivationKind::kLinear;
  float alpha = 0.0F;
  float beta = 0.0F;
  float max_value = 0.0F;
  float threshold = 0.0F;
  ActivationFunction() = default;
  ActivationFunction(ActivationKind which) : kind(which) {}  // NOLINT(*-explicit-*)
};

/// Errors  Error (kUsage) for an unknown name, listing the known ones.
ActivationFunction parse_activation(const std::string& name);

struct ConvolutionNode {
  int filters;
  Extent3D kernel;
  Extent3D strides;
  Extent3D dilation;
  Extent3D pad_before;
  int kernel_weight;
  int bias_weight;                 ///< -1 without bias.
  int groups = 1;                  ///< Channels and filters in so many separate convolutions.
  bool relu = false;               ///< Applied to the output.
  bool relu_gate_in_pool = false;  ///< The pooling that follows lets gradients through the ReLU.

  /// Cells from a window's first to its last, both included.
  [[nodiscard]] Extent3D reach() const;
};

struct PoolingNode {
  bool max;
  Extent3D window;
  Extent3D strides;
  Extent3D pad_before;
  bool relu_gate = false;  ///< Windows whose largest value is not positive pass no gradient.
};

struct DenseNode {
  int units;
  int kernel_weight;
  int bias_weight;  ///< -1 without bias.
  bool relu = false;
};

struct ActivationNode {
  ActivationFunction function;
};

struct DropoutNode {
  double rate;
  bool whole_channels;  ///< Drops a channel of an image as a whole.
  int index;  ///< Which dropout of the network this is; part of the key of its random numbers.
};

/// Images to rows, cell by cell or channel by channel.
struct FlattenNode {
  bool channels_first;
};
/// Randomness of other kinds than dropout, in training only.
struct NoiseNode {
  enum class Kind {
    kGaussian,         ///< x + N(0, amount)
    kGaussianDropout,  ///< x N(1, sqrt(amount / (1 - amount)))
    kAlphaDropout,  ///< Dropout with rate `amount` that keeps mean and variance of SELU's outputs.
  };
  Kind kind;
  double amount;
  int index;  ///< As in DropoutNode, with which it shares its numbers.
};

/// x, or alpha x below 0 with alphas of their own for channels and cells.
struct PReluNode {
  int alpha;  ///< The weight, of the shape of a value; 1 where an axis shares.
};

/// Adds l1 |x| + 2 l2 x^2 over all values, divided by the size of the batch, to the loss.
struct ActivityRegularizationNode {
  float l1, l2;
};

/// Rows to images, the way back.
struct UnflattenNode {
  bool channels_first;
};

/// Weights are -1 where there is none.
struct BatchNormalizationNode {
  int gamma, beta, moving_mean, moving_variance;
  float momentum, epsilon;
  bool relu = false;
};

/// Over the channels of each cell.
struct LayerNormalizationNode {
  int gamma, beta;
  float epsilon;
};

/// Over all cells of an image; to rows, or to images of one cell.
struct GlobalPoolingNode {
  bool max;
};

/// Zeros before the first row and column; negative to leave so many out.
struct PaddingNode {
  int top, left;
};

/// Every cell becomes height x width cells.
struct UpSamplingNode {
  Extent2D size;
  bool bilinear = false;
};

/// Sum of inputs of one shape.
struct AddNode {
  bool relu = false;
};

/// Inputs behind each other along the channels.
struct ConcatenateNode {};

/// Hands one value to several readers: its outputs share the input's memory but have gradients of
/// their own, so that every value has one reader that writes its gradient. Made by prepare().
struct FanOutNode {
  std::vector<Value> outputs;
};

using NodeKind =
    std::variant<ConvolutionNode, PoolingNode, DenseNode, ActivationNode, DropoutNode, FlattenNode,
                 UnflattenNode, BatchNormalizationNode, LayerNormalizationNode, GlobalPoolingNode,
                 PaddingNode, UpSamplingNode, AddNode, ConcatenateNode, FanOutNode, NoiseNode,
                 PReluNode, ActivityRegularizationNode>;

struct Node {
  NodeKind kind;
  std::vector<Value> inputs;
  Value output;           ///< Of a fan-out, the first of its outputs.
  bool trainable = true;  ///< Whether its weights, if it has any, are to be learnt.

  [[nodiscard]] Value input() const { return inputs.front(); }
};

/// See the top of this file.
class Network {
 public:
  /// A network for images (H x W x C), volumes (D x H x W x C) or rows. `block` is the number of
  /// channels that lie together (16 for AVX-512, else 8). With `channels_first` shapes have the
  /// channels before all other axes, and so do images in rows.
  Network(const Shape& image_shape, int block, bool channels_first = false);

  [[nodiscard]] Value input() const { return 0; }

  /// Whether the weights of nodes added from now on are to be learnt.
  void set_trainable(bool trainable) { trainable_ = trainable; }

  // Windows over images have one slice.
  Value convolution(Value input, int filters, Extent3D kernel, Extent3D strides, Extent3D dilation,
                    bool same, int kernel_weight, int bias_weight, int groups = 1);
  Value pooling(Value input, bool max, Extent3D window, Extent3D strides, bool same);
  Value dense(Value input, int units, int kernel_weight, int bias_weight);
  Value activation(Value input, const ActivationFunction& function);
  Value dropout(Value input, double rate, bool whole_channels = false);
  Value noise(Value input, NoiseNode::Kind kind, double amount);
  Value prelu(Value input, int alpha_weight);
  /// The input itself for no regularizer.
  Value activity_regularization(Value input, const Regularizer& regularizer);
  Value flatten(Value input) { return flatten(input, channels_first_); }
  /// In the order given, whatever the network's is.
  Value flatten(Value input, bool channels_first);
  /// To images or volumes of this shape, as the network's own.
  Value unflatten(Value input, const Shape& shape);
  Value batch_normalization(Value input, const BatchNormalizationNode& node);
  Value layer_normalization(Value input, const LayerNormalizationNode& node);
  Value global_pooling(Value input, bool max, bool keep_cell);
  /// Zeros around an image; negative numbers cut cells off.
  Value padding(Value input, int top, int bottom, int left, int right);
  Value up_sampling(Value input, Extent2D size, bool bilinear = false);
  Value add(const std::vector<Value>& inputs);
  Value concatenate(const std::vector<Value>& inputs);

  /// Fuses and trims; called once, after the last node. `trim` false computes everything, for
  /// tests that compare the two.
  void prepare(bool trim = true);

  [[nodiscard]] int block() const { return block_; }
  [[nodiscard]] bool channels_first() const { return channels_first_; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] const ValueInfo& value(Value value) const { return values_.at(value); }
  [[nodiscard]] int value_count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] Value output() const { return nodes_.empty() ? 0 : nodes_.back().output; }

 private:
  Value append(NodeKind kind, std::vector<Value> inputs, ValueInfo output);
  void choose_input_layout();
  void fuse();
  void fan_out();
  void mark_gradients();
  void trim_unused();
  [[nodiscard]] int consumers(Value value) const;

  int block_;
  bool channels_first_;
  int dropouts_ = 0;
  bool trainable_ = true;
  std::vector<ValueInfo> values_;
  std::vector<Node> nodes_;
};

/// Between which cells an output of bilinear up-sampling lies, and how near it is to the second.
struct BilinearTap {
  int first, second;
  float share;
};
/// The cells' centres are half a cell from the borders, as in Keras; beyond the outermost centres
/// values continue unchanged.
BilinearTap bilinear_tap(int output, int factor, int size);

/// C x H x W for H x W x C, and back; with any number of axes.
Shape with_channels_first(Shape shape);
Shape with_channels_last(Shape shape);

/// A window over steps or images as one over volumes.
inline Extent3D over_volumes(int steps) { return {1, 1, steps}; }
inline Extent3D over_volumes(const Extent2D& extent) { return {1, extent.height, extent.width}; }

/// Keras' output extent of a window that moves over `size` cells.
int window_output(int size, int window, int stride, bool same);
/// Keras' padding before the first cell for `same`.
int same_padding_before(int size, int window, int stride);

}  // namespace folio::internal
