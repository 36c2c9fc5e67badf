/// Layer: one building block of a model, described but not yet computed.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <folio/datasets/tensor.h>
#include <folio/trainer/symbolic_tensor.h>

namespace [[gnu::visibility("default")]] folio {

namespace internal {
class LayerDefinition;
}

/// A layer as the user describes it: class, name and arguments. A value; cheap to copy.
///
/// Errors  The constructors of its kinds throw Error (kUsage) naming a wrong argument.
class Layer {
 public:
  /// Keras' class name, `Conv2D`.
  [[nodiscard]] std::string class_name() const;
  /// The layer's name in its model; given by the model (`conv2d_1`) if the user did not.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Names the layer, as the option `name` does. A model that was made with it keeps the old one.
  void set_name(std::string name) { name_ = std::move(name); }
  /// Whether training changes the layer's weights.
  [[nodiscard]] bool trainable() const { return trainable_; }
  /// Fixes the weights, or frees them, in models made with the layer from now on; see
  /// Model::set_trainable.
  void set_trainable(bool trainable) { trainable_ = trainable; }

  /// Shape of one output for one input of this shape (both without the batch axis).
  ///
  /// Errors  Error (kModel) naming the layer and the shape if it does not fit.
  [[nodiscard]] Shape output_shape(const Shape& input_shape) const;
  /// The same for a layer that merges several inputs.
  [[nodiscard]] Shape output_shape(const std::vector<Shape>& input_shapes) const;

  /// Applies the layer in a functional model: `auto y = Conv2D(8, 3)(x)`, `Add()({x, y})`.
  ///
  /// Errors  Error (kModel) naming the layer and the shape if it does not fit.
  [[nodiscard]] SymbolicTensor operator()(const SymbolicTensor& input) const;
  /// The same for a layer that merges several inputs.
  [[nodiscard]] SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;

  /// @cond private
  [[nodiscard]] const internal::LayerDefinition& definition() const { return *definition_; }

  explicit Layer(std::shared_ptr<const internal::LayerDefinition> definition, std::string name = "")
      : definition_(std::move(definition)), name_(std::move(name)) {}
  /// @endcond

 private:
  std::shared_ptr<const internal::LayerDefinition> definition_;
  std::string name_;
  bool trainable_ = true;
};

}  // namespace folio
