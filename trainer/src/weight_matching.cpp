#include "weight_matching.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <map>

#include "layer_definition.h"
#include "layer_names.h"

namespace folio::internal {
namespace {

using Pairs = std::vector<std::pair<const WantedLayer*, const StoredLayer*>>;

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kMost ? text + ", ..." : text;
}

template <typename Layers>
std::vector<std::string> names_with_weights(const Layers& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) {
    if (!layer.weights.empty()) names.push_back(layer.name);
  }
  return names;
}

/// Keras' way where names mean nothing: the layers that have weights, in order.
Pairs by_order(const std::vector<WantedLayer>& wanted, const std::vector<StoredLayer>& stored) {
  const std::vector<std::string> own = names_with_weights(wanted);
  const std::vector<std::string> found = names_with_weights(stored);
  if (own.size() != found.size()) {
    throw Error(ErrorKind::kModel, "the model has " + std::to_string(own.size()) +
                                       " layers with weights (" + listed(own) + "), the file has " +
                                       std::to_string(found.size()) + " (" + listed(found) + ")");
  }
  Pairs pairs;
  auto next = stored.begin();
  for (const WantedLayer& layer : wanted) {
    if (layer.weights.empty()) {
      pairs.emplace_back(&layer, nullptr);
      continue;
    }
    next = std::find_if(next, stored.end(), [](const auto& one) { return !one.weights.empty(); });
    pairs.emplace_back(&layer, &*next++);
  }
  return pairs;
}

/// By the layers' names, or by what Keras 3 calls them in files.
Pairs by_key(const std::vector<WantedLayer>& wanted, const std::vector<StoredLayer>& stored,
             std::string WantedLayer::*key, std::string StoredLayer::*stored_key) {
  std::map<std::string, const StoredLayer*> found;
  for (const StoredLayer& layer : stored) found[layer.*stored_key] = &layer;
  Pairs pairs;
  for (const WantedLayer& layer : wanted) {
    const auto one = found.find(layer.*key);
    pairs.emplace_back(&layer, one == found.end() ? nullptr : one->second);
  }
  return pairs;
}

std::string shapes_of(const std::vector<WantedWeight>& weights) {
  std::vector<std::string> texts;
  for (const WantedWeight& weight : weights) texts.push_back(to_string(weight.shape));
  return listed(texts);
}

std::string shapes_of(const std::vector<StoredTensor>& weights) {
  std::vector<std::string> texts;
  for (const StoredTensor& weight : weights) texts.push_back(to_string(weight.value.shape()));
  return listed(texts);
}

/// What is different about a layer; empty if it fits.
std::string difference(const WantedLayer& wanted, const StoredLayer& stored) {
  if (wanted.weights.size() != stored.weights.size()) {
    return wanted.name + " has " + std::to_string(wanted.weights.size()) + " weights (" +
           shapes_of(wanted.weights) + "), the file's " + stored.name + " has " +
           std::to_string(stored.weights.size()) + " (" + shapes_of(stored.weights) + ")";
  }
  std::string text;
  for (std::size_t i = 0; i < wanted.weights.size(); ++i) {
    const Shape& found = stored.weights[i].value.shape();
    if (wanted.weights[i].shape == found) continue;
    text += (text.empty() ? "" : "; ") + wanted.name + "/" + wanted.weights[i].name +
            " has shape " + to_string(wanted.weights[i].shape) + ", the file's " +
            stored.weights[i].name + " has " + to_string(found);
  }
  return text;
}

}  // namespace

std::vector<WantedLayer> wanted_layers(const Model& model) {
  std::vector<WantedLayer> wanted;
  std::vector<Shape> shapes;
  std::map<std::string, int> used;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    std::vector<Shape> inputs;
    for (const int from : model.inbound_layers()[i]) {
      inputs.push_back(from < 0 ? model.input_shape() : shapes[static_cast<std::size_t>(from)]);
    }
    if (inputs.empty()) inputs.push_back(model.input_shape());  // A functional model's Input.
    WantedLayer one{layer.name(), numbered(snake_case(layer.class_name()), used), {}};
    for (const WeightSpec& spec : layer.definition().weights(inputs.front())) {
      one.weights.push_back({spec.name, spec.shape, spec.trainable && layer.trainable()});
    }
    wanted.push_back(std::move(one));
    shapes.push_back(layer.output_shape(inputs));
  }
  return wanted;
}

MatchedWeights match_weights(const std::vector<WantedLayer>& wanted, const ModelContents& contents,
                             const LoadWeightsOptions& options) {
  const Pairs pairs =
      options.by_name ? by_key(wanted, contents.layers, &WantedLayer::name, &StoredLayer::name)
      : contents.by_class
          ? by_key(wanted, contents.layers, &WantedLayer::class_path, &StoredLayer::class_path)
          : by_order(wanted, contents.layers);
  MatchedWeights matched;
  for (const auto& [layer, stored] : pairs) {
    if (layer->weights.empty()) continue;
    std::string problem;
    if (stored == nullptr) {
      // By name, layers may be absent: that is what it is for.
      if (!options.by_name) problem = "the file has no weights for " + layer->name;
    } else {
      problem = difference(*layer, *stored);
    }
    const bool fits = stored != nullptr && problem.empty();
    for (std::size_t i = 0; i < layer->weights.size(); ++i) {
      matched.values.push_back(fits ? &stored->weights[i].value : nullptr);
    }
    if (!problem.empty()) matched.left_out.push_back(std::move(problem));
  }
  if (!options.skip_mismatch && !matched.left_out.empty()) {
    std::string text;
    for (const std::string& one : matched.left_out) text += (text.empty() ? "" : "; ") + one;
    throw Error(ErrorKind::kModel, "weights do not fit: " + text);
  }
  return matched;
}

}  // namespace folio::internal
