// What a Model remembers: weights, optimizer slots, and the state of a run.
#include <folio/datasets/error.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "model_impl.h"

namespace folio {

std::vector<NamedWeight> Model::named_weights() const {
  std::vector<NamedWeight> named;
  for (int i = 0; i < static_cast<int>(impl_->weights.size()); ++i) {
    named.push_back({impl_->weights[i].layer, impl_->weights[i].name, impl_->weights.value(i),
                     impl_->weights[i].trainable});
  }
  return named;
}

std::vector<Tensor> Model::weights() const {
  std::vector<Tensor> values;
  for (int i = 0; i < static_cast<int>(impl_->weights.size()); ++i) {
    values.push_back(impl_->weights.value(i));
  }
  return values;
}

void Model::set_weights(const std::vector<Tensor>& weights) {
  impl_->require_built();
  impl_->weights.set_values(weights);
}

State Model::state() const {
  State state;
  for (NamedWeight& weight : named_weights()) {
    state.tensors["weight/" + weight.layer + "/" + weight.name] = std::move(weight.value);
  }
  for (NamedWeight& slot : optimizer_slots()) {
    state.tensors["slot/" + slot.layer + "/" + slot.name] = std::move(slot.value);
  }
  state.put("iterations", static_cast<double>(impl_->iterations));
  state.values["seed"] = std::to_string(seed());
  if (impl_->options)
    state.put("learning_rate", learning_rate());  // Of a schedule, for the record.
  state.put("loss_sum", impl_->loss_sum);
  impl_->metrics.save(state);
  state.put("seen", static_cast<double>(impl_->seen));
  return state;
}

void Model::set_state(const State& state) {
  impl_->require_built();
  std::vector<Tensor> values;
  for (const NamedWeight& weight : named_weights()) {
    values.push_back(state.tensor("weight/" + weight.layer + "/" + weight.name));
  }
  std::vector<NamedWeight> slots = optimizer_slots();
  for (NamedWeight& slot : slots) {
    slot.value = state.tensor("slot/" + slot.layer + "/" + slot.name);
  }
  set_weights(values);
  set_optimizer_state(static_cast<std::uint64_t>(state.number("iterations")), slots);
  impl_->seed = std::stoull(state.text("seed"));  // Dropout draws from it.
  if (impl_->options && !impl_->options->optimizer.learning_rate().is_schedule()) {
    set_learning_rate(state.number("learning_rate"));
  }
  impl_->loss_sum = state.number("loss_sum");
  impl_->metrics.load(state);
  impl_->seen = static_cast<std::size_t>(state.number("seen"));
}

std::uint64_t Model::iterations() const { return impl_->iterations; }

std::vector<NamedWeight> Model::optimizer_slots() const {
  std::vector<NamedWeight> named;
  if (!impl_->options) return named;
  const auto slots = internal::optimizer_slots(impl_->options->optimizer);
  for (const int i : impl_->weights.trainable()) {
    const auto& weight = impl_->weights[i];
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      named.push_back({weight.layer, weight.name + "/" + slots[slot].name,
                       impl_->weights.slot(i, static_cast<int>(slot))});
    }
  }
  return named;
}

void Model::set_optimizer_state(std::uint64_t iterations, const std::vector<NamedWeight>& slots) {
  impl_->require_built();
  impl_->require_compiled();
  const std::vector<int> trainable = impl_->weights.trainable();
  const std::size_t each = internal::optimizer_slots(impl_->options->optimizer).size();
  // Their number is checked below.
  for (std::size_t i = 0; i < std::min(slots.size(), trainable.size() * each); ++i) {
    const int weight = trainable[i / each];
    if (slots[i].value.shape() != impl_->weights[weight].shape) {
      throw Error(ErrorKind::kModel, "optimizer slot " + slots[i].layer + "/" + slots[i].name +
                                         " has shape " + to_string(slots[i].value.shape()) +
                                         ", expected " + to_string(impl_->weights[weight].shape));
    }
  }
  std::vector<std::span<const float>> values;
  for (const NamedWeight& slot : slots) values.push_back(slot.value.values());
  set_optimizer_state(iterations, values);
}

void Model::set_optimizer_state(std::uint64_t iterations,
                                const std::vector<std::span<const float>>& slots) {
  impl_->require_built();
  impl_->require_compiled();
  const std::vector<int> trainable = impl_->weights.trainable();
  const std::size_t each = internal::optimizer_slots(impl_->options->optimizer).size();
  if (slots.size() != trainable.size() * each) {
    throw Error(ErrorKind::kModel, "the optimizer has " + std::to_string(trainable.size() * each) +
                                       " slots, got " + std::to_string(slots.size()));
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const internal::StoredWeight& weight = impl_->weights[trainable[i / each]];
    if (slots[i].size() == element_count(weight.shape)) continue;
    throw Error(ErrorKind::kModel, "an optimizer slot of " + weight.layer + "/" + weight.name +
                                       " has " + std::to_string(slots[i].size()) +
                                       " values, expected " +
                                       std::to_string(element_count(weight.shape)));
  }
  tbb::parallel_for(std::size_t{0}, slots.size(), [&](std::size_t i) {
    impl_->weights.set_slot(trainable[i / each], static_cast<int>(i % each), slots[i]);
  });
  impl_->iterations = iterations;
}

}  // namespace folio
