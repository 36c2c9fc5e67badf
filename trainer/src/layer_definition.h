/// LayerDefinition: what a kind of layer is. One file per kind under layers/.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/trainer/constraint.h>
#include <folio/trainer/initializer.h>
#include <folio/trainer/regularizer.h>
#include <nlohmann/json.hpp>

#include "network.h"

namespace folio::internal {

/// A weight that a layer needs.
struct WeightSpec {
  std::string name;  ///< `kernel`, `bias`
  Shape shape;       ///< As Keras stores it.
  Initializer initializer;
  Regularizer regularizer{};
  Constraint constraint{};
  bool trainable = true;  ///< Whether the optimizer changes it.
};

/// Where a layer has the channels of images (and of steps and volumes).
enum class ChannelAxis {
  kAny,    ///< It does not matter.
  kLast,   ///< H x W x C.
  kFirst,  ///< C x H x W.
};

/// A kind of layer with its arguments: shapes, weights, configuration, and how it is computed.
/// Immutable, so that one definition can serve several models.
class LayerDefinition {
 public:
  virtual ~LayerDefinition() = default;

  [[nodiscard]] virtual std::string class_name() const = 0;

  /// Shape of the output for this input, both without the batch axis. Throws Error (kModel) with
  /// the reason (the caller adds the layer's name).
  [[nodiscard]] virtual Shape output_shape(const Shape& input) const = 0;

  [[nodiscard]] virtual ChannelAxis channel_axis() const { return ChannelAxis::kLast; }

  [[nodiscard]] virtual std::vector<WeightSpec> weights(const Shape& /*input*/) const { return {}; }

  /// Keras' `config` object, without `name`, `trainable` and `dtype`, which the model adds.
  [[nodiscard]] virtual nlohmann::ordered_json config() const = 0;

  /// Adds the layer's operations to a network; `weights` are the indices of its weights, in the
  /// order of weights().
  virtual Value lower(Network& network, Value input, const std::vector<int>& weights) const = 0;

  // The same for any number of inputs. Layers that merge override these; the others have one.
  [[nodiscard]] virtual Shape merged_shape(const std::vector<Shape>& inputs) const;
  virtual Value lower_merged(Network& network, const std::vector<Value>& inputs,
                             const std::vector<int>& weights) const;
};

/// Reads a layer from Keras' configuration.
///
/// Errors  Error (kModel) for an unknown class, and for an argument whose value is not supported,
///         naming the layer and its class.
Layer make_layer(const std::string& class_name, const nlohmann::json& config);

/// All that make_layer() knows, Keras' other names too.
std::vector<std::string> layer_class_names();

}  // namespace folio::internal
