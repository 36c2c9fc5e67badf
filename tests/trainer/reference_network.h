/// A model computed by plain loops in double precision, to compare folio's results with.
#pragma once
#include <cstddef>
#include <vector>

#include <folio/trainer/sequential.h>

namespace folio::test {

/// One image's values, H x W x C or a single row.
struct ReferenceValue {
  Shape shape;
  std::vector<double> values;
};

/// Weights in the order of Sequential::weights(), in double precision.
using ReferenceWeights = std::vector<std::vector<double>>;

ReferenceWeights reference_weights(const Sequential& model);

/// The model's output for one image.
ReferenceValue reference_forward(const Sequential& model, const ReferenceWeights& weights,
                                 ReferenceValue image);

/// Mean categorical crossentropy of a batch with one-hot labels.
double reference_loss(const Sequential& model, const ReferenceWeights& weights, const Batch& batch);

/// Gradient of reference_loss by central differences.
ReferenceWeights reference_gradient(const Sequential& model, ReferenceWeights weights,
                                    const Batch& batch);

/// A batch of `count` random images in [-1, 1] with random one-hot labels.
Batch random_batch(const Shape& image_shape, std::size_t count, std::size_t classes, unsigned seed);

/// Random weights in [-0.5, 0.5], biases included: a bias of zero would put ReLUs on their edge.
void randomize_weights(Sequential& model, unsigned seed);

/// Checks the gradient of every weight, as one step of SGD with learning rate 1 shows it, against
/// reference_gradient, and the outputs against reference_forward.
void expect_gradients_match(std::vector<Layer> layers, const Shape& image_shape,
                            std::size_t batch_size, double tolerance = 2e-4);

}  // namespace folio::test
