#include "network.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <utility>

namespace folio::internal {

ActivationKind parse_activation(const std::string& name) {
  if (name == "linear") return ActivationKind::kLinear;
  if (name == "relu") return ActivationKind::kRelu;
  if (name == "sigmoid") return ActivationKind::kSigmoid;
  if (name == "tanh") return ActivationKind::kTanh;
  if (name == "softmax") return ActivationKind::kSoftmax;
  throw Error(ErrorKind::kUsage,
              "unknown activation '" + name + "', expected linear, relu, sigmoid, tanh or softmax");
}

int window_output(int size, int window, int stride, bool same) {
  if (same) return (size + stride - 1) / stride;
  return size < window ? 0 : (size - window) / stride + 1;
}

int same_padding_before(int size, int window, int stride) {
  const int outputs = (size + stride - 1) / stride;
  return std::max(0, (outputs - 1) * stride + window - size) / 2;
}

Network::Network(const Shape& image_shape, int block) : block_(block) {
  ValueInfo input;
  if (image_shape.size() == 3) {
    input = {.layout = Layout::kBlocked,
             .channels = static_cast<int>(image_shape[2]),
             .height = static_cast<int>(image_shape[0]),
             .width = static_cast<int>(image_shape[1])};
  } else if (image_shape.size() == 1) {
    input.channels = static_cast<int>(image_shape[0]);
  } else {
    throw Error(ErrorKind::kModel,
                "an input has shape H x W x C or one axis, got " + to_string(image_shape));
  }
  values_.push_back(input);
}

Value Network::add(NodeKind kind, Value input, ValueInfo output) {
  values_.push_back(output);
  const auto value = static_cast<Value>(values_.size()) - 1;
  nodes_.push_back({std::move(kind), input, value});
  return value;
}

Value Network::convolution(Value input, int filters, Extent2D kernel, Extent2D strides,
                           Extent2D dilation, bool same, int kernel_weight, int bias_weight) {
  const ValueInfo in = values_.at(input);
  const int high = (kernel.height - 1) * dilation.height + 1;
  const int wide = (kernel.width - 1) * dilation.width + 1;
  const ConvolutionNode node{
      .filters = filters,
      .kernel = kernel,
      .strides = strides,
      .dilation = dilation,
      .pad_top = same ? same_padding_before(in.height, high, strides.height) : 0,
      .pad_left = same ? same_padding_before(in.width, wide, strides.width) : 0,
      .kernel_weight = kernel_weight,
      .bias_weight = bias_weight};
  return add(node, input,
             {.layout = Layout::kBlocked,
              .channels = filters,
              .height = window_output(in.height, high, strides.height, same),
              .width = window_output(in.width, wide, strides.width, same)});
}

Value Network::pooling(Value input, bool max, Extent2D window, Extent2D strides, bool same) {
  const ValueInfo in = values_.at(input);
  const PoolingNode node{
      .max = max,
      .window = window,
      .strides = strides,
      .pad_top = same ? same_padding_before(in.height, window.height, strides.height) : 0,
      .pad_left = same ? same_padding_before(in.width, window.width, strides.width) : 0};
  return add(node, input,
             {.layout = Layout::kBlocked,
              .channels = in.channels,
              .height = window_output(in.height, window.height, strides.height, same),
              .width = window_output(in.width, window.width, strides.width, same)});
}

Value Network::dense(Value input, int units, int kernel_weight, int bias_weight) {
  return add(DenseNode{.units = units, .kernel_weight = kernel_weight, .bias_weight = bias_weight},
             input, {.layout = Layout::kRows, .channels = units});
}

Value Network::activation(Value input, ActivationKind kind) {
  if (kind == ActivationKind::kLinear) return input;
  return add(ActivationNode{kind}, input, values_.at(input));
}

Value Network::dropout(Value input, double rate) {
  return add(DropoutNode{.rate = rate, .index = dropouts_++}, input, values_.at(input));
}

Value Network::flatten(Value input) {
  const ValueInfo in = values_.at(input);
  if (in.layout == Layout::kRows) return input;
  return add(FlattenNode{}, input,
             {.layout = Layout::kRows, .channels = in.height * in.width * in.channels});
}

int Network::consumers(Value value) const {
  return static_cast<int>(
      std::count_if(nodes_.begin(), nodes_.end(), [&](const Node& n) { return n.input == value; }));
}

void Network::prepare(bool trim) {
  choose_input_layout();
  fuse();
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
    return node.input != 0 || std::holds_alternative<ConvolutionNode>(node.kind);
  });
  if (only_convolutions && !nodes_.empty()) input.layout = Layout::kImages;
}

void Network::fuse() {
  // A ReLU behind a convolution or a dense layer becomes part of it.
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    const auto* relu = std::get_if<ActivationNode>(&nodes_[i].kind);
    if (relu == nullptr || relu->kind != ActivationKind::kRelu) continue;
    const auto producer = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) {
      return node.output == nodes_[i].input;
    });
    if (producer == nodes_.end() || consumers(nodes_[i].input) != 1) continue;
    if (auto* convolution = std::get_if<ConvolutionNode>(&producer->kind)) {
      convolution->relu = true;
    } else if (auto* dense = std::get_if<DenseNode>(&producer->kind)) {
      dense->relu = true;
    } else {
      continue;
    }
    producer->output = nodes_[i].output;
    nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  // A max pooling behind it knows which values were positive.
  for (Node& node : nodes_) {
    auto* pooling = std::get_if<PoolingNode>(&node.kind);
    if (pooling == nullptr || !pooling->max || consumers(node.input) != 1) continue;
    for (Node& producer : nodes_) {
      auto* convolution = std::get_if<ConvolutionNode>(&producer.kind);
      if (producer.output == node.input && convolution != nullptr && convolution->relu) {
        convolution->relu_gate_in_pool = true;
        pooling->relu_gate = true;
      }
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
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    const ValueInfo& in = values_[node->input];
    auto [high, wide] = need[node->output];
    if (const auto* convolution = std::get_if<ConvolutionNode>(&node->kind)) {
      high = cells_read(high, (convolution->kernel.height - 1) * convolution->dilation.height + 1,
                        convolution->strides.height, convolution->pad_top, in.height);
      wide = cells_read(wide, (convolution->kernel.width - 1) * convolution->dilation.width + 1,
                        convolution->strides.width, convolution->pad_left, in.width);
    } else if (const auto* pooling = std::get_if<PoolingNode>(&node->kind)) {
      high = cells_read(high, pooling->window.height, pooling->strides.height, pooling->pad_top,
                        in.height);
      wide = cells_read(wide, pooling->window.width, pooling->strides.width, pooling->pad_left,
                        in.width);
    } else if (std::holds_alternative<FlattenNode>(node->kind)) {
      high = in.height;
      wide = in.width;
    }
    need[node->input] = {std::max(need[node->input].first, high),
                         std::max(need[node->input].second, wide)};
  }
  values_[0].used_height = need[0].first;
  values_[0].used_width = need[0].second;
  // Forward: what comes out of inputs of that size. A value with several readers can be larger
  // than one of them needs.
  for (const Node& node : nodes_) {
    const ValueInfo& in = values_[node.input];
    ValueInfo& out = values_[node.output];
    const auto [high, wide] = need[node.output];
    if (const auto* convolution = std::get_if<ConvolutionNode>(&node.kind)) {
      out.used_height =
          outputs_computed(in.used_height, high, out.height,
                           (convolution->kernel.height - 1) * convolution->dilation.height + 1,
                           convolution->strides.height, convolution->pad_top);
      out.used_width =
          outputs_computed(in.used_width, wide, out.width,
                           (convolution->kernel.width - 1) * convolution->dilation.width + 1,
                           convolution->strides.width, convolution->pad_left);
    } else if (std::holds_alternative<PoolingNode>(node.kind)) {
      out.used_height = high;
      out.used_width = wide;
    } else if (out.layout != Layout::kRows) {
      out.used_height = in.used_height;
      out.used_width = in.used_width;
    }
  }
}

}  // namespace folio::internal
