#include <algorithm>
#include <cstring>
#include <vector>

#include "op.h"
#include "planes.h"

namespace folio::internal {
namespace {

/// Inputs can have rows and columns that the sum does not need, where others read them too.
class AddOp : public Op {
 public:
  AddOp(const OpContext& context, const Node& node)
      : node_(node),
        relu_(std::get<AddNode>(node.kind).relu),
        kernels_(context.kernels),
        out_(planes_of(context, node.output)) {
    for (const Value input : node.inputs) {
      in_.push_back(planes_of(context, input));
      needs_gradient_.push_back(context.needs_gradient(input));
    }
  }

  void forward(const Run& run) override {
    float* dst = run.workspace.values[node_.output].data();
    for (std::size_t k = 0; k < in_.size(); ++k) {
      const float* src = run.workspace.values[node_.inputs[k]].data();
      const bool last = k + 1 == in_.size();
      for_each_stretch(in_[k], [&](std::size_t in, std::size_t out, std::size_t count) {
        if (k == 0) {
          std::memcpy(dst + out, src + in, count * sizeof(float));
        } else {
          kernels_.accumulate(src + in, dst + out, count, last && relu_);
        }
      });
    }
  }

  void backward(const Run& run) override {
    float* diff_dst = run.workspace.gradients[node_.output].data();
    if (relu_) {
      kernels_.relu_gate(run.workspace.values[node_.output].data(), diff_dst,
                         out_.count * out_.size());
    }
    for (std::size_t k = 0; k < in_.size(); ++k) {
      if (!needs_gradient_[k]) continue;
      float* diff_src = run.workspace.gradients[node_.inputs[k]].data();
      if (in_[k].size() != out_.size()) {
        std::memset(diff_src, 0, in_[k].count * in_[k].size() * sizeof(float));
      }
      for_each_stretch(in_[k], [&](std::size_t in, std::size_t out, std::size_t count) {
        std::memcpy(diff_src + in, diff_dst + out, count * sizeof(float));
      });
    }
  }

 private:
  /// visit(offset in an input, offset in the sum, floats) for what lies together in both.
  template <typename Visit>
  void for_each_stretch(const Planes& in, Visit visit) const {
    if (in.size() == out_.size()) return visit(0, 0, out_.count * out_.size());
    for (std::size_t plane = 0; plane < out_.count; ++plane) {
      for (std::size_t y = 0; y < out_.height; ++y) {
        visit(plane * in.size() + y * in.row, plane * out_.size() + y * out_.row, out_.row);
      }
    }
  }

  Node node_;
  bool relu_;
  const Kernels& kernels_;
  Planes out_;
  std::vector<Planes> in_;
  std::vector<bool> needs_gradient_;
};

}  // namespace

std::unique_ptr<Op> make_add_op(const OpContext& context, const Node& node) {
  return std::make_unique<AddOp>(context, node);
}

}  // namespace folio::internal
