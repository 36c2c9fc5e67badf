#include <algorithm>
#include <vector>

#include "cells.h"
#include "op.h"

namespace folio::internal {
namespace {

/// Makes every cell height x width cells, by repeating it or by going over to its neighbours.
class UpSamplingOp : public Op {
 public:
  UpSamplingOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        backward_to_data_(context.needs_gradient(node.input())),
        in_(cells_of(context, node.input())),
        out_(cells_of(context, node.output)) {
    const auto& sampling = std::get<UpSamplingNode>(node.kind);
    const auto taps = [&](int outputs, int factor, int size) {
      std::vector<BilinearTap> taps;
      for (int i = 0; i < outputs; ++i) {
        taps.push_back(sampling.bilinear ? bilinear_tap(i, factor, size)
                                         : BilinearTap{i / factor, i / factor, 0.0F});
      }
      return taps;
    };
    const ValueInfo& info = context.network.value(node.input());
    rows_ = taps(out_.height, sampling.size.height, info.height);
    columns_ = taps(out_.width, sampling.size.width, info.width);
  }

  void forward(const Run& run) override {
    const std::span<float> dst = run.workspace.values[output_];
    const float* src = run.workspace.values[input_].data();
    std::fill(dst.begin(), dst.end(), 0.0F);
    for_each_part([&](std::size_t in, std::size_t out, float share) {
      for (int lane = 0; lane < in_.block; ++lane) dst[out + lane] += share * src[in + lane];
    });
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const std::span<float> diff_src = run.workspace.gradients[input_];
    const float* diff_dst = run.workspace.gradients[output_].data();
    std::fill(diff_src.begin(), diff_src.end(), 0.0F);
    for_each_part([&](std::size_t in, std::size_t out, float share) {
      for (int lane = 0; lane < in_.block; ++lane) {
        diff_src[in + lane] += share * diff_dst[out + lane];
      }
    });
  }

 private:
  /// visit(offset of a cell in the input, offset of one that it is part of, its share of that)
  template <typename Visit>
  void for_each_part(Visit visit) const {
    for (int image = 0; image < in_.images; ++image) {
      for (int channel = 0; channel < in_.channels; channel += in_.block) {
        for (int y = 0; y < out_.height; ++y) {
          for (int x = 0; x < out_.width; ++x) {
            const std::size_t out = out_.at(image, channel, y * out_.width + x);
            const BilinearTap& row = rows_[static_cast<std::size_t>(y)];
            const BilinearTap& column = columns_[static_cast<std::size_t>(x)];
            const auto part = [&](int from_y, int from_x, float share) {
              if (share != 0.0F) {
                visit(in_.at(image, channel, from_y * in_.width + from_x), out, share);
              }
            };
            part(row.first, column.first, (1.0F - row.share) * (1.0F - column.share));
            part(row.first, column.second, (1.0F - row.share) * column.share);
            part(row.second, column.first, row.share * (1.0F - column.share));
            part(row.second, column.second, row.share * column.share);
          }
        }
      }
    }
  }

  Value input_;
  Value output_;
  bool backward_to_data_;
  Cells in_;
  Cells out_;
  std::vector<BilinearTap> rows_, columns_;
};

}  // namespace

std::unique_ptr<Op> make_up_sampling_op(const OpContext& context, const Node& node) {
  return std::make_unique<UpSamplingOp>(context, node);
}

}  // namespace folio::internal
