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

/// Weights in the order of Model::weights(), in double precision.
using ReferenceWeights = std::vector<std::vector<double>>;

ReferenceWeights reference_weights(const Model& model);

/// The model's outputs for a batch of images. `added_loss` gets what regularizers add to the sum of
/// the images' losses.
std::vector<ReferenceValue> reference_forward(const Model& model, const ReferenceWeights& weights,
                                              std::vector<ReferenceValue> images, bool training,
                                              double* added_loss = nullptr);

/// The images of a batch.
std::vector<ReferenceValue> reference_images(const Batch& batch);

/// Mean categorical crossentropy of a batch with one-hot labels.
double reference_loss(const Model& model, const ReferenceWeights& weights, const Batch& batch);

/// Gradient of reference_loss by central differences.
ReferenceWeights reference_gradient(const Model& model, ReferenceWeights weights,
                                    const Batch& batch);

/// The loss before each step of a training on these batches with SGD (and momentum) or Adam, all in
/// double precision, with Keras' formulas.
std::vector<double> reference_training(const Sequential& model, ReferenceWeights weights,
                                       const std::vector<Batch>& batches,
                                       const Optimizer& optimizer);

/// A batch of `count` random images in [-1, 1] with random one-hot labels.
Batch random_batch(const Shape& image_shape, std::size_t count, std::size_t classes, unsigned seed);

/// Random weights in [-0.5, 0.5], biases included: a bias of zero would put ReLUs on their edge.
void randomize_weights(Model& model, unsigned seed);

/// Checks the gradient of every weight, as one step of SGD with learning rate 1 shows it, against
/// reference_gradient, and the outputs against reference_forward.
void expect_gradients_match(Model model, const Shape& image_shape, std::size_t batch_size,
                            double tolerance = 2e-4);
void expect_gradients_match(std::vector<Layer> layers, const Shape& image_shape,
                            std::size_t batch_size, double tolerance = 2e-4);

/// The same for layers whose random numbers plain loops do not know: against central differences of
/// the model's own loss, with the same numbers each time.
void expect_gradients_match_differences(Model model, const Shape& image_shape,
                                        std::size_t batch_size, double tolerance = 2e-3);

}  // namespace folio::test
