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
  /// The part that is computed, from the top left corner. Floor-mode pooling and valid
  /// convolutions leave the rest unread, so it is neither computed nor stored.
  int used_height = 1;
  int used_width = 1;
  /// Whether it depends on a weight.
  bool needs_gradient = false;
};

enum class ActivationKind { kLinear, kRelu, kSigmoid, kTanh, kSoftmax };

/// Errors  Error (kUsage) for an unknown name, listing the known ones.
ActivationKind parse_activation(const std::string& name);

struct ConvolutionNode {
  int filters;
  Extent2D kernel;
  Extent2D strides;
  Extent2D dilation;
  int pad_top;
  int pad_left;
  int kernel_weight;
  int bias_weight;                 ///< -1 without bias.
  bool relu = false;               ///< Applied to the output.
  bool relu_gate_in_pool = false;  ///< The pooling that follows lets gradients through the ReLU.
};

struct PoolingNode {
  bool max;
  Extent2D window;
  Extent2D strides;
  int pad_top;
  int pad_left;
  bool relu_gate = false;  ///< Windows whose largest value is not positive pass no gradient.
};

struct DenseNode {
  int units;
  int kernel_weight;
  int bias_weight;  ///< -1 without bias.
  bool relu = false;
};

struct ActivationNode {
  ActivationKind kind;
};

struct DropoutNode {
  double rate;
  int index;  ///< Which dropout of the network this is; part of the key of its random numbers.
};

struct FlattenNode {};

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

using NodeKind = std::variant<ConvolutionNode, PoolingNode, DenseNode, ActivationNode, DropoutNode,
                              FlattenNode, AddNode, ConcatenateNode, FanOutNode>;

struct Node {
  NodeKind kind;
  std::vector<Value> inputs;
  Value output;  ///< Of a fan-out, the first of its outputs.

  [[nodiscard]] Value input() const { return inputs.front(); }
};

/// See the top of this file.
class Network {
 public:
  /// A network for images of this shape, H x W x C. `block` is the number of channels that lie
  /// together (16 for AVX-512, else 8).
  Network(const Shape& image_shape, int block);

  [[nodiscard]] Value input() const { return 0; }

  Value convolution(Value input, int filters, Extent2D kernel, Extent2D strides, Extent2D dilation,
                    bool same, int kernel_weight, int bias_weight);
  Value pooling(Value input, bool max, Extent2D window, Extent2D strides, bool same);
  Value dense(Value input, int units, int kernel_weight, int bias_weight);
  Value activation(Value input, ActivationKind kind);
  Value dropout(Value input, double rate);
  Value flatten(Value input);
  Value add(const std::vector<Value>& inputs);
  Value concatenate(const std::vector<Value>& inputs);

  /// Fuses and trims; called once, after the last node. `trim` false computes everything, for
  /// tests that compare the two.
  void prepare(bool trim = true);

  [[nodiscard]] int block() const { return block_; }
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
  int dropouts_ = 0;
  std::vector<ValueInfo> values_;
  std::vector<Node> nodes_;
};

/// Keras' output extent of a window that moves over `size` cells.
int window_output(int size, int window, int stride, bool same);
/// Keras' padding before the first cell for `same`.
int same_padding_before(int size, int window, int stride);

}  // namespace folio::internal
