#include <folio/datasets/error.h>
#include <folio/trainer/layer.h>

#include <utility>

#include "layer_definition.h"
#include "model_graph.h"

namespace folio {
namespace internal {

Shape LayerDefinition::merged_shape(const std::vector<Shape>& inputs) const {
  if (inputs.size() != 1) {
    throw Error(ErrorKind::kModel, "takes one input, got " + std::to_string(inputs.size()));
  }
  return output_shape(inputs.front());
}

Value LayerDefinition::lower_merged(Network& network, const std::vector<Value>& inputs,
                                    const std::vector<int>& weights) const {
  return lower(network, inputs.front(), weights);
}

}  // namespace internal

std::string Layer::class_name() const { return definition_->class_name(); }

Shape Layer::output_shape(const Shape& input_shape) const {
  return output_shape(std::vector<Shape>{input_shape});
}

Shape Layer::output_shape(const std::vector<Shape>& input_shapes) const {
  try {
    return definition_->merged_shape(input_shapes);
  } catch (const Error& error) {
    throw Error(error.kind(), (name_.empty() ? "layer " : "layer '" + name_ + "' ") + "(" +
                                  class_name() + ") " + error.what());
  }
}

SymbolicTensor Layer::operator()(const SymbolicTensor& input) const {
  return (*this)(std::vector<SymbolicTensor>{input});
}

SymbolicTensor Layer::operator()(const std::vector<SymbolicTensor>& inputs) const {
  std::vector<Shape> shapes;
  for (const SymbolicTensor& input : inputs) shapes.push_back(input.shape());
  Shape shape = output_shape(shapes);
  return SymbolicTensor(std::make_shared<internal::SymbolicNode>(
      internal::SymbolicNode{*this, inputs, std::move(shape)}));
}

}  // namespace folio
