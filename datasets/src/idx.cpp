#include <folio/datasets/error.h>
#include <folio/datasets/idx.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <opencv2/core/mat.hpp>

#include "png_folder.h"

namespace folio {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 33;

/// zlib's reader, which passes files through that are not compressed.
class Reader {
 public:
  explicit Reader(const std::string& path)
      : path_(path), file_(gzopen(path.c_str(), "rb"), gzclose) {
    if (!file_) throw Error(ErrorKind::kIo, path + ": cannot be opened: " + std::strerror(errno));
  }

  /// The next `count` bytes; fewer are an error.
  void read(std::uint8_t* to, std::size_t count) {
    constexpr std::size_t kPiece = 1 << 24;
    while (count > 0) {
      const auto piece = static_cast<unsigned>(std::min(count, kPiece));
      const int got = gzread(file_.get(), to, piece);
      if (got <= 0) refuse("it is truncated or damaged");
      to += got;
      count -= static_cast<std::size_t>(got);
    }
  }
  [[nodiscard]] bool at_end() {
    std::uint8_t more = 0;
    return gzread(file_.get(), &more, 1) == 0;
  }
  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kData, path_ + " is not a valid IDX file of bytes: " + reason);
  }

 private:
  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

}  // namespace

IdxArray read_idx(const std::string& path) {
  Reader reader(path);
  std::array<std::uint8_t, 4> magic{};
  reader.read(magic.data(), magic.size());
  if (magic[0] != 0 || magic[1] != 0) reader.refuse("it does not begin with two zeros");
  if (magic[2] != 8) reader.refuse("type " + std::to_string(magic[2]) + ", expected 8");
  IdxArray array;
  std::size_t count = 1;
  for (int axis = 0; axis < magic[3]; ++axis) {
    std::array<std::uint8_t, 4> bytes{};
    reader.read(bytes.data(), bytes.size());
    const std::size_t extent = std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 |
                               std::size_t{bytes[2]} << 8 | bytes[3];
    if (extent > 0 && count > kMostValues / extent) reader.refuse("its header claims too much");
    array.shape.push_back(extent);
    count *= extent;
  }
  // Grows as data comes, so that a false header costs no memory.
  constexpr std::size_t kStep = std::size_t{1} << 26;
  while (array.values.size() < count) {
    const std::size_t have = array.values.size();
    array.values.resize(std::min(count, have + kStep));
    reader.read(array.values.data() + have, array.values.size() - have);
  }
  if (!reader.at_end()) reader.refuse("it is longer than its header says");
  return array;
}

std::size_t import_idx(const std::string& images, const std::string& labels,
                       const std::string& directory, const std::vector<std::string>& class_names) {
  IdxArray pixels = read_idx(images);
  const IdxArray classes = read_idx(labels);
  if (pixels.shape.size() != 3 || pixels.shape[1] == 0 || pixels.shape[2] == 0) {
    throw Error(ErrorKind::kData, images + " holds no images: it has " +
                                      std::to_string(pixels.shape.size()) + " axes, expected 3");
  }
  if (classes.shape.size() != 1 || classes.shape[0] != pixels.shape[0]) {
    throw Error(ErrorKind::kData, labels + " does not hold one label for each of the " +
                                      std::to_string(pixels.shape[0]) + " images of " + images);
  }
  internal::PngFolder folder(directory);
  const std::size_t size = pixels.shape[1] * pixels.shape[2];
  for (std::size_t i = 0; i < pixels.shape[0]; ++i) {
    const std::size_t label = classes.values[i];
    if (!class_names.empty() && label >= class_names.size()) {
      throw Error(ErrorKind::kData, labels + " has label " + std::to_string(label) +
                                        ", expected less than " +
                                        std::to_string(class_names.size()));
    }
    folder.write(class_names.empty() ? std::to_string(label) : class_names[label], i,
                 cv::Mat(static_cast<int>(pixels.shape[1]), static_cast<int>(pixels.shape[2]),
                         CV_8UC1, pixels.values.data() + i * size));
  }
  folder.commit();
  return pixels.shape[0];
}

const std::vector<std::string>& fashion_mnist_class_names() {
  static const std::vector<std::string> names{"T-shirt_top", "Trouser",   "Pullover", "Dress",
                                              "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                              "Bag",         "Ankle boot"};
  return names;
}

}  // namespace folio
