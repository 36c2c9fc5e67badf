/// ModelContents: what a Keras `.h5` file holds, as plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>

#include "float_array.h"

namespace folio::internal {

/// A tensor under its path in the file.
struct StoredTensor {
  std::string name;  ///< `conv2d/kernel:0`
  FloatArray value;
};

struct StoredLayer {
  std::string name;
  std::string class_path{};  ///< `conv2d_1`, by class: what Keras 3's weights are stored under.
  std::vector<StoredTensor> weights{};
};

/// See trainer/model_file.h. Weights-only files have layers alone.
struct ModelContents {
  /// Of the file that was read, in which values of layers and optimizer may lie.
  std::shared_ptr<const std::vector<std::byte>> bytes;
  /// Layers are known by their class_path: Keras 3's weights, alone or in a `.keras` archive.
  bool by_class = false;
  std::string keras_version = "2.10.0";  ///< That wrote the file; empty if it does not say.
  std::string architecture;              ///< JSON; empty if the file has none.
  std::string training;                  ///< JSON; empty if the model was not compiled.
  std::string metadata;                  ///< JSON; empty if there is none.
  std::vector<StoredLayer> layers;
  std::optional<std::uint64_t> iterations;
  std::optional<double> learning_rate;  ///< Of a schedule Keras 3 stores none.
  std::vector<StoredTensor> optimizer;  ///< Slots, in the file's order.
  bool slots_by_weight = false;         ///< Their order is that of Keras 2.11 and later.
};

/// The bytes of a file in the layout of Keras 2.10: attributes and groups of a saved model, or of
/// saved weights where the architecture is empty. Made in memory, because HDF5 1.10 crashes when a
/// disk fills up under it.
std::vector<std::byte> write_h5(const ModelContents& contents);

/// The same in the layout of Keras 3's `.weights.h5`, with the optimizer's slots by weight.
std::vector<std::byte> write_weights_h5(const ModelContents& contents);

/// Reads files of Keras 2 and Keras 3: the legacy format, and `.weights.h5`.
///
/// Errors  Error (kModel) if it is not HDF5, is damaged, has a checksum that does not match, or
///         claims tensors out of all proportion to its size. Messages do not name the file.
ModelContents parse_h5(std::vector<std::byte> bytes);

}  // namespace folio::internal
