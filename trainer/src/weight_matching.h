/// Which weights of a file belong to which of a model.
#pragma once
#include <string>
#include <vector>

#include <folio/trainer/model.h>
#include <folio/trainer/model_file.h>

#include "hdf5/model_contents.h"

namespace folio::internal {

/// A weight as a model's architecture asks for it.
struct WantedWeight {
  std::string name;
  Shape shape;
  bool trainable;
};
struct WantedLayer {
  std::string name;
  std::string class_path;  ///< What Keras 3 calls the layer in files: `conv2d_1`, by class.
  std::vector<WantedWeight> weights;
};

/// All layers of a model, from its architecture and input shape alone: no memory is taken, whatever
/// sizes they claim.
std::vector<WantedLayer> wanted_layers(const Model& model);

/// The weights of a file in the order of the model's; null where a model's weight stays as it is.
struct MatchedWeights {
  std::vector<const FloatArray*> values;  ///< Those of `contents`.
  std::vector<std::string> left_out;      ///< Messages on what did not fit and was skipped.
};

/// Errors  Error (kModel) listing every difference with both shapes, unless options skip them.
MatchedWeights match_weights(const std::vector<WantedLayer>& wanted, const ModelContents& contents,
                             const LoadWeightsOptions& options);

}  // namespace folio::internal
