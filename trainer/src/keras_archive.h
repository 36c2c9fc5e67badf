/// KerasArchive: the parts of a `.keras` file, which is a ZIP archive.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace folio::internal {

struct KerasArchive {
  std::string metadata;            ///< `metadata.json`: version and date.
  std::string config;              ///< `config.json`: architecture and compilation.
  std::vector<std::byte> weights;  ///< `model.weights.h5`.
};

bool is_zip(std::span<const std::byte> bytes);

/// Reads the three parts; whatever else an archive holds is passed over, and nothing is written to
/// the disk.
///
/// Errors  Error (kModel): damaged, encrypted, a part that is missing, doubled or no plain file,
/// and
///         parts or numbers of entries out of all proportion to the archive.
KerasArchive parse_keras_archive(std::span<const std::byte> bytes);

/// The bytes of an archive, with its parts stored and not compressed, as Keras stores them.
std::vector<std::byte> write_keras_archive(const KerasArchive& archive);

}  // namespace folio::internal
