#include "planar_op.h"

#include <algorithm>
#include <utility>

namespace folio::internal {
namespace {

class PlanarOp : public Op {
 public:
  PlanarOp(const OpContext& context, const Node& node, std::unique_ptr<Op> op)
      : input_(node.input()),
        output_(node.output),
        op_(std::move(op)),
        backward_to_data_(context.needs_gradient(node.input())),
        in_(planes(context, input_)),
        out_(planes(context, output_)),
        input_to_planes_(onednn::make_reorder(context.description(input_), in_)),
        output_to_planes_(onednn::make_reorder(context.description(output_), out_)),
        input_from_planes_(onednn::make_reorder(in_, context.description(input_))),
        output_from_planes_(onednn::make_reorder(out_, context.description(output_))) {}

  void reserve(int workspaces) override {
    op_->reserve(workspaces);
    while (static_cast<int>(planes_.size()) < workspaces) {
      const auto values = static_cast<std::size_t>(std::max(input_, output_)) + 1;
      Workspace& made = planes_.emplace_back();
      made.values.resize(values);
      made.gradients.resize(values);
      made.value_memory.resize(values);
      made.gradient_memory.resize(values);
      const auto take = [&](const onednn::Description& description, std::span<float>& span,
                            dnnl::memory& memory) {
        const std::size_t count = description.get_size() / sizeof(float);
        span = {made.buffers.emplace_back(count).data(), count};
        memory = onednn::view(description, span.data());
      };
      take(in_, made.values[input_], made.value_memory[input_]);
      take(out_, made.values[output_], made.value_memory[output_]);
      take(out_, made.gradients[output_], made.gradient_memory[output_]);
      if (backward_to_data_) take(in_, made.gradients[input_], made.gradient_memory[input_]);
    }
  }

  void bind_gradients(int shards) override { op_->bind_gradients(shards); }

  [[nodiscard]] std::size_t scratchpad_bytes() const override {
    return std::max({op_->scratchpad_bytes(), input_to_planes_.scratchpad,
                     output_to_planes_.scratchpad, input_from_planes_.scratchpad,
                     output_from_planes_.scratchpad});
  }

  void forward(const Run& run) override {
    Workspace& own = planes_[static_cast<std::size_t>(run.slot)];
    move(run, input_to_planes_, run.workspace.value_memory[input_], own.value_memory[input_]);
    op_->forward(with(run, own));
    move(run, output_from_planes_, own.value_memory[output_], run.workspace.value_memory[output_]);
  }

  void backward(const Run& run) override {
    // The values are those of forward(): a workspace keeps its shard until then.
    Workspace& own = planes_[static_cast<std::size_t>(run.slot)];
    move(run, output_to_planes_, run.workspace.gradient_memory[output_],
         own.gradient_memory[output_]);
    op_->backward(with(run, own));
    if (!backward_to_data_) return;
    move(run, input_from_planes_, own.gradient_memory[input_],
         run.workspace.gradient_memory[input_]);
  }

 private:
  static void move(const Run& run, const onednn::Primitive& reorder, const dnnl::memory& from,
                   const dnnl::memory& to) {
    reorder.run({{DNNL_ARG_SRC, from.get()},
                 {DNNL_ARG_DST, to.get()},
                 {DNNL_ARG_SCRATCHPAD, run.scratchpad}});
  }

  static Run with(const Run& run, Workspace& workspace) {
    return {.workspace = workspace,
            .slot = run.slot,
            .scratchpad = run.scratchpad,
            .shard = run.shard,
            .samples = run.samples,
            .training = run.training,
            .seed = run.seed,
            .step = run.step,
            .first_sample = run.first_sample,
            .batch = run.batch};
  }

  Value input_;
  Value output_;
  std::unique_ptr<Op> op_;
  bool backward_to_data_;
  onednn::Description in_, out_;
  onednn::Primitive input_to_planes_, output_to_planes_, input_from_planes_, output_from_planes_;
  std::vector<Workspace> planes_;
};

}  // namespace

onednn::Description planes(const OpContext& context, Value value) {
  const ValueInfo& info = context.network.value(value);
  const Extent3D used = info.used_extent();
  return info.slices > 0 ? onednn::volumes(context.images, info.channels, used)
                         : onednn::images(context.images, info.channels, used.height, used.width);
}

std::unique_ptr<Op> make_planar_op(const OpContext& context, const Node& node,
                                   std::unique_ptr<Op> op) {
  return std::make_unique<PlanarOp>(context, node, std::move(op));
}

}  // namespace folio::internal
