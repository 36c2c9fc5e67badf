// How a Model comes to be: weights, and the layers lowered to a network.
#include <folio/datasets/error.h>
#include <folio/datasets/memory.h>

#include <algorithm>
#include <utility>

#include "initializer.h"
#include "kernels/kernels.h"
#include "layer_definition.h"
#include "model_impl.h"

namespace folio {

void Model::build(const Shape& image_shape) { create(image_shape, nullptr); }

void Model::build(const Shape& image_shape, const std::vector<std::span<const float>>& weights) {
  if (impl_->built) {
    throw Error(ErrorKind::kUsage, "the model is built: set_weights() changes its weights");
  }
  create(image_shape, &weights);
}

void Model::create(const Shape& given_shape, const std::vector<std::span<const float>>* given) {
  const Shape image_shape = impl_->in_own_order(given_shape);
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

  internal::WeightStore weights;
  std::vector<Initializer> initializers;
  double bytes = 0.0;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    const std::vector<Shape> inputs = graph.input_shapes(i, image_shape, shapes);
    for (const internal::WeightSpec& spec : layer.definition().weights(inputs.front())) {
      bytes += static_cast<double>(sizeof(float)) * static_cast<double>(element_count(spec.shape));
      require_memory(bytes,
                     "a model with the weights of layer '" + layer.name() + "', " +
                         to_string(spec.shape) + ",",
                     "fewer units or filters take less");
      const int added =
          weights.add(layer.name(), spec.name, spec.shape, spec.trainable && layer.trainable());
      weights.set_rules(added, spec.regularizer, spec.constraint);
      initializers.push_back(spec.initializer);
    }
  }
  internal::Network network = impl_->lowered(image_shape);
  if (given != nullptr) {
    weights.set_values(*given);
  } else {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const int index = static_cast<int>(i);
      weights.set_value(index, internal::initialize(initializers[i], weights[index].shape, seed(),
                                                    static_cast<std::uint32_t>(i)));
    }
  }
  if (impl_->options) internal::reset_slots(impl_->options->optimizer, weights);
  impl_->weights = std::move(weights);
  impl_->network.emplace(std::move(network));
  impl_->input_shape = image_shape;
  impl_->output_shape = shapes.back();
  impl_->parameters = count_params();
  impl_->built = true;
}

Shape Model::Impl::in_own_order(const Shape& image_shape) const {
  if (input_shape.empty() || image_shape == input_shape) return image_shape;
  const bool other = image_shape == internal::with_channels_last(input_shape) &&
                     graph.channels_first(input_shape, graph.shapes(input_shape));
  return other ? input_shape : image_shape;
}

internal::Network Model::Impl::lowered(const Shape& image_shape) const {
  internal::LoweredGraph lowered = internal::lower(graph, image_shape, internal::preferred_block());
  // A model's result is rows; images at the end lie in Keras' order then.
  lowered.network.flatten(lowered.output);
  lowered.network.prepare();
  return std::move(lowered.network);
}

void Model::set_trainable(const std::string& name, bool trainable) {
  std::vector<Layer>& layers = impl_->graph.layers;
  const auto layer = std::find_if(layers.begin(), layers.end(),
                                  [&](const Layer& one) { return one.name() == name; });
  if (layer == layers.end()) {
    std::string names;
    for (const Layer& one : layers) names += (names.empty() ? "" : ", ") + one.name();
    throw Error(ErrorKind::kUsage,
                "the model has no layer '" + name + "'; its layers are " + names);
  }
  layer->set_trainable(trainable);
  if (!impl_->built) return;
  int index = 0;
  const auto shapes = impl_->graph.shapes(impl_->input_shape);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto inputs = impl_->graph.input_shapes(i, impl_->input_shape, shapes);
    for (const auto& spec : layers[i].definition().weights(inputs.front())) {
      impl_->weights.set_trainable(index++, spec.trainable && layers[i].trainable());
    }
  }
  // Which gradients are needed follows from what is learnt.
  impl_->step.reset();
  impl_->compiled.reset();
  impl_->network.emplace(impl_->lowered(impl_->input_shape));
  if (impl_->options) compile(CompileOptions(*impl_->options));
}

}  // namespace folio
