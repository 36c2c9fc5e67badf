/// ModelContents: what a Keras `.h5` file holds, as plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>

namespace folio::internal {

/// A tensor under its path in the file.
struct StoredTensor {
  std::string name;  ///< `conv2d/kernel:0`
  Tensor value;
};

struct StoredLayer {
  std::string name;
  std::vector<StoredTensor> weights;
};

/// See trainer/model_file.h. Weights-only files have layers alone.
struct ModelContents {
  std::string architecture;  ///< JSON; empty if the file has none.
  std::string training;      ///< JSON; empty if the model was not compiled.
  std::string metadata;      ///< JSON; empty if there is none.
  std::vector<StoredLayer> layers;
  std::optional<std::uint64_t> iterations;
  std::vector<StoredTensor> optimizer;  ///< Slots, in the file's order.
};

/// The bytes of a file in the layout of Keras 2.10: attributes and groups of a saved model, or of
/// saved weights where the architecture is empty. Made in memory, because HDF5 1.10 crashes when a
/// disk fills up under it.
std::vector<std::byte> write_h5(const ModelContents& contents);

/// Reads files of Keras 2 and of Keras 3's legacy format.
///
/// Errors  Error (kIo) if the file cannot be read; Error (kModel) naming the file if it is not
///         HDF5, is damaged, has a checksum that does not match, or claims tensors out of all
///         proportion to its size.
ModelContents read_h5(const std::string& path);
/// The same for a file in memory, which messages do not name.
ModelContents parse_h5(std::span<const std::byte> bytes);

}  // namespace folio::internal
