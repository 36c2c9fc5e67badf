#include <algorithm>
#include <cstring>

#include "op.h"
#include "planes.h"

namespace folio::internal {
namespace {

/// Zeros around an image, or cells cut off. The zeros are there from the start, as buffers begin as
/// zeros and nothing else writes to this one.
class PaddingOp : public Op {
 public:
  PaddingOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        backward_to_data_(context.needs_gradient(node.input())),
        in_(planes_of(context, node.input())),
        out_(planes_of(context, node.output)) {
    const auto& padding = std::get<PaddingNode>(node.kind);
    const std::size_t cell =
        out_.row / static_cast<std::size_t>(context.network.value(node.output).used_width);
    top_ = static_cast<std::size_t>(std::max(padding.top, 0));
    left_ = static_cast<std::size_t>(std::max(padding.left, 0)) * cell;
    cut_top_ = static_cast<std::size_t>(std::max(-padding.top, 0));
    cut_left_ = static_cast<std::size_t>(std::max(-padding.left, 0)) * cell;
    rows_ = common(in_.height, cut_top_, out_.height, top_);
    row_ = common(in_.row, cut_left_, out_.row, left_);
  }

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    for_each_row([&](std::size_t in, std::size_t out) {
      std::memcpy(dst + out, src + in, row_ * sizeof(float));
    });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const std::span<float> diff_src = run.workspace.gradients[input_];
    const float* diff_dst = run.workspace.gradients[output_].data();
    if (rows_ < in_.height || row_ < in_.row) std::fill(diff_src.begin(), diff_src.end(), 0.0F);
    for_each_row([&](std::size_t in, std::size_t out) {
      std::memcpy(diff_src.data() + in, diff_dst + out, row_ * sizeof(float));
    });
  }

 private:
  /// What is left of both when so much is left out of each.
  static std::size_t common(std::size_t in, std::size_t cut, std::size_t out, std::size_t zeros) {
    return in > cut && out > zeros ? std::min(in - cut, out - zeros) : 0;
  }

  template <typename Visit>
  void for_each_row(Visit visit) const {
    for (std::size_t plane = 0; plane < in_.count; ++plane) {
      for (std::size_t y = 0; y < rows_; ++y) {
        visit(plane * in_.size() + (y + cut_top_) * in_.row + cut_left_,
              plane * out_.size() + (y + top_) * out_.row + left_);
      }
    }
  }

  Value input_;
  Value output_;
  bool backward_to_data_;
  Planes in_;
  Planes out_;
  std::size_t top_, left_;          ///< Zeros.
  std::size_t cut_top_, cut_left_;  ///< Cells of the input.
  std::size_t rows_, row_;          ///< What of each plane moves.
};

}  // namespace

std::unique_ptr<Op> make_padding_op(const OpContext& context, const Node& node) {
  return std::make_unique<PaddingOp>(context, node);
}

}  // namespace folio::internal
