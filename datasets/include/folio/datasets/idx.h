/// IDX: the file format of MNIST and its like.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// An IDX file of unsigned bytes.
struct IdxArray {
  std::vector<std::size_t> shape;    ///< N x H x W for images, N for labels.
  std::vector<std::uint8_t> values;  ///< Row-major.
};

/// Reads an IDX file of bytes, plain or gzipped.
///
/// Errors  Error (kIo) if it cannot be read; Error (kData) naming the file if it is not such a file
///         or its length is not what its header says.
IdxArray read_idx(const std::string& path);

/// Writes a pair of IDX files as class folders of PNGs, `directory/<label>/<index>.png`, and
/// returns how many. Where there are class names, those are the folders' names instead of the
/// labels. The folder appears with all images or not at all.
///
/// Errors  As read_idx; Error (kData) if images and labels do not belong together or a label has no
///         name; Error (kUsage) if `directory` exists and is not empty.
std::size_t import_idx(const std::string& images, const std::string& labels,
                       const std::string& directory,
                       const std::vector<std::string>& class_names = {});

/// The classes of Fashion-MNIST by label. `T-shirt/top`, which cannot be a folder, is
/// `T-shirt_top`.
const std::vector<std::string>& fashion_mnist_class_names();

}  // namespace folio
