#include "model_graph.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "layer_definition.h"
#include "layer_names.h"
#include "layers/input.h"

namespace folio {

const Shape& SymbolicTensor::shape() const { return node_->shape; }

namespace internal {
namespace {

/// Keras' names: the class in snake case, numbered from the second one on.
void name_layers(std::vector<Layer>& layers) {
  constexpr std::size_t kLongest = 1000;  // HDF5 could not hold 64 KB, as would show in the end.
  std::set<std::string> taken;
  for (const Layer& layer : layers) {
    if (layer.name().size() > kLongest) {
      throw Error(ErrorKind::kUsage, "the name of a layer of class " + layer.class_name() +
                                         " has " + std::to_string(layer.name().size()) +
                                         " characters, at most " + std::to_string(kLongest) +
                                         " are accepted");
    }
    if (!layer.name().empty() && !taken.insert(layer.name()).second) {
      throw Error(ErrorKind::kUsage, "two layers have the name '" + layer.name() + "'");
    }
  }
  std::map<std::string, int> used;
  for (Layer& layer : layers) {
    if (!layer.name().empty()) continue;
    const bool input = layer.class_name() == "InputLayer";
    const std::string stem = input ? "input" : snake_case(layer.class_name());
    std::string candidate;
    do {
      const int number = used[stem]++ + (input ? 1 : 0);
      candidate = number == 0 ? stem : stem + "_" + std::to_string(number);
    } while (!taken.insert(candidate).second);
    layer.set_name(candidate);
  }
}

const InputDefinition* as_input(const Layer& layer) {
  return dynamic_cast<const InputDefinition*>(&layer.definition());
}

}  // namespace

std::vector<Shape> ModelGraph::shapes(const Shape& input_shape) const {
  std::vector<Shape> all;
  for (std::size_t at = 0; at < layers.size(); ++at) {
    all.push_back(layers[at].output_shape(input_shapes(at, input_shape, all)));
  }
  (void)channels_first(input_shape, all);  // Throws where layers do not agree.
  return all;
}

bool ModelGraph::channels_first(const Shape& input_shape, const std::vector<Shape>& shapes) const {
  const Layer* decided = nullptr;
  for (std::size_t at = 0; at < layers.size(); ++at) {
    const Shape input = input_shapes(at, input_shape, shapes).front();
    const ChannelAxis axis = layers[at].definition().channel_axis();
    const bool rows = input.size() < 2 && shapes[at].size() < 2;
    if (rows || axis == ChannelAxis::kAny) continue;
    if (decided == nullptr) decided = &layers[at];
    if (decided->definition().channel_axis() == axis) continue;
    const bool first = axis == ChannelAxis::kFirst;
    const auto described = [](const Layer& layer) {
      return "layer '" + layer.name() + "' of class " + layer.class_name();
    };
    throw Error(
        ErrorKind::kModel,
        described(first ? layers[at] : *decided) + " has its channels first, " +
            described(first ? *decided : layers[at]) +
            " has them last; all layers of a model must agree (data_format, axis), and those "
            "that have neither argument have them last");
  }
  return decided != nullptr && decided->definition().channel_axis() == ChannelAxis::kFirst;
}

std::vector<Shape> ModelGraph::input_shapes(std::size_t at, const Shape& input_shape,
                                            const std::vector<Shape>& shapes) const {
  std::vector<Shape> picked;
  for (const int from : inputs[at]) {
    picked.push_back(from == kModelInput ? input_shape : shapes[static_cast<std::size_t>(from)]);
  }
  return picked;
}

LoweredGraph lower(const ModelGraph& graph, const Shape& input_shape, int block) {
  const std::vector<Shape> shapes = graph.shapes(input_shape);
  LoweredGraph lowered{
      Network(input_shape, block, graph.channels_first(input_shape, shapes)), {}, 0};
  Network& network = lowered.network;
  std::vector<Value> values;
  int next_weight = 0;
  for (std::size_t at = 0; at < graph.layers.size(); ++at) {
    const Layer& layer = graph.layers[at];
    const Shape first_input = graph.input_shapes(at, input_shape, shapes).front();
    std::vector<int> weights(layer.definition().weights(first_input).size());
    for (int& weight : weights) weight = next_weight++;
    std::vector<Value> from;
    for (const int input : graph.inputs[at]) {
      from.push_back(input == kModelInput ? network.input()
                                          : values[static_cast<std::size_t>(input)]);
    }
    lowered.nodes_before.push_back(network.nodes().size());
    network.set_trainable(layer.trainable());
    values.push_back(layer.definition().lower_merged(network, from, weights));
  }
  lowered.output = values.back();
  return lowered;
}

ModelGraph stack_of(std::vector<Layer> layers) {
  Shape input_shape;
  if (!layers.empty()) {
    if (const InputDefinition* input = as_input(layers.front())) {
      input_shape = input->shape();
      layers.erase(layers.begin());
    }
  }
  if (layers.empty()) throw Error(ErrorKind::kUsage, "a Sequential model needs at least one layer");
  name_layers(layers);
  ModelGraph graph{.layers = std::move(layers),
                   .inputs = {},
                   .input_shape = std::move(input_shape),
                   .sequential = true};
  for (int at = 0; at < static_cast<int>(graph.layers.size()); ++at) {
    graph.inputs.push_back({at == 0 ? kModelInput : at - 1});
  }
  return graph;
}

ModelGraph ordered(const std::vector<Layer>& layers, const std::vector<std::vector<int>>& inputs,
                   int output) {
  // Depth first from the output without recursion, as models can be thousands of layers deep.
  // `first_seen` is Keras' order among layers of one depth; `finished` has inputs before readers.
  constexpr int kUnseen = -1;
  std::vector<int> first_seen(layers.size(), kUnseen);
  std::vector<bool> done(layers.size(), false);
  std::vector<int> finished;
  int seen = 0;
  struct Visit {
    int layer;
    std::size_t next_input;
  };
  std::vector<Visit> path{{output, 0}};
  first_seen[static_cast<std::size_t>(output)] = seen++;
  while (!path.empty()) {
    Visit& visit = path.back();
    const auto at = static_cast<std::size_t>(visit.layer);
    if (visit.next_input == inputs[at].size()) {
      done[at] = true;
      finished.push_back(visit.layer);
      path.pop_back();
      continue;
    }
    const int from = inputs[at][visit.next_input++];
    if (from == kModelInput || done[static_cast<std::size_t>(from)]) continue;
    if (first_seen[static_cast<std::size_t>(from)] != kUnseen) {
      throw Error(ErrorKind::kModel, "layer '" + layers[static_cast<std::size_t>(from)].name() +
                                         "' depends on itself");
    }
    first_seen[static_cast<std::size_t>(from)] = seen++;
    path.push_back({from, 0});
  }

  std::vector<int> depth(layers.size(), 0);
  for (auto at = finished.rbegin(); at != finished.rend(); ++at) {
    for (const int from : inputs[static_cast<std::size_t>(*at)]) {
      if (from == kModelInput) continue;
      int& before = depth[static_cast<std::size_t>(from)];
      before = std::max(before, depth[static_cast<std::size_t>(*at)] + 1);
    }
  }
  std::sort(finished.begin(), finished.end(), [&](int a, int b) {
    const auto key = [&](int at) {
      return std::pair(-depth[static_cast<std::size_t>(at)],
                       first_seen[static_cast<std::size_t>(at)]);
    };
    return key(a) < key(b);
  });

  ModelGraph graph;
  std::vector<int> position(layers.size(), kModelInput);
  for (const int at : finished) {
    position[static_cast<std::size_t>(at)] = static_cast<int>(graph.layers.size());
    graph.layers.push_back(layers[static_cast<std::size_t>(at)]);
    std::vector<int> from;
    for (const int input : inputs[static_cast<std::size_t>(at)]) {
      from.push_back(input == kModelInput ? kModelInput
                                          : position[static_cast<std::size_t>(input)]);
    }
    graph.inputs.push_back(std::move(from));
    if (const InputDefinition* input = as_input(graph.layers.back())) {
      graph.input_shape = input->shape();
    }
  }
  name_layers(graph.layers);
  return graph;
}

ModelGraph graph_between(const SymbolicTensor& input, const SymbolicTensor& output) {
  std::vector<Layer> layers;
  std::vector<std::vector<int>> inputs;
  std::map<const SymbolicNode*, int> numbers;
  std::vector<const SymbolicNode*> pending{&output.node()};
  while (!pending.empty()) {
    const SymbolicNode* node = pending.back();
    if (numbers.count(node) != 0) {
      pending.pop_back();
      continue;
    }
    bool ready = true;
    for (const SymbolicTensor& from : node->inputs) {
      if (numbers.count(&from.node()) != 0) continue;
      pending.push_back(&from.node());
      ready = false;
    }
    if (!ready) continue;
    pending.pop_back();
    numbers[node] = static_cast<int>(layers.size());
    std::vector<int> from;
    for (const SymbolicTensor& one : node->inputs) from.push_back(numbers[&one.node()]);
    if (node->inputs.empty()) {
      if (node != &input.node()) {
        throw Error(ErrorKind::kUsage, "the output depends on an Input that is not the model's");
      }
      from.push_back(kModelInput);
    }
    layers.push_back(node->layer);
    inputs.push_back(std::move(from));
  }
  if (numbers.count(&input.node()) == 0 || !input.node().inputs.empty()) {
    throw Error(ErrorKind::kUsage, input.node().inputs.empty()
                                       ? "the output does not depend on the model's input"
                                       : "a model's input must be an Input");
  }
  std::map<const LayerDefinition*, int> uses;
  for (const auto& [node, number] : numbers) {
    std::vector<Shape> shapes;
    for (const SymbolicTensor& from : node->inputs) shapes.push_back(from.shape());
    if (shapes.size() != 1 || node->layer.definition().weights(shapes[0]).empty()) continue;
    if (++uses[&node->layer.definition()] > 1) {
      throw Error(ErrorKind::kUsage, "a layer of class " + node->layer.class_name() +
                                         " is applied twice; sharing weights is not supported, "
                                         "make a second layer");
    }
  }
  return ordered(layers, inputs, numbers[&output.node()]);
}

}  // namespace internal
}  // namespace folio
