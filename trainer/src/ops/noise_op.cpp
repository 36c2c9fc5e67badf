#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

#include "../counter_random.h"
#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

// SELU's limit for very negative values, -alpha scale.
constexpr double kSaturation = -1.6732632423543772 * 1.0507009873554805;

/// y = factor x + offset with numbers that are a function of seed, step, sample and position in
/// Keras' order, like dropout's; so the backward pass computes them again.
class NoiseOp : public Op {
 public:
  NoiseOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        node_(std::get<NoiseNode>(node.kind)),
        backward_to_data_(context.needs_gradient(node.input())),
        cells_(cells_of(context, node.input())),
        width_(context.network.value(node.input()).width) {
    const double rate = node_.amount;
    threshold_ = static_cast<std::uint32_t>(std::ldexp(rate, 32));
    // Source  Klambauer et al., Self-Normalizing Neural Networks (2017), section 3.
    const double scale = 1.0 / std::sqrt((1.0 - rate) * (1.0 + rate * kSaturation * kSaturation));
    kept_ = {static_cast<float>(scale), static_cast<float>(-scale * kSaturation * rate)};
    dropped_ = {0.0F, static_cast<float>(scale * kSaturation * (1.0 - rate))};
  }

  void forward(const Run& run) override {
    const std::span<float> src = run.workspace.values[input_];
    float* dst = run.workspace.values[output_].data();
    if (!run.training) {
      std::memcpy(dst, src.data(), src.size_bytes());
      return;
    }
    for_each_value(run, [&](std::size_t at, const Line& line) {
      dst[at] = line.factor * src[at] + line.offset;
    });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const float* diff_dst = run.workspace.gradients[output_].data();
    float* diff_src = run.workspace.gradients[input_].data();
    for_each_value(
        run, [&](std::size_t at, const Line& line) { diff_src[at] = line.factor * diff_dst[at]; });
  }

 private:
  struct Line {
    float factor, offset;
  };

  /// One line for each of four random words.
  [[nodiscard]] std::array<Line, 4> lines(const std::array<std::uint32_t, 4>& words) const {
    std::array<Line, 4> lines{};
    for (std::size_t k = 0; k < 4; ++k) {
      if (node_.kind == NoiseNode::Kind::kAlphaDropout) {
        lines[k] = words[k] < threshold_ ? dropped_ : kept_;
        continue;
      }
      // Two uniform numbers make two normal ones (Box and Muller).
      const double length = std::sqrt(-2.0 * std::log((words[k & 2U] + 0.5) * 0x1p-32));
      const double angle = 2.0 * std::numbers::pi * (words[(k & 2U) + 1] + 0.5) * 0x1p-32;
      const double normal = length * (k % 2 == 0 ? std::cos(angle) : std::sin(angle));
      lines[k] = node_.kind == NoiseNode::Kind::kGaussian
                     ? Line{1.0F, static_cast<float>(node_.amount * normal)}
                     : Line{static_cast<float>(
                                1.0 + std::sqrt(node_.amount / (1.0 - node_.amount)) * normal),
                            0.0F};
    }
    return lines;
  }

  template <typename Visit>
  void for_each_value(const Run& run, Visit visit) const {
    const std::array<std::uint32_t, 2> key{
        static_cast<std::uint32_t>(run.seed) ^ static_cast<std::uint32_t>(run.step),
        static_cast<std::uint32_t>(run.seed >> 32) ^ static_cast<std::uint32_t>(run.step >> 32)};
    // Streams below 2^31 belong to the initial weights.
    const std::uint32_t stream = 0x80000000U | static_cast<std::uint32_t>(node_.index);
    const int fours = (cells_.channels + 3) / 4;
    for (int image = 0; image < cells_.images; ++image) {
      const auto sample = static_cast<std::uint32_t>(run.first_sample + image);
      for (int four = 0; four < fours; ++four) {
        for (int cell = 0; cell < cells_.count(); ++cell) {
          // Whether columns are left out that nothing reads makes no difference.
          const int in_image = cell / cells_.width * width_ + cell % cells_.width;
          const auto position = static_cast<std::uint32_t>(in_image * fours + four);
          const std::array<Line, 4> drawn = lines(philox({position, sample, stream, 1}, key));
          for (int k = 0; k < 4 && four * 4 + k < cells_.channels; ++k) {
            visit(cells_.at(image, four * 4 + k, cell), drawn[static_cast<std::size_t>(k)]);
          }
        }
      }
    }
  }

  Value input_;
  Value output_;
  NoiseNode node_;
  bool backward_to_data_;
  Cells cells_;
  int width_;  ///< Of the whole image.
  std::uint32_t threshold_ = 0;
  Line kept_{}, dropped_{};
};

}  // namespace

std::unique_ptr<Op> make_noise_op(const OpContext& context, const Node& node) {
  return std::make_unique<NoiseOp>(context, node);
}

}  // namespace folio::internal
