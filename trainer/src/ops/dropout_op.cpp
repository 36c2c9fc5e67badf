#include <algorithm>
#include <cmath>
#include <cstring>

#include "../counter_random.h"
#include "op.h"

namespace folio::internal {
namespace {

/// Keeps no mask: which values are dropped is a function of seed, step, sample and position, so the
/// backward pass computes it again, and shards and threads make no difference.
class DropoutOp : public Op {
 public:
  DropoutOp(const OpContext& context, const Node& node)
      : node_(node),
        dropout_(std::get<DropoutNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        images_(context.images),
        length_(context.description(node.input()).get_size() / sizeof(float) /
                static_cast<std::size_t>(context.images)),
        cells_(dropout_.whole_channels ? cells_of(context, node.input()) : 1),
        block_(context.network.block()),
        threshold_(static_cast<std::uint32_t>(std::ldexp(dropout_.rate, 32))),
        scale_(static_cast<float>(1.0 / (1.0 - dropout_.rate))) {}

  void forward(const Run& run) override {
    apply(run, run.workspace.values[node_.input()].data(),
          run.workspace.values[node_.output].data());
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    apply(run, run.workspace.gradients[node_.output].data(),
          run.workspace.gradients[node_.input()].data());
  }

 private:
  static std::size_t cells_of(const OpContext& context, Value value) {
    const ValueInfo& info = context.network.value(value);
    return static_cast<std::size_t>(info.used_height) * static_cast<std::size_t>(info.used_width);
  }

  void apply(const Run& run, const float* from, float* to) const {
    if (!run.training) {
      std::memcpy(to, from, images_ * length_ * sizeof(float));
      return;
    }
    const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(run.seed),
                                           static_cast<std::uint32_t>(run.seed >> 32)};
    for (std::size_t image = 0; image < images_; ++image) {
      const auto sample = static_cast<std::uint32_t>(run.first_sample + image);
      // Streams below 2^31 belong to the initial weights.
      const std::uint32_t stream = 0x80000000U | static_cast<std::uint32_t>(dropout_.index);
      const std::array<std::uint32_t, 2> step_key{
          key[0] ^ static_cast<std::uint32_t>(run.step),
          key[1] ^ static_cast<std::uint32_t>(run.step >> 32)};
      if (dropout_.whole_channels) {
        const std::size_t plane = cells_ * block_;
        for (std::size_t first = 0; first < length_; first += plane) {
          for (std::size_t lane = 0; lane < block_; ++lane) {
            const std::size_t channel = first / plane * block_ + lane;
            const auto words =
                philox({static_cast<std::uint32_t>(channel / 4), sample, stream, 1}, step_key);
            const float factor = words[channel % 4] < threshold_ ? 0.0F : scale_;
            const std::size_t start = image * length_ + first + lane;
            for (std::size_t at = start; at < start + plane; at += block_) {
              to[at] = factor == 0.0F ? 0.0F : from[at] * factor;
            }
          }
        }
        continue;
      }
      for (std::size_t i = 0; i < length_; i += 4) {
        const auto words = philox({static_cast<std::uint32_t>(i / 4), sample, stream, 1}, step_key);
        const std::size_t last = std::min<std::size_t>(4, length_ - i);
        for (std::size_t k = 0; k < last; ++k) {
          const std::size_t at = image * length_ + i + k;
          to[at] = words[k] < threshold_ ? 0.0F : from[at] * scale_;
        }
      }
    }
  }

  Node node_;
  DropoutNode dropout_;
  bool backward_to_data_;
  std::size_t images_;
  std::size_t length_;  ///< Values of one image, padding included.
  std::size_t cells_;
  std::size_t block_;
  std::uint32_t threshold_;
  float scale_;
};

}  // namespace

std::unique_ptr<Op> make_dropout_op(const OpContext& context, const Node& node) {
  return std::make_unique<DropoutOp>(context, node);
}

}  // namespace folio::internal
