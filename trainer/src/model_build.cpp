// How a Model comes to be: weights, and the layers lowered to a network.
#include <folio/datasets/error.h>

#include <utility>

#include "initializer.h"
#include "kernels/kernels.h"
#include "layer_definition.h"
#include "model_impl.h"

namespace folio {

void Model::build(const Shape& image_shape) {
  if (impl_->built) {
    if (image_shape == impl_->input_shape) return;
    throw Error(ErrorKind::kModel, "the model is built for images of shape " +
                                       to_string(impl_->input_shape) + ", got " +
                                       to_string(image_shape));
  }
  if (!impl_->input_shape.empty() && image_shape != impl_->input_shape) {
    throw Error(ErrorKind::kModel, "the model expects images of shape " +
                                       to_string(impl_->input_shape) + ", got " +
                                       to_string(image_shape));
  }
  // Everything that can fail comes before the first change.
  const internal::ModelGraph& graph = impl_->graph;
  std::vector<Shape> shapes;
  try {
    shapes = graph.shapes(image_shape);
  } catch (const Error& error) {
    throw Error(error.kind(),
                std::string(error.what()) + ", for images of shape " + to_string(image_shape));
  }

  const std::uint64_t seed = this->seed();
  internal::Network network(image_shape, internal::preferred_block());
  internal::WeightStore weights;
  std::vector<internal::Value> values;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    std::vector<int> indices;
    const std::vector<Shape> inputs = graph.input_shapes(i, image_shape, shapes);
    for (const internal::WeightSpec& spec : layer.definition().weights(inputs.front())) {
      const auto index = static_cast<std::uint32_t>(weights.size());
      indices.push_back(weights.add(layer.name(), spec.name,
                                    internal::initialize(spec.initializer, spec.shape, seed, index),
                                    spec.trainable));
      weights.set_rules(indices.back(), spec.regularizer, spec.constraint);
    }
    std::vector<internal::Value> from;
    for (const int input : graph.inputs[i]) {
      from.push_back(input == internal::kModelInput ? network.input()
                                                    : values[static_cast<std::size_t>(input)]);
    }
    values.push_back(layer.definition().lower_merged(network, from, indices));
  }
  // A model's result is rows; images at the end lie in Keras' order then.
  network.flatten(values.back());
  network.prepare();
  if (impl_->options) internal::reset_slots(impl_->options->optimizer, weights);
  impl_->weights = std::move(weights);
  impl_->network.emplace(std::move(network));
  impl_->input_shape = image_shape;
  impl_->output_shape = shapes.back();
  impl_->parameters = count_params();
  impl_->built = true;
}

}  // namespace folio
