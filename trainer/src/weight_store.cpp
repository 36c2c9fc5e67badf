#include "weight_store.h"

#include <folio/datasets/error.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace folio::internal {
namespace {

onednn::Description keras_layout(const Shape& shape) {
  const auto extent = [&](std::size_t axis) { return static_cast<int>(shape[axis]); };
  if (shape.size() >= 4) {
    const std::size_t axes = shape.size() - 2;
    return onednn::keras_convolution_kernel({shape.begin(), shape.begin() + axes}, extent(axes),
                                            extent(axes + 1));
  }
  if (shape.size() == 2) return onednn::keras_dense_kernel(extent(0), extent(1));
  return onednn::vector(static_cast<int>(element_count(shape)));
}

std::size_t stored_size(const onednn::Description& layout) {
  return layout.get_size() / sizeof(float);
}

}  // namespace

void StoredWeight::copy_to_backward() const {
  if (backward_values.size() == 0) return;
  const onednn::SingleThreaded single;
  to_backward.run({{DNNL_ARG_SRC, values_memory.get()}, {DNNL_ARG_DST, backward_memory.get()}});
}

int WeightStore::add(std::string layer, std::string name, const Shape& shape, bool trainable) {
  StoredWeight weight;
  weight.layer = std::move(layer);
  weight.name = std::move(name);
  weight.trainable = trainable;
  weight.shape = shape;
  weight.keras = weight.layout = keras_layout(shape);
  weight.values = Buffer::unfilled(element_count(shape));
  weights_.push_back(std::move(weight));
  return static_cast<int>(weights_.size()) - 1;
}

void WeightStore::set_trainable(int index, bool trainable) {
  StoredWeight& weight = (*this)[index];
  weight.trainable = trainable;
  if (trainable) return;
  weight.gradients.clear();
  weight.gradient_pointers.clear();
  weight.slots.clear();
}

std::vector<int> WeightStore::trainable() const {
  std::vector<int> indices;
  for (int index = 0; index < static_cast<int>(weights_.size()); ++index) {
    if ((*this)[index].trainable) indices.push_back(index);
  }
  return indices;
}

void WeightStore::set_layout(int index, const onednn::Description& keras,
                             const onednn::Description& forward,
                             const std::optional<onednn::Description>& backward, int block) {
  StoredWeight& weight = (*this)[index];
  const auto move = [&](Buffer& buffer) {
    if (buffer.size() == 0) return;
    const Tensor value = to_keras(weight, buffer);
    buffer = Buffer(stored_size(forward));
    onednn::reorder(keras, value.data(), forward, buffer.data());
  };
  if (weight.layout != forward) {
    move(weight.values);
    for (Buffer& slot : weight.slots) move(slot);
  }
  weight.keras = keras;
  weight.layout = forward;
  weight.gradients.clear();
  weight.gradient_pointers.clear();
  weight.backward_values = Buffer();
  weight.tiles_transposed = false;
  if (backward && *backward != forward) {
    weight.backward_layout = *backward;
    weight.backward_values = Buffer(stored_size(*backward));
    weight.tiles_transposed = onednn::is_tile_transpose(forward, *backward, block);
    weight.to_backward = onednn::make_reorder(forward, *backward);
    weight.values_memory = onednn::view(forward, weight.values.data());
    weight.backward_memory = onednn::view(*backward, weight.backward_values.data());
    weight.copy_to_backward();
  }
}

double WeightStore::gradient_bytes() const {
  double bytes = 0.0;
  for (const StoredWeight& weight : weights_) {
    if (weight.trainable) bytes += sizeof(float) * static_cast<double>(stored_size(weight.layout));
  }
  return bytes;
}

void WeightStore::reserve_gradients(int shards) {
  for (StoredWeight& weight : weights_) {
    while (weight.trainable && static_cast<int>(weight.gradients.size()) < shards) {
      weight.gradients.emplace_back(stored_size(weight.layout));
      weight.gradient_pointers.push_back(weight.gradients.back().data());
    }
  }
}

void WeightStore::reset_slots(const std::vector<float>& initial) {
  tbb::parallel_for(std::size_t{0}, size(), [&](std::size_t i) {
    StoredWeight& weight = weights_[i];
    weight.slots.clear();
    if (!weight.trainable) return;
    for (const float value : initial) {
      Buffer slot = Buffer::unfilled(stored_size(weight.layout));
      std::fill_n(slot.data(), slot.size(), value);
      weight.slots.push_back(std::move(slot));
    }
  });
}

void WeightStore::set_rules(int index, const Regularizer& regularizer,
                            const Constraint& constraint) {
  StoredWeight& weight = (*this)[index];
  if (!constraint.is_none()) {
    try {
      Tensor attempt(weight.shape);
      constraint.apply(attempt);
    } catch (const Error& error) {
      throw Error(error.kind(), weight.layer + "/" + weight.name + ": " + error.what());
    }
  }
  weight.regularizer = regularizer;
  weight.constraint = constraint;
}

double WeightStore::regularization_loss() const {
  double loss = 0.0;
  for (const StoredWeight& weight : weights_) {
    if (!weight.trainable || weight.regularizer.class_name().empty()) continue;
    // Cells that pad the layout are zero and add nothing.
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < weight.values.size(); ++i) {
      const double value = weight.values.data()[i];
      sum += std::abs(value);
      squares += value * value;
    }
    loss += weight.regularizer.l1() * sum + weight.regularizer.l2() * squares;
  }
  return loss;
}

void WeightStore::apply_constraints() {
  for (int index = 0; index < static_cast<int>(weights_.size()); ++index) {
    const Constraint& constraint = (*this)[index].constraint;
    if (!(*this)[index].trainable || constraint.is_none()) continue;
    Tensor constrained = value(index);
    constraint.apply(constrained);
    set_value(index, constrained);
  }
}

Tensor WeightStore::to_keras(const StoredWeight& weight, const Buffer& buffer) const {
  Tensor value;
  value.resize(weight.shape);
  onednn::reorder(weight.layout, buffer.data(), weight.keras, value.data());
  return value;
}

void WeightStore::from_keras(const StoredWeight& weight, const float* values,
                             Buffer& buffer) const {
  onednn::reorder(weight.keras, values, weight.layout, buffer.data());
}

Tensor WeightStore::value(int index) const {
  return to_keras((*this)[index], (*this)[index].values);
}

void WeightStore::set_value(int index, std::span<const float> values) {
  StoredWeight& weight = (*this)[index];
  from_keras(weight, values.data(), weight.values);
  weight.copy_to_backward();
}

void WeightStore::require_count(std::size_t given) const {
  if (given == size()) return;
  throw Error(ErrorKind::kModel,
              "the model has " + std::to_string(size()) + " weights, got " + std::to_string(given));
}

void WeightStore::set_values(const std::vector<Tensor>& values) {
  require_count(values.size());
  std::string differences;
  std::vector<std::span<const float>> spans;
  for (std::size_t i = 0; i < size(); ++i) {
    const StoredWeight& own = weights_[i];
    spans.push_back(values[i].values());
    if (own.shape == values[i].shape()) continue;
    differences += (differences.empty() ? "" : "; ") + own.layer + "/" + own.name + " has shape " +
                   to_string(own.shape) + ", got " + to_string(values[i].shape());
  }
  if (!differences.empty()) throw Error(ErrorKind::kModel, "weights do not fit: " + differences);
  set_values(spans);
}

void WeightStore::set_values(const std::vector<std::span<const float>>& values) {
  require_count(values.size());
  std::string differences;
  for (std::size_t i = 0; i < size(); ++i) {
    const StoredWeight& own = weights_[i];
    const std::size_t count = element_count(own.shape);
    if (count == values[i].size()) continue;
    differences += (differences.empty() ? "" : "; ") + own.layer + "/" + own.name + " has " +
                   std::to_string(count) + " values, got " + std::to_string(values[i].size());
  }
  if (!differences.empty()) throw Error(ErrorKind::kModel, "weights do not fit: " + differences);
  tbb::parallel_for(std::size_t{0}, size(),
                    [&](std::size_t i) { set_value(static_cast<int>(i), values[i]); });
}

Tensor WeightStore::slot(int index, int which) const {
  return to_keras((*this)[index], (*this)[index].slots[which]);
}

void WeightStore::set_slot(int index, int which, std::span<const float> values) {
  from_keras((*this)[index], values.data(), (*this)[index].slots[which]);
}

void WeightStore::take_slot(int index, int which) {
  StoredWeight& weight = (*this)[index];
  std::copy_n(weight.slots[which].data(), weight.values.size(), weight.values.data());
  weight.copy_to_backward();
}

void WeightStore::refresh_backward(int index) {
  const StoredWeight& weight = (*this)[index];
  if (!weight.tiles_transposed) weight.copy_to_backward();
}

}  // namespace folio::internal
