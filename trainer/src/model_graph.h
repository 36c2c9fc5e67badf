/// ModelGraph: which layers a model has and which reads which.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <folio/trainer/layer.h>
#include <folio/trainer/symbolic_tensor.h>

#include "network.h"

namespace folio::internal {

/// A layer applied to inputs, as a functional model is described; Input has none.
struct SymbolicNode {
  Layer layer;
  std::vector<SymbolicTensor> inputs;
  Shape shape;
};

/// The input of a model where a list of layers is expected.
inline constexpr int kModelInput = -1;

/// Layers in an order in which each comes after those it reads; the last one gives the output.
struct ModelGraph {
  std::vector<Layer> layers;
  std::vector<std::vector<int>> inputs;  ///< Of each layer: positions of layers, or kModelInput.
  Shape input_shape{};                   ///< What an Input declares; empty where none does.
  bool sequential = false;               ///< A stack without its Input layer.

  /// Output shapes of all layers for an input of this shape.
  ///
  /// Errors  Error (kModel) naming the first layer that does not fit, and two that do not have the
  ///         channels in the same place.
  [[nodiscard]] std::vector<Shape> shapes(const Shape& input_shape) const;
  /// The shapes that layer `at` reads, picked from shapes().
  [[nodiscard]] std::vector<Shape> input_shapes(std::size_t at, const Shape& input_shape,
                                                const std::vector<Shape>& shapes) const;
  /// Whether the layers' images are C x H x W, for shapes from shapes().
  [[nodiscard]] bool channels_first(const Shape& input_shape,
                                    const std::vector<Shape>& shapes) const;
};

/// The layers' operations, and which of them belong to which layer.
struct LoweredGraph {
  Network network;                        ///< Not prepared.
  std::vector<std::size_t> nodes_before;  ///< Of each layer.
  Value output;
};

/// Weights are numbered in the order of the layers. `block` as for Network.
LoweredGraph lower(const ModelGraph& graph, const Shape& input_shape, int block);

/// A stack of named layers without its leading Input.
///
/// Errors  Error (kUsage) if two layers have one name or there is no layer.
ModelGraph stack_of(std::vector<Layer> layers);

/// The layers between input and output, in Keras' order: by falling distance from the output.
///
/// Errors  Error (kUsage) if the output does not depend on the input, depends on another one, or a
///         layer with weights is applied twice.
ModelGraph graph_between(const SymbolicTensor& input, const SymbolicTensor& output);

/// Brings layers into Keras' order, leaving out those that `output` does not depend on.
///
/// Errors  Error (kModel) naming a layer that depends on itself.
ModelGraph ordered(const std::vector<Layer>& layers, const std::vector<std::vector<int>>& inputs,
                   int output);

}  // namespace folio::internal
