/// WeightStore: the weights of a model, their gradients and optimizer slots, in the layout the
/// computation wants.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/trainer/constraint.h>
#include <folio/trainer/regularizer.h>

#include "buffer.h"
#include "onednn/primitives.h"

namespace folio::internal {

/// One weight. `values`, every gradient and every slot share one layout, so that the optimizer is
/// a plain loop over all of them; cells that only pad the layout are zero and stay so.
struct StoredWeight {
  std::string layer;
  std::string name;
  bool trainable = true;       ///< Otherwise it has neither gradients nor slots.
  Shape shape;                 ///< As Keras stores it.
  onednn::Description keras;   ///< That layout as oneDNN sees it.
  onednn::Description layout;  ///< Of `values`.
  Buffer values;
  std::vector<Buffer> gradients;  ///< One per shard.
  std::vector<const float*> gradient_pointers;
  std::vector<Buffer> slots;
  // A second copy for the backward pass, where that wants another layout, and how it is made.
  onednn::Description backward_layout;
  Buffer backward_values;
  onednn::Primitive to_backward;
  dnnl::memory values_memory, backward_memory;
  Regularizer regularizer;
  Constraint constraint;
  bool tiles_transposed = false;  ///< backward_values is `values` with every tile transposed.

  /// What the backward pass reads.
  [[nodiscard]] float* for_backward() const {
    return backward_values.size() > 0 ? backward_values.data() : values.data();
  }
  /// Brings that up to date.
  void copy_to_backward() const;
};

/// Threads One caller at a time, except where different shards touch different gradients.
class WeightStore {
 public:
  /// A weight of this shape, whose values are to be set; returns its index.
  int add(std::string layer, std::string name, const Shape& shape, bool trainable = true);

  [[nodiscard]] std::size_t size() const { return weights_.size(); }
  StoredWeight& operator[](int index) { return weights_[static_cast<std::size_t>(index)]; }
  const StoredWeight& operator[](int index) const {
    return weights_[static_cast<std::size_t>(index)];
  }

  /// Says whether the optimizer changes a weight. Slots must be reset after it.
  void set_trainable(int index, bool trainable);
  /// Which weights the optimizer changes.
  [[nodiscard]] std::vector<int> trainable() const;

  /// Moves a weight (with its slots) to the layouts of forward and backward pass. `keras` says how
  /// the operation reads Keras' values.
  void set_layout(int index, const onednn::Description& keras, const onednn::Description& forward,
                  const std::optional<onednn::Description>& backward, int block);

  /// Takes memory for the gradients of this many shards.
  void reserve_gradients(int shards);
  /// Bytes of the gradients of one shard.
  [[nodiscard]] double gradient_bytes() const;
  /// Makes slots for every trainable weight, each filled with the value given.
  void reset_slots(const std::vector<float>& initial);

  /// What acts on a weight beside its gradient. Errors: Error (kModel) if the constraint is not for
  /// a weight of its shape.
  void set_rules(int index, const Regularizer& regularizer, const Constraint& constraint);
  /// What the regularizers of all weights add to the loss.
  [[nodiscard]] double regularization_loss() const;
  /// Brings the weights with a constraint back to it.
  void apply_constraints();

  [[nodiscard]] Tensor value(int index) const;
  void set_value(int index, const Tensor& value) { set_value(index, value.values()); }
  /// As many values as the weight has, in Keras' order.
  void set_value(int index, std::span<const float> values);
  ///@{
  /// All weights in their order. Errors: Error (kModel) listing every weight whose shape, or number
  /// of values, is another one, before any has changed.
  void set_values(const std::vector<Tensor>& values);
  void set_values(const std::vector<std::span<const float>>& values);
  ///@}
  [[nodiscard]] Tensor slot(int index, int which) const;
  /// As many values as the weight has, in Keras' order. Threads: several weights at once.
  void set_slot(int index, int which, std::span<const float> values);
  /// Replaces the values by those of a slot.
  void take_slot(int index, int which);
  /// Brings the backward copy up to date after `values` changed, unless the tiles are transposed
  /// by the optimizer. Threads: several weights at once.
  void refresh_backward(int index);

 private:
  [[nodiscard]] Tensor to_keras(const StoredWeight& weight, const Buffer& buffer) const;
  void from_keras(const StoredWeight& weight, const float* values, Buffer& buffer) const;
  void require_count(std::size_t given) const;
  std::vector<StoredWeight> weights_;
};

}  // namespace folio::internal
