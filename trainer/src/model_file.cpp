#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>

#include <algorithm>

#include "hdf5/model_contents.h"
#include "model_json.h"

namespace folio {
namespace {

using internal::ModelContents;

ModelContents layers_of(const Model& model) {
  if (!model.built()) throw Error(ErrorKind::kUsage, "a model must be built before it is saved");
  ModelContents contents;
  for (const Layer& layer : model.layers()) contents.layers.push_back({layer.name(), {}});
  for (NamedWeight& weight : model.named_weights()) {
    const auto layer =
        std::find_if(contents.layers.begin(), contents.layers.end(),
                     [&](const internal::StoredLayer& one) { return one.name == weight.layer; });
    layer->weights.push_back({weight.layer + "/" + weight.name + ":0", std::move(weight.value)});
  }
  return contents;
}

std::size_t count_trainable(const Model& model) {
  const std::vector<NamedWeight> weights = model.named_weights();
  return static_cast<std::size_t>(std::count_if(
      weights.begin(), weights.end(), [](const NamedWeight& weight) { return weight.trainable; }));
}

/// Slots in the order of Keras 2.10: one kind for all weights, then the next.
void add_optimizer(const Model& model, ModelContents& contents) {
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

/// Puts the weights of a file into a built model, by order over the layers that have weights.
void take_weights(Model& model, const ModelContents& contents) {
  std::vector<Tensor> values;
  std::vector<std::string> names;
  for (const internal::StoredLayer& layer : contents.layers) {
    for (const internal::StoredTensor& weight : layer.weights) {
      values.push_back(weight.value);
      names.push_back(weight.name);
    }
  }
  const std::vector<NamedWeight> own = model.named_weights();
  if (values.size() != own.size()) {
    throw Error(ErrorKind::kModel, "the model has " + std::to_string(own.size()) +
                                       " weights, the file has " + std::to_string(values.size()));
  }
  std::string differences;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i].value.shape() == values[i].shape()) continue;
    differences += (differences.empty() ? "" : "; ") + own[i].layer + "/" + own[i].name +
                   " has shape " + to_string(own[i].value.shape()) + ", the file's " + names[i] +
                   " has " + to_string(values[i].shape());
  }
  if (!differences.empty()) throw Error(ErrorKind::kModel, "weights do not fit: " + differences);
  model.set_weights(values);
}

/// Optimizer state, where the file's fits; otherwise the optimizer starts afresh, as in Keras.
void take_optimizer(Model& model, const ModelContents& contents) {
  if (!contents.iterations) return;
  const std::vector<NamedWeight> own = model.optimizer_slots();
  const std::size_t weights = count_trainable(model);
  if (contents.optimizer.size() != own.size() || weights == 0) return;
  const std::size_t kinds = own.size() / weights;
  // Keras 2.10 stores all of one kind before the next, later versions the kinds of each weight.
  const std::string second = contents.optimizer.size() > 1 ? contents.optimizer[1].name : "";
  const bool by_weight = kinds == 2 && (second.find("velocity") != std::string::npos ||
                                        second.find("/v/") != std::string::npos);
  std::vector<NamedWeight> slots;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::size_t at = by_weight ? i : (i % kinds) * weights + i / kinds;
    slots.push_back({own[i].layer, own[i].name, contents.optimizer[at].value});
    if (slots.back().value.shape() != own[i].value.shape()) return;
  }
  model.set_optimizer_state(*contents.iterations, slots);
}

template <typename Action>
auto naming(const std::string& path, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kModel, path + ": its JSON is no model: " + error.what());
  }
}

}  // namespace

void save_model(const Model& model, const std::string& path) {
  ModelContents contents = layers_of(model);
  contents.architecture = internal::architecture_json(model).dump();
  contents.metadata = model.metadata();
  if (model.compiled()) {
    contents.training = internal::training_json(model.compile_options()).dump();
    add_optimizer(model, contents);
  }
  write_file(path, internal::write_h5(contents));
}

void save_model_weights(const Model& model, const std::string& path) {
  write_file(path, internal::write_h5(layers_of(model)));
}

Model load_model(const std::string& path) {
  const ModelContents contents = internal::read_h5(path);
  return naming(path, [&] {
    if (contents.architecture.empty()) {
      throw Error(ErrorKind::kModel,
                  "it has no model_config: it holds weights alone, or is not a Keras model");
    }
    Model model =
        internal::model_from_architecture(internal::parse_model_json(contents.architecture));
    if (model.input_shape().empty()) {
      throw Error(ErrorKind::kModel, "its architecture does not say the shape of its input");
    }
    model.build(model.input_shape());
    take_weights(model, contents);
    model.set_metadata(contents.metadata);
    if (!contents.training.empty()) {
      const auto options =
          internal::compile_options_from(internal::parse_model_json(contents.training));
      if (options) {
        model.compile(*options);
        take_optimizer(model, contents);
      }
    }
    return model;
  });
}

void load_model_weights(Model& model, const std::string& path) {
  if (!model.built()) {
    throw Error(ErrorKind::kUsage, "a model must be built before weights are loaded into it");
  }
  const ModelContents contents = internal::read_h5(path);
  naming(path, [&] { take_weights(model, contents); });
}

std::string to_json(const Model& model) { return internal::architecture_json(model).dump(2); }

Model model_from_json(std::string_view json) {
  return internal::model_from_architecture(internal::parse_model_json(json));
}

}  // namespace folio
