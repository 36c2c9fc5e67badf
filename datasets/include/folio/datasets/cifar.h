/// CIFAR-10 and CIFAR-100 in their binary form.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <folio/datasets/progress.h>

namespace [[gnu::visibility("default")]] folio {

/// Which of the two datasets, and which of CIFAR-100's two labels.
enum class CifarKind {
  kCifar10,         ///< Ten classes.
  kCifar100,        ///< A hundred classes.
  kCifar100Coarse,  ///< The twenty groups of the hundred.
};

/// Writes CIFAR as class folders of 32 x 32 PNGs, `directory/train/<class>/<index>.png` and
/// `directory/test/...`, and returns how many. `source` is the archive (`cifar-10-binary.tar.gz`)
/// or the folder that was in it. Progress counts images. The folder appears with all or not at all.
///
/// Errors  Error (kUsage) if `directory` exists and is not empty; Error (kIo, kData) naming the
///         file that is missing, not of the right length, or has a label that is out of range.
/// Source  A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009: records of
///         one label byte (two for CIFAR-100: coarse, fine) and 1024 bytes each of red, green and
///         blue.
std::size_t import_cifar(const std::string& source, CifarKind kind, const std::string& directory,
                         const Progress& progress = {});

}  // namespace folio
