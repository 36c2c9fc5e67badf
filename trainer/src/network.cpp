#include "network.h"

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <algorithm>
#include <utility>

namespace folio::internal {

ActivationFunction parse_activation(const std::string& name) {
  struct Named {
    const char* name;
    ActivationKind kind;
    float alpha;
  };
  static constexpr Named kNamed[] = {
      {"linear", ActivationKind::kLinear, 0.0F},
      {"relu", ActivationKind::kRelu, 0.0F},
      {"sigmoid", ActivationKind::kSigmoid, 0.0F},
      {"tanh", ActivationKind::kTanh, 0.0F},
      {"softmax", ActivationKind::kSoftmax, 0.0F},
      {"leaky_relu", ActivationKind::kLeakyRelu, 0.2F},
      {"elu", ActivationKind::kElu, 1.0F},
      {"selu", ActivationKind::kSelu, 0.0F},
      {"gelu", ActivationKind::kGelu, 0.0F},
      {"silu", ActivationKind::kSwish, 1.0F},
      {"swish", ActivationKind::kSwish, 1.0F},
      {"hard_sigmoid", ActivationKind::kHardSigmoid, 1.0F / 6.0F},  // Keras 3's.
      {"hard_sigmoid_keras2", ActivationKind::kHardSigmoid, 0.2F},
      {"softplus", ActivationKind::kSoftplus, 1.0F},
      {"softsign", ActivationKind::kSoftsign, 0.0F},
      {"exponential", ActivationKind::kExponential, 0.0F},
      {"mish", ActivationKind::kMish, 0.0F},
  };
  std::string known;
  std::vector<std::string> names = {"relu6"};
  for (const Named& one : kNamed) {
    if (name == one.name) {
      ActivationFunction function(one.kind);
      function.alpha = one.alpha;
      return function;
    }
    known += (known.empty() ? "" : ", ") + std::string(one.name);
    names.emplace_back(one.name);
  }
  if (name == "relu6") {
    ActivationFunction function(ActivationKind::kClippedRelu);
    function.max_value = 6.0F;
    return function;
  }
  throw Error(ErrorKind::kUsage, "unknown activation '" + name + "', expected " + known +
                                     " or relu6" + did_you_mean(name, names));
}

BilinearTap bilinear_tap(int output, int factor, int size) {
  const float at =
      std::clamp((static_cast<float>(output) + 0.5F) / static_cast<float>(factor) - 0.5F, 0.0F,
                 static_cast<float>(size - 1));
  const int first = static_cast<int>(at);
  return {first, std::min(first + 1, size - 1), at - static_cast<float>(first)};
}

int window_output(int size, int window, int stride, bool same) {
  if (same) return (size + stride - 1) / stride;
  return size < window ? 0 : (size - window) / stride + 1;
}

int same_padding_before(int size, int window, int stride) {
  const int outputs = (size + stride - 1) / stride;
  return std::max(0, (outputs - 1) * stride + window - size) / 2;
}

Shape with_channels_first(Shape shape) {
  if (!shape.empty()) std::rotate(shape.begin(), shape.end() - 1, shape.end());
  return shape;
}

Shape with_channels_last(Shape shape) {
  if (!shape.empty()) std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  return shape;
}

namespace {

/// `use` of each axis of several extents.
template <typename Use, typename... Extents>
Extent3D for_axes(Use use, const Extents&... extents) {
  return {use(extents.depth...), use(extents.height...), use(extents.width...)};
}

Extent3D window_outputs(const Extent3D& size, const Extent3D& reach, const Extent3D& strides,
                        bool same) {
  return for_axes(
      [&](int cells, int window, int stride) { return window_output(cells, window, stride, same); },
      size, reach, strides);
}

Extent3D padding_before(const Extent3D& size, const Extent3D& reach, const Extent3D& strides,
                        bool same) {
  return same ? for_axes(same_padding_before, size, reach, strides) : Extent3D(0);
}

/// Images or volumes, whichever `like` is.
ValueInfo cells_like(const ValueInfo& like, int channels, const Extent3D& extent) {
  return {.layout = Layout::kBlocked,
          .channels = channels,
          .height = extent.depth * extent.height,
          .width = extent.width,
          .slices = like.slices == 0 ? 0 : extent.depth};
}

/// Of this shape in Keras' order, without the batch axis.
ValueInfo cells_of_shape(Shape shape, bool channels_first) {
  if (channels_first) shape = with_channels_last(std::move(shape));
  const auto extent = [&](std::size_t axis) { return static_cast<int>(shape[axis]); };
  if (shape.size() == 1) return {.channels = extent(0)};
  ValueInfo cells{.layout = Layout::kBlocked,
                  .channels = extent(shape.size() - 1),
                  .width = extent(shape.size() - 2)};
  if (shape.size() > 2) cells.height = extent(shape.size() - 3);
  if (shape.size() > 3) {
    cells.slices = extent(0);
    cells.height *= cells.slices;
  }
  return cells;
}

}  // namespace

Extent3D ConvolutionNode::reach() const {
  return for_axes([](int taps, int step) { return (taps - 1) * step + 1; }, kernel, dilation);
}

Network::Network(const Shape& image_shape, int block, bool channels_first)
    : block_(block), channels_first_(channels_first) {
  if (image_shape.empty() || image_shape.size() > 4) {
    throw Error(ErrorKind::kModel,
                "an input has shape D x H x W x C, H x W x C, steps x C or one axis, got " +
                    to_string(image_shape));
  }
  values_.push_back(cells_of_shape(image_shape, channels_first));
}

Value Network::append(NodeKind kind, std::vector<Value> inputs, ValueInfo output) {
  values_.push_back(output);
  const auto value = static_cast<Value>(values_.size()) - 1;
  nodes_.push_back({std::move(kind), std::move(inputs), value, trainable_});
  return value;
}

Value Network::convolution(Value input, int filters, Extent3D kernel, Extent3D strides,
                           Extent3D dilation, bool same, int kernel_weight, int bias_weight,
                           int groups) {
  const ValueInfo in = values_.at(input);
  ConvolutionNode node{.filters = filters,
                       .kernel = kernel,
                       .strides = strides,
                       .dilation = dilation,
                       .pad_before = 0,
                       .kernel_weight = kernel_weight,
                       .bias_weight = bias_weight,
                       .groups = groups};
  node.pad_before = padding_before(in.extent(), node.reach(), strides, same);
  return append(node, {input},
                cells_like(in, filters, window_outputs(in.extent(), node.reach(), strides, same)));
}

Value Network::pooling(Value input, bool max, Extent3D window, Extent3D strides, bool same) {
  const ValueInfo in = values_.at(input);
  const PoolingNode node{.max = max,
                         .window = window,
                         .strides = strides,
                         .pad_before = padding_before(in.extent(), window, strides, same)};
  return append(node, {input},
                cells_like(in, in.channels, window_outputs(in.extent(), window, strides, same)));
}

Value Network::dense(Value input, int units, int kernel_weight, int bias_weight) {
  return append(
      DenseNode{.units = units, .kernel_weight = kernel_weight, .bias_weight = bias_weight},
      {input}, {.layout = Layout::kRows, .channels = units});
}

Value Network::activation(Value input, const ActivationFunction& function) {
  if (function.kind == ActivationKind::kLinear) return input;
  return append(ActivationNode{function}, {input}, values_.at(input));
}

Value Network::dropout(Value input, double rate, bool whole_channels) {
  return append(DropoutNode{.rate = rate, .whole_channels = whole_channels, .index = dropouts_++},
                {input}, values_.at(input));
}

Value Network::noise(Value input, NoiseNode::Kind kind, double amount) {
  return append(NoiseNode{.kind = kind, .amount = amount, .index = dropouts_++}, {input},
                values_.at(input));
}

Value Network::prelu(Value input, int alpha_weight) {
  return append(PReluNode{alpha_weight}, {input}, values_.at(input));
}

Value Network::activity_regularization(Value input, const Regularizer& regularizer) {
  if (regularizer.l1() == 0.0 && regularizer.l2() == 0.0) return input;
  return append(ActivityRegularizationNode{.l1 = static_cast<float>(regularizer.l1()),
                                           .l2 = static_cast<float>(regularizer.l2())},
                {input}, values_.at(input));
}

Value Network::flatten(Value input, bool channels_first) {
  const ValueInfo in = values_.at(input);
  if (in.layout == Layout::kRows) return input;
  return append(FlattenNode{channels_first}, {input},
                {.layout = Layout::kRows, .channels = in.height * in.width * in.channels});
}

Value Network::unflatten(Value input, const Shape& shape) {
  return append(UnflattenNode{channels_first_}, {input}, cells_of_shape(shape, channels_first_));
}

Value Network::batch_normalization(Value input, const BatchNormalizationNode& node) {
  return append(node, {input}, values_.at(input));
}

Value Network::layer_normalization(Value input, const LayerNormalizationNode& node) {
  return append(node, {input}, values_.at(input));
}

Value Network::global_pooling(Value input, bool max, bool keep_cell) {
  const ValueInfo in = values_.at(input);
  if (!keep_cell) return append(GlobalPoolingNode{max}, {input}, {.channels = in.channels});
  return append(GlobalPoolingNode{max}, {input}, cells_like(in, in.channels, 1));
}

Value Network::padding(Value input, int top, int bottom, int left, int right) {
  ValueInfo out = values_.at(input);
  out.height += top + bottom;
  out.width += left + right;
  return append(PaddingNode{.top = top, .left = left}, {input}, out);
}

Value Network::up_sampling(Value input, Extent2D size, bool bilinear) {
  ValueInfo out = values_.at(input);
  out.height *= size.height;
  out.width *= size.width;
  return append(UpSamplingNode{size, bilinear}, {input}, out);
}

Value Network::add(const std::vector<Value>& inputs) {
  return append(AddNode{}, inputs, values_.at(inputs.front()));
}

Value Network::concatenate(const std::vector<Value>& inputs) {
  ValueInfo out = values_.at(inputs.front());
  out.channels = 0;
  for (const Value input : inputs) out.channels += values_.at(input).channels;
  return append(ConcatenateNode{}, inputs, out);
}

void Network::prepare(bool trim) {
  choose_input_layout();
  fuse();
  fan_out();
  mark_gradients();
  for (ValueInfo& value : values_) {
    value.used_height = value.height;
    value.used_width = value.width;
  }
  if (trim) trim_unused();
}

/// Convolutions read few channels best from separate planes; everything else reads blocks.
void Network::choose_input_layout() {
  constexpr int kMostPlainChannels = 3;
  ValueInfo& input = values_.front();
  if (input.layout != Layout::kBlocked || input.channels > kMostPlainChannels) return;
  const bool only_convolutions = std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return std::count(node.inputs.begin(), node.inputs.end(), 0) == 0 ||
           std::holds_alternative<ConvolutionNode>(node.kind);
  });
  if (only_convolutions && !nodes_.empty()) input.layout = Layout::kImages;
}

namespace {

/// Lets a ReLU be part of the node whose result it reads, if that kind of node can.
bool take_relu(NodeKind& kind) {
  if (auto* convolution = std::get_if<ConvolutionNode>(&kind)) return convolution->relu = true;
  if (auto* dense = std::get_if<DenseNode>(&kind)) return dense->relu = true;
  if (auto* sum = std::get_if<AddNode>(&kind)) return sum->relu = true;
  if (auto* batch = std::get_if<BatchNormalizationNode>(&kind)) return batch->relu = true;
  return false;
}

}  // namespace

void Network::fuse() {
  constexpr int kNone = -1;
  std::vector<int> readers(values_.size(), 0);
  std::vector<int> producer(values_.size(), kNone);
  for (int i = 0; i < static_cast<int>(nodes_.size()); ++i) {
    for (const Value input : nodes_[i].inputs) ++readers[input];
    producer[nodes_[i].output] = i;
  }
  // A ReLU behind a convolution, a dense layer, a batch normalization or a sum becomes part of it.
  std::vector<bool> gone(nodes_.size(), false);
  for (int i = 0; i < static_cast<int>(nodes_.size()); ++i) {
    const auto* relu = std::get_if<ActivationNode>(&nodes_[i].kind);
    if (relu == nullptr || relu->function.kind != ActivationKind::kRelu) continue;
    const int before = producer[nodes_[i].input()];
    if (before == kNone || readers[nodes_[i].input()] != 1) continue;
    if (!take_relu(nodes_[before].kind)) continue;
    nodes_[before].output = nodes_[i].output;
    producer[nodes_[i].output] = before;
    gone[i] = true;
  }
  // A max pooling behind it knows which values were positive.
  for (Node& node : nodes_) {
    auto* pooling = std::get_if<PoolingNode>(&node.kind);
    if (pooling == nullptr || !pooling->max || readers[node.input()] != 1) continue;
    if (producer[node.input()] == kNone) continue;
    auto* convolution = std::get_if<ConvolutionNode>(&nodes_[producer[node.input()]].kind);
    if (convolution == nullptr || !convolution->relu) continue;
    convolution->relu_gate_in_pool = true;
    pooling->relu_gate = true;
  }
  std::vector<Node> kept;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!gone[i]) kept.push_back(std::move(nodes_[i]));
  }
  nodes_ = std::move(kept);
}

void Network::fan_out() {
  std::vector<std::vector<Value*>> readers(values_.size());
  for (Node& node : nodes_) {
    for (Value& input : node.inputs) readers[input].push_back(&input);
  }
  const auto share = [&](Value value) {
    FanOutNode fan_out;
    for (Value* reader : readers[value]) {
      values_.push_back(ValueInfo(values_[value]));
      fan_out.outputs.push_back(*reader = static_cast<Value>(values_.size()) - 1);
    }
    const Value first = fan_out.outputs.front();
    return Node{std::move(fan_out), {value}, first, false};
  };
  std::vector<Node> before;
  std::vector<std::pair<std::size_t, Node>> after;
  if (readers[input()].size() > 1) before.push_back(share(input()));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Value value = nodes_[i].output;
    if (readers[value].size() > 1) after.emplace_back(i, share(value));
  }
  if (before.empty() && after.empty()) return;
  auto next = after.begin();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    before.push_back(std::move(nodes_[i]));
    if (next != after.end() && next->first == i) before.push_back(std::move(next++->second));
  }
  nodes_ = std::move(before);
}

void Network::mark_gradients() {
  for (const Node& node : nodes_) {
    const bool weights = std::holds_alternative<ConvolutionNode>(node.kind) ||
                         std::holds_alternative<DenseNode>(node.kind) ||
                         std::holds_alternative<BatchNormalizationNode>(node.kind) ||
                         std::holds_alternative<LayerNormalizationNode>(node.kind) ||
                         std::holds_alternative<PReluNode>(node.kind);
    bool needs = weights && node.trainable;
    for (const Value input : node.inputs) needs = needs || values_[input].needs_gradient;
    values_[node.output].needs_gradient = needs;
    if (const auto* fan_out = std::get_if<FanOutNode>(&node.kind)) {
      for (const Value output : fan_out->outputs) values_[output].needs_gradient = needs;
    }
  }
}

namespace {

/// Cells of the input that `outputs` windows read, at most `size`.
int cells_read(int outputs, int window, int stride, int pad_before, int size) {
  return std::min(size, (outputs - 1) * stride + window - pad_before);
}

/// Outputs to compute from `cells` of the input when `needed` of all `outputs` are read: windows
/// that fit completely come along, as a window count below that is no valid convolution.
int outputs_computed(int cells, int needed, int outputs, int window, int stride, int pad_before) {
  const int room = cells + pad_before - window;
  return std::min(outputs, std::max(needed, room < 0 ? 0 : room / stride + 1));
}

}  // namespace

void Network::trim_unused() {
  // Backward: what each value's readers need of it.
  std::vector<std::pair<int, int>> need(values_.size(), {0, 0});
  need[output()] = {values_[output()].height, values_[output()].width};
  const auto require = [&](Value value, int high, int wide) {
    need[value] = {std::max(need[value].first, high), std::max(need[value].second, wide)};
  };
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    const ValueInfo& in = values_[node->input()];
    auto [high, wide] = need[node->output];
    if (in.slices > 0) {
      // Where slices lie below each other the unread rows are not the last ones. Leave volumes
      // whole.
      high = in.height;
      wide = in.width;
    } else if (const auto* convolution = std::get_if<ConvolutionNode>(&node->kind)) {
      high = cells_read(high, convolution->reach().height, convolution->strides.height,
                        convolution->pad_before.height, in.height);
      wide = cells_read(wide, convolution->reach().width, convolution->strides.width,
                        convolution->pad_before.width, in.width);
    } else if (const auto* pooling = std::get_if<PoolingNode>(&node->kind)) {
      high = cells_read(high, pooling->window.height, pooling->strides.height,
                        pooling->pad_before.height, in.height);
      wide = cells_read(wide, pooling->window.width, pooling->strides.width,
                        pooling->pad_before.width, in.width);
    } else if (std::holds_alternative<FlattenNode>(node->kind) ||
               std::holds_alternative<UnflattenNode>(node->kind) ||
               std::holds_alternative<GlobalPoolingNode>(node->kind) ||
               std::holds_alternative<BatchNormalizationNode>(node->kind) ||
               std::holds_alternative<ActivityRegularizationNode>(node->kind)) {
      // All cells count: a batch's statistics are over cells that no later layer reads, too.
      high = in.height;
      wide = in.width;
    } else if (const auto* padding = std::get_if<PaddingNode>(&node->kind)) {
      high = std::clamp(high - padding->top, 1, in.height);
      wide = std::clamp(wide - padding->left, 1, in.width);
    } else if (const auto* up = std::get_if<UpSamplingNode>(&node->kind)) {
      high = up->bilinear ? bilinear_tap(high - 1, up->size.height, in.height).second + 1
                          : (high + up->size.height - 1) / up->size.height;
      wide = up->bilinear ? bilinear_tap(wide - 1, up->size.width, in.width).second + 1
                          : (wide + up->size.width - 1) / up->size.width;
    } else if (const auto* fan_out = std::get_if<FanOutNode>(&node->kind)) {
      for (const Value output : fan_out->outputs) {
        require(node->input(), need[output].first, need[output].second);
      }
    }
    for (const Value input : node->inputs) require(input, high, wide);
  }
  values_[0].used_height = need[0].first;
  values_[0].used_width = need[0].second;
  // Forward: what comes out of inputs of that size. A value with several readers can be larger
  // than one of them needs.
  for (const Node& node : nodes_) {
    const ValueInfo& in = values_[node.input()];
    ValueInfo& out = values_[node.output];
    const auto [high, wide] = need[node.output];
    if (out.slices > 0) {
      out.used_height = out.height;
      out.used_width = out.width;
    } else if (const auto* convolution = std::get_if<ConvolutionNode>(&node.kind)) {
      out.used_height =
          outputs_computed(in.used_height, high, out.height, convolution->reach().height,
                           convolution->strides.height, convolution->pad_before.height);
      out.used_width = outputs_computed(in.used_width, wide, out.width, convolution->reach().width,
                                        convolution->strides.width, convolution->pad_before.width);
    } else if (std::holds_alternative<PoolingNode>(node.kind) ||
               std::holds_alternative<PaddingNode>(node.kind) ||
               std::holds_alternative<UpSamplingNode>(node.kind)) {
      out.used_height = high;
      out.used_width = wide;
    } else if (const auto* fan_out = std::get_if<FanOutNode>(&node.kind)) {
      for (const Value output : fan_out->outputs) {
        values_[output].used_height = in.used_height;
        values_[output].used_width = in.used_width;
      }
    } else if (std::holds_alternative<UnflattenNode>(node.kind)) {
      out.used_height = out.height;
      out.used_width = out.width;
    } else if (std::holds_alternative<GlobalPoolingNode>(node.kind)) {
      out.used_height = out.used_width = 1;
    } else if (node.inputs.size() > 1) {
      // Inputs that others read too can be larger than what they have in common here.
      out.used_height = high;
      out.used_width = wide;
    } else if (out.layout != Layout::kRows) {
      out.used_height = in.used_height;
      out.used_width = in.used_width;
    }
  }
}

}  // namespace folio::internal
