#include "optimizer_state.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "optimizer_step.h"
#include "weight_matching.h"

namespace folio::internal {
namespace {

std::size_t count_trainable(const Model& model) {
  std::size_t count = 0;
  for (const WantedLayer& layer : wanted_layers(model)) {
    count += static_cast<std::size_t>(
        std::count_if(layer.weights.begin(), layer.weights.end(),
                      [](const WantedWeight& weight) { return weight.trainable; }));
  }
  return count;
}

/// The place of each slot of optimizer_slots() in the files of Keras 3, which has several kinds of
/// one weight before those of the next (the moments of Adam, say), or all of one kind before the
/// next: those of all optimizers first, then the own ones.
std::vector<std::size_t> keras3_order(const Optimizer& optimizer, std::size_t weights) {
  const std::vector<OptimizerSlot> kinds = optimizer_slots(optimizer);
  const bool by_kind = optimizer.class_name() == "RMSprop";
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::vector<std::size_t>> own{{}};
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const std::string& name = kinds[kind].name;
    if (name == "average" || name == "gradient_accumulator") {
      groups.push_back({kind});
    } else if (by_kind || name == "vhat") {
      own.push_back({kind});
    } else {
      own.front().push_back(kind);
    }
  }
  groups.insert(groups.end(), own.begin(), own.end());
  std::vector<std::size_t> order;
  for (const std::vector<std::size_t>& group : groups) {
    for (std::size_t weight = 0; weight < weights; ++weight) {
      for (const std::size_t kind : group) order.push_back(weight * kinds.size() + kind);
    }
  }
  return order;
}

/// The same for Keras up to 2.10: all of one kind before the next.
std::vector<std::size_t> keras2_order(std::size_t kinds, std::size_t weights) {
  std::vector<std::size_t> order;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    for (std::size_t weight = 0; weight < weights; ++weight) order.push_back(weight * kinds + kind);
  }
  return order;
}

}  // namespace

void add_optimizer_by_kind(const Model& model, ModelContents& contents) {
  contents.iterations = model.iterations();
  std::vector<NamedWeight> slots = model.optimizer_slots();
  const std::size_t weights = count_trainable(model);
  const std::size_t kinds = weights == 0 ? 0 : slots.size() / weights;
  const std::string optimizer = model.compile_options().optimizer.class_name();
  for (const std::size_t place : keras2_order(kinds, weights)) {
    NamedWeight& slot = slots[place];
    contents.optimizer.push_back(
        {optimizer + "/" + slot.layer + "/" + slot.name + ":0", std::move(slot.value)});
  }
}

void add_optimizer_by_weight(const Model& model, ModelContents& contents) {
  std::vector<NamedWeight> slots = model.optimizer_slots();
  contents.iterations = model.iterations();
  if (!model.compile_options().optimizer.learning_rate().is_schedule()) {
    contents.learning_rate = model.learning_rate();
  }
  for (const std::size_t place :
       keras3_order(model.compile_options().optimizer, count_trainable(model))) {
    contents.optimizer.push_back({slots[place].name, std::move(slots[place].value)});
  }
}

void take_optimizer(Model& model, const ModelContents& contents) {
  if (!contents.iterations) return;
  const std::size_t kinds = optimizer_slots(model.compile_options().optimizer).size();
  std::vector<Shape> shapes;
  for (const WantedLayer& layer : wanted_layers(model)) {
    for (const WantedWeight& weight : layer.weights) {
      if (weight.trainable) shapes.insert(shapes.end(), kinds, weight.shape);
    }
  }
  if (contents.optimizer.size() != shapes.size()) return;
  // The names tell which it was, where the file does not otherwise.
  const std::string second = contents.optimizer.size() > 1 ? contents.optimizer[1].name : "";
  const bool by_weight =
      contents.slots_by_weight || (kinds == 2 && (second.find("velocity") != std::string::npos ||
                                                  second.find("/v/") != std::string::npos));
  const std::size_t weights = kinds == 0 ? 0 : shapes.size() / kinds;
  const std::vector<std::size_t> order =
      by_weight ? keras3_order(model.compile_options().optimizer, weights)
                : keras2_order(kinds, weights);
  std::vector<std::span<const float>> slots(shapes.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (contents.optimizer[i].value.shape() != shapes[order[i]]) return;
    slots[order[i]] = contents.optimizer[i].value.values();
  }
  model.set_optimizer_state(*contents.iterations, slots);
}

}  // namespace folio::internal
