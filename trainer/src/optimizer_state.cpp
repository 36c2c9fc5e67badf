#include "optimizer_state.h"

#include <algorithm>
#include <string>
#include <vector>

namespace folio::internal {
namespace {

std::size_t count_trainable(const Model& model) {
  const std::vector<NamedWeight> weights = model.named_weights();
  return static_cast<std::size_t>(std::count_if(
      weights.begin(), weights.end(), [](const NamedWeight& weight) { return weight.trainable; }));
}

}  // namespace

void add_optimizer_by_kind(const Model& model, ModelContents& contents) {
  contents.iterations = model.iterations();
  const std::vector<NamedWeight> slots = model.optimizer_slots();
  const std::size_t weights = count_trainable(model);
  const std::size_t kinds = weights == 0 ? 0 : slots.size() / weights;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    for (std::size_t weight = 0; weight < weights; ++weight) {
      const NamedWeight& slot = slots[weight * kinds + kind];
      contents.optimizer.push_back({model.compile_options().optimizer.class_name() + "/" +
                                        slot.layer + "/" + slot.name + ":0",
                                    slot.value});
    }
  }
}

void add_optimizer_by_weight(const Model& model, ModelContents& contents) {
  const std::vector<NamedWeight> slots = model.optimizer_slots();
  const std::size_t weights = count_trainable(model);
  const std::size_t kinds = weights == 0 ? 0 : slots.size() / weights;
  const std::string optimizer = model.compile_options().optimizer.class_name();
  if (kinds > 1 && (kinds > 2 || (optimizer != "Adam" && optimizer != "AdamW"))) return;
  contents.iterations = model.iterations();
  contents.learning_rate = model.learning_rate();
  for (const NamedWeight& slot : slots) contents.optimizer.push_back({slot.name, slot.value});
}

void take_optimizer(Model& model, const ModelContents& contents) {
  if (!contents.iterations) return;
  const std::vector<NamedWeight> own = model.optimizer_slots();
  const std::size_t weights = count_trainable(model);
  if (contents.optimizer.size() != own.size() || weights == 0) return;
  const std::size_t kinds = own.size() / weights;
  // Keras 2.10 stores all of one kind before the next, later versions the kinds of each weight.
  const std::string second = contents.optimizer.size() > 1 ? contents.optimizer[1].name : "";
  const bool by_weight =
      contents.slots_by_weight || (kinds == 2 && (second.find("velocity") != std::string::npos ||
                                                  second.find("/v/") != std::string::npos));
  std::vector<NamedWeight> slots;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::size_t at = by_weight ? i : (i % kinds) * weights + i / kinds;
    slots.push_back({own[i].layer, own[i].name, contents.optimizer[at].value});
    if (slots.back().value.shape() != own[i].value.shape()) return;
  }
  model.set_optimizer_state(*contents.iterations, slots);
}

}  // namespace folio::internal
