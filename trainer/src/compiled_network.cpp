#include "compiled_network.h"

#include <folio/datasets/memory.h>

#include <algorithm>
#include <cstring>

namespace folio::internal {
namespace {

std::unique_ptr<Op> make_op(const OpContext& context, const Node& node) {
  struct Maker {
    const OpContext& context;
    const Node& node;
    std::unique_ptr<Op> operator()(const ConvolutionNode&) const {
      return make_convolution_op(context, node);
    }
    std::unique_ptr<Op> operator()(const PoolingNode&) const {
      return make_pooling_op(context, node);
    }
    std::unique_ptr<Op> operator()(const DenseNode&) const { return make_dense_op(context, node); }
    std::unique_ptr<Op> operator()(const ActivationNode&) const {
      return make_activation_op(context, node);
    }
    std::unique_ptr<Op> operator()(const DropoutNode&) const {
      return make_dropout_op(context, node);
    }
    std::unique_ptr<Op> operator()(const FlattenNode&) const {
      return make_flatten_op(context, node);
    }
    std::unique_ptr<Op> operator()(const UnflattenNode&) const {
      return make_flatten_op(context, node);
    }
    std::unique_ptr<Op> operator()(const AddNode&) const { return make_add_op(context, node); }
    std::unique_ptr<Op> operator()(const BatchNormalizationNode&) const {
      return make_batch_normalization_op(context, node);
    }
    std::unique_ptr<Op> operator()(const LayerNormalizationNode&) const {
      return make_layer_normalization_op(context, node);
    }
    std::unique_ptr<Op> operator()(const GlobalPoolingNode&) const {
      return make_global_pooling_op(context, node);
    }
    std::unique_ptr<Op> operator()(const PaddingNode&) const {
      return make_padding_op(context, node);
    }
    std::unique_ptr<Op> operator()(const UpSamplingNode&) const {
      return make_up_sampling_op(context, node);
    }
    std::unique_ptr<Op> operator()(const ConcatenateNode&) const {
      return make_concatenate_op(context, node);
    }
    std::unique_ptr<Op> operator()(const NoiseNode&) const { return make_noise_op(context, node); }
    std::unique_ptr<Op> operator()(const PReluNode&) const { return make_prelu_op(context, node); }
    std::unique_ptr<Op> operator()(const ActivityRegularizationNode&) const {
      return make_activity_regularization_op(context, node);
    }
    std::unique_ptr<Op> operator()(const FanOutNode&) const {
      return make_fan_out_op(context, node);
    }
  };
  return std::visit(Maker{context, node}, node.kind);
}

}  // namespace

CompiledNetwork::CompiledNetwork(const Network& network, WeightStore& weights, int shard_size,
                                 bool winograd)
    : network_(network),
      context_{network, weights, kernels(network.block()), shard_size, winograd},
      shard_size_(shard_size) {
  const std::vector<Node>& nodes = network.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::unique_ptr<Op> op;
    if (i == 0 && nodes.size() > 1) op = make_first_convolution_op(context_, nodes[0], nodes[1]);
    if (op != nullptr) {
      ++i;
    } else {
      op = make_op(context_, nodes[i]);
    }
    scratchpad_bytes_ = std::max(scratchpad_bytes_, op->scratchpad_bytes());
    learns_.push_back(context_.needs_gradient(nodes[i].output));
    if (op->needs_batch()) borders_.push_back(ops_.size());
    ops_.push_back(std::move(op));
  }
  for (Value value = 0; value < network.value_count(); ++value) {
    descriptions_.push_back(context_.description(value));
  }
}

/// visit(value, whose memory it shares, whose memory its gradient shares). Values that fusing left
/// without a node take no memory.
template <typename Visit>
void CompiledNetwork::for_each_value(const Visit& visit) const {
  visit(network_.input(), network_.input(), network_.input());
  for (const Node& node : network_.nodes()) {
    if (const auto* fan_out = std::get_if<FanOutNode>(&node.kind)) {
      for (const Value output : fan_out->outputs) {
        visit(output, node.input(), output == node.output ? node.input() : output);
      }
    } else {
      visit(node.output, node.output, node.output);
    }
  }
}

bool CompiledNetwork::has_gradient(Value value) const {
  return context_.needs_gradient(value) || value == result(false) || value == result(true);
}

void CompiledNetwork::require_memory_for(int workers, int slots, int shards) const {
  double values = 0.0;
  for_each_value([&](Value value, Value value_owner, Value gradient_owner) {
    const auto size = static_cast<double>(descriptions_[value].get_size());
    if (value == value_owner) values += size;
    if (has_gradient(value) && value == gradient_owner) values += size;
  });
  require_memory(values * slots + static_cast<double>(scratchpad_bytes_) * workers +
                     context_.weights.gradient_bytes() * shards,
                 "a step of this network", "smaller images (target_size) or batches take less");
}

void CompiledNetwork::reserve(int workers, int shards, bool training) {
  const int slots = phases(training) > 1 ? std::max(workers, shards) : workers;
  if (static_cast<int>(workspaces_.size()) < slots) require_memory_for(workers, slots, shards);
  while (static_cast<int>(scratchpads_.size()) < workers) {
    scratchpads_.emplace_back(scratchpad_bytes_ / sizeof(float) + 1);
    scratchpad_memory_.emplace_back(
        dnnl::memory::desc({static_cast<dnnl::memory::dim>(scratchpad_bytes_)},
                           dnnl::memory::data_type::u8, dnnl::memory::format_tag::a),
        onednn::engine(), scratchpads_.back().data());
  }
  while (static_cast<int>(workspaces_.size()) < slots) {
    Workspace workspace;
    workspace.values.resize(descriptions_.size());
    workspace.gradients.resize(descriptions_.size());
    workspace.value_memory.resize(descriptions_.size());
    workspace.gradient_memory.resize(descriptions_.size());
    const auto view_of = [&](std::vector<std::span<float>>& spans,
                             std::vector<dnnl::memory>& memories, Value value, Value owner) {
      if (owner == value) {
        const std::size_t count = descriptions_[value].get_size() / sizeof(float);
        workspace.buffers.emplace_back(count);
        spans[value] = {workspace.buffers.back().data(), count};
      } else {
        spans[value] = spans[owner];
      }
      memories[value] = onednn::view(descriptions_[value], spans[value].data());
    };
    for_each_value([&](Value value, Value value_owner, Value gradient_owner) {
      view_of(workspace.values, workspace.value_memory, value, value_owner);
      if (!has_gradient(value)) return;
      view_of(workspace.gradients, workspace.gradient_memory, value, gradient_owner);
    });
    workspaces_.push_back(std::move(workspace));
  }
  context_.weights.reserve_gradients(shards);
  for (const auto& op : ops_) {
    op->reserve(slots);
    op->bind_gradients(shards);
  }
}

Run CompiledNetwork::run(int worker, int shard, bool training, std::uint64_t seed,
                         std::uint64_t step, int samples, std::size_t batch) const {
  const int slot = phases(training) > 1 ? shard : worker;
  return {.workspace = workspaces_[static_cast<std::size_t>(slot)],
          .slot = slot,
          .scratchpad = scratchpad_memory_[static_cast<std::size_t>(worker)].get(),
          .shard = shard,
          .samples = samples < 0 ? shard_size_ : samples,
          .training = training,
          .seed = seed,
          .step = step,
          .first_sample = static_cast<std::int64_t>(shard) * shard_size_,
          .batch = batch};
}

void CompiledNetwork::load(const Run& run, const float* images, int count,
                           bool channels_first) const {
  const ValueInfo& info = network_.value(network_.input());
  float* to = run.workspace.values[network_.input()].data();
  const std::size_t image_size = std::size_t(info.height) * info.width * info.channels;
  const std::size_t stored = run.workspace.values[network_.input()].size() / shard_size_;
  if (info.layout == Layout::kRows ||
      (info.channels == 1 && info.layout == Layout::kImages && info.used_width == info.width)) {
    for (int i = 0; i < count; ++i) {
      std::memcpy(to + i * stored, images + i * image_size, stored * sizeof(float));
    }
  } else {
    const int block = info.layout == Layout::kBlocked ? network_.block() : 1;
    const std::size_t plane = std::size_t(info.used_height) * info.used_width * block;
    const std::size_t cell_step = channels_first ? 1 : info.channels;
    const std::size_t channel_step = channels_first ? std::size_t(info.height) * info.width : 1;
    for (int i = 0; i < count; ++i) {
      for (int y = 0; y < info.used_height; ++y) {
        const float* from = images + i * image_size + std::size_t(y) * info.width * cell_step;
        float* row = to + i * stored + std::size_t(y) * info.used_width * block;
        for (int channel = 0; channel < info.channels; ++channel) {
          float* cell = row + (channel / block) * plane + channel % block;
          for (int x = 0; x < info.used_width; ++x) {
            cell[std::size_t(x) * block] = from[x * cell_step + channel * channel_step];
          }
        }
      }
    }
  }
  std::memset(to + count * stored, 0, (shard_size_ - count) * stored * sizeof(float));
}

ActivationKind CompiledNetwork::final_activation() const {
  if (network_.nodes().empty()) return ActivationKind::kLinear;
  const auto* last = std::get_if<ActivationNode>(&network_.nodes().back().kind);
  return last == nullptr ? ActivationKind::kLinear : last->function.kind;
}

Value CompiledNetwork::result(bool before_activation) const {
  const bool last = before_activation && !network_.nodes().empty();
  return last ? network_.nodes().back().input() : network_.output();
}

void CompiledNetwork::forward(const Run& run, bool before_activation, int phase) const {
  const onednn::SingleThreaded single;
  const auto at = static_cast<std::size_t>(phase);
  const bool to_border = run.training && at < borders_.size();
  const std::size_t begin = phase == 0 ? 0 : borders_[at - 1];
  const std::size_t end = to_border ? borders_[at] : ops_.size() - (before_activation ? 1 : 0);
  for (std::size_t i = begin; i < end; ++i) ops_[i]->forward(run);
  if (to_border) ops_[end]->collect_forward(run);
}

void CompiledNetwork::backward(const Run& run, bool before_activation, int phase) const {
  const onednn::SingleThreaded single;
  const auto at = static_cast<std::size_t>(phase);
  const std::size_t end =
      at < borders_.size() ? borders_[at] + 1 : ops_.size() - (before_activation ? 1 : 0);
  const std::size_t begin = phase == 0 ? 0 : borders_[at - 1] + 1;
  for (std::size_t i = end; i-- > begin;) {
    if (learns_[i]) ops_[i]->backward(run);
  }
  if (phase > 0) ops_[begin - 1]->collect_backward(run);
}

double CompiledNetwork::added_loss(const Run& run) const {
  double loss = 0.0;
  for (const auto& op : ops_) loss += op->added_loss(run);
  return loss;
}

void CompiledNetwork::combine_forward(int phase, int shards) const {
  ops_[borders_[static_cast<std::size_t>(phase)]]->combine_forward(shards);
}

void CompiledNetwork::combine_backward(int phase, int shards) const {
  ops_[borders_[static_cast<std::size_t>(phase)]]->combine_backward(shards);
}

}  // namespace folio::internal
