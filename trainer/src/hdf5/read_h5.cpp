#include <folio/datasets/error.h>

#include <algorithm>

#include "checksum.h"
#include "file.h"
#include "model_contents.h"

namespace folio::internal {
namespace {

using Object = hdf5::File::Object;

/// A string attribute, or nothing if there is none.
std::string text(const Object& object, const char* name) {
  const std::vector<std::string> values = object.strings(name);
  return values.empty() ? "" : values.front();
}

bool has_names(const Object& object, const std::string& name) {
  return object.has_attribute(name) || object.has_attribute(name + "0");
}

/// A list of names, which may be split into name0, name1, ...
std::vector<std::string> names(const Object& object, const std::string& name) {
  if (object.has_attribute(name)) return object.strings(name);
  std::vector<std::string> all;
  for (int part = 0; object.has_attribute(name + std::to_string(part)); ++part) {
    for (std::string& value : object.strings(name + std::to_string(part))) {
      all.push_back(std::move(value));
    }
  }
  return all;
}

std::vector<StoredTensor> tensors(const Object& group, const std::vector<std::string>& names) {
  std::vector<StoredTensor> all;
  for (const std::string& name : names) {
    try {
      all.push_back({name, group.at(name).floats()});
    } catch (const Error& error) {
      throw Error(error.kind(), std::string(error.what()) + ", dataset '" + name + "'");
    }
  }
  return all;
}

std::vector<StoredLayer> layers(const Object& parent) {
  std::vector<StoredLayer> all;
  for (const std::string& name : names(parent, "layer_names")) {
    const Object group = parent.at(name);
    all.push_back({name, "", tensors(group, names(group, "weight_names"))});
  }
  return all;
}

/// The datasets "0", "1", ... of a group of Keras 3's.
std::vector<std::string> numbered(const Object& group) {
  std::vector<std::string> all;
  while (group.links().contains(std::to_string(all.size())))
    all.push_back(std::to_string(all.size()));
  return all;
}

/// Keras 3's weights; Keras 2.12 and 2.13 had another name for the group of all layers.
void read_numbered_layers(const Object& parent, ModelContents& contents) {
  contents.by_class = true;
  for (const auto& [path, address] : parent.links()) {
    const Object layer = parent.at(path);
    if (!layer.contains("vars")) continue;
    const Object variables = layer.at("vars");
    const std::string name = text(variables, "name");
    contents.layers.push_back(
        {name.empty() ? path : name, path, tensors(variables, numbered(variables))});
  }
}

void read_numbered_optimizer(const Object& variables, ModelContents& contents) {
  const std::vector<std::string> names = numbered(variables);
  if (names.empty()) return;
  contents.iterations =
      static_cast<std::uint64_t>(std::clamp(variables.at(names[0]).number(), 0.0, 9e15));
  contents.optimizer = tensors(variables, {names.begin() + 1, names.end()});
  // A single number is the learning rate, which a schedule does not store.
  if (!contents.optimizer.empty() && contents.optimizer.front().value.shape().empty()) {
    contents.learning_rate = contents.optimizer.front().value.values()[0];
    contents.optimizer.erase(contents.optimizer.begin());
  }
  contents.slots_by_weight = true;
}

bool is_one_of(const std::string& path, std::initializer_list<const char*> names) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(":0")) name.resize(name.size() - 2);
  return std::find(names.begin(), names.end(), name) != names.end();
}

void read_optimizer(const Object& group, ModelContents& contents) {
  std::vector<std::string> slots;
  for (const std::string& name : names(group, "weight_names")) {
    if (is_one_of(name, {"iter", "iteration", "iterations"})) {
      contents.iterations =
          static_cast<std::uint64_t>(std::clamp(group.at(name).number(), 0.0, 9e15));
    } else if (is_one_of(name, {"learning_rate"})) {
      contents.slots_by_weight = true;  // Earlier versions of Keras do not store it.
    } else {
      slots.push_back(name);
    }
  }
  contents.optimizer = tensors(group, slots);
}

}  // namespace

ModelContents parse_h5(std::vector<std::byte> bytes) {
  ModelContents contents;
  contents.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  hdf5::File file(*contents.bytes);
  hdf5::verify_checksum(file, *contents.bytes);
  const Object root = file.root();
  contents.keras_version = text(root, "keras_version");
  contents.architecture = text(root, "model_config");
  contents.training = text(root, "training_config");
  contents.metadata = text(root, "folio_metadata");
  if (root.contains("model_weights")) {
    contents.layers = layers(root.at("model_weights"));
  } else if (has_names(root, "layer_names")) {
    contents.layers = layers(root);
  }
  for (const char* group : {"layers", "_layer_checkpoint_dependencies"}) {
    if (contents.layers.empty() && root.contains(group)) {
      read_numbered_layers(root.at(group), contents);
    }
  }
  if (contents.by_class && root.contains("optimizer/vars")) {
    read_numbered_optimizer(root.at("optimizer/vars"), contents);
  }
  if (root.contains("optimizer_weights")) read_optimizer(root.at("optimizer_weights"), contents);
  return contents;
}

}  // namespace folio::internal
