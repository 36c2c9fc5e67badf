#include <algorithm>
#include <cstring>
#include <vector>

#include "op.h"

namespace folio::internal {
namespace {

/// Whole blocks of channels move row by row; where the inputs before it end within a block, an
/// input's channels move one by one.
class ConcatenateOp : public Op {
 public:
  ConcatenateOp(const OpContext& context, const Node& node)
      : node_(node), images_(context.images), out_(part(context, node.output, 0)) {
    int first = 0;
    for (const Value input : node.inputs) {
      in_.push_back(part(context, input, first));
      first += context.network.value(input).channels;
    }
  }

  void forward(const Run& run) override {
    float* dst = run.workspace.values[node_.output].data();
    for (std::size_t k = 0; k < in_.size(); ++k) {
      float* src = run.workspace.values[node_.inputs[k]].data();
      move(in_[k], src, dst, [](float& in, float& out) { out = in; });
    }
  }

  void backward(const Run& run) override {
    float* diff_dst = run.workspace.gradients[node_.output].data();
    for (std::size_t k = 0; k < in_.size(); ++k) {
      const Part& in = in_[k];
      if (!in.needs_gradient) continue;
      float* diff_src = run.workspace.gradients[node_.inputs[k]].data();
      if (in.height != out_.height || in.width != out_.width) {
        const auto count = std::size_t(images_) * in.groups() * in.plane();
        std::memset(diff_src, 0, count * sizeof(float));
      }
      move(in, diff_src, diff_dst, [](float& in_value, float& out) { in_value = out; });
    }
  }

 private:
  struct Part {
    int first;  ///< Channel of the result that the first channel of this becomes.
    int channels, height, width, block;
    bool needs_gradient;

    [[nodiscard]] int groups() const { return (channels + block - 1) / block; }
    [[nodiscard]] std::size_t plane() const { return std::size_t(height) * width * block; }
  };

  static Part part(const OpContext& context, Value value, int first) {
    const ValueInfo& info = context.network.value(value);
    const int block = info.layout == Layout::kBlocked ? context.network.block() : 1;
    return {.first = first,
            .channels = info.channels,
            .height = info.used_height,
            .width = info.used_width,
            .block = block,
            .needs_gradient = context.needs_gradient(value)};
  }

  /// copy(value of an input, value of the result) for all values of the input that the result has.
  template <typename Copy>
  void move(const Part& in, float* part, float* whole, Copy copy) const {
    const int block = in.block;
    const bool aligned = in.first % block == 0 && in.channels % block == 0;
    const int step = aligned ? block : 1;
    for (int image = 0; image < images_; ++image) {
      for (int channel = 0; channel < in.channels; channel += step) {
        const int at = in.first + channel;
        float* from = part + (std::size_t(image) * in.groups() + channel / block) * in.plane() +
                      channel % block;
        float* to =
            whole + (std::size_t(image) * out_.groups() + at / block) * out_.plane() + at % block;
        for (int y = 0; y < out_.height; ++y) {
          for (int x = 0; x < out_.width; ++x) {
            float* cell = from + (std::size_t(y) * in.width + x) * block;
            float* out = to + (std::size_t(y) * out_.width + x) * block;
            for (int i = 0; i < step; ++i) copy(cell[i], out[i]);
          }
        }
      }
    }
  }

  Node node_;
  int images_;
  Part out_;
  std::vector<Part> in_;
};

}  // namespace

std::unique_ptr<Op> make_concatenate_op(const OpContext& context, const Node& node) {
  return std::make_unique<ConcatenateOp>(context, node);
}

}  // namespace folio::internal
