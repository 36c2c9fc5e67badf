#include "png_folder.h"

#include <folio/datasets/error.h>

#include <array>
#include <boost/filesystem/operations.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <utility>
#include <vector>

namespace folio::internal {
namespace fs = boost::filesystem;

PngFolder::PngFolder(std::string directory) : directory_(std::move(directory)) {}

void PngFolder::write(const std::string& class_name, std::size_t index, const cv::Mat& image) {
  const std::string folder = directory_.path() + "/" + class_name;
  if (classes_.insert(class_name).second) {
    boost::system::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      throw Error(ErrorKind::kIo, "cannot create directory " + folder + ": " + error.message());
    }
  }
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%05zu.png", index);
  const std::string path = folder + "/" + name.data();
  // Thousands of small files: no fsync for each, unlike write_file().
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw Error(ErrorKind::kIo, "cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace folio::internal
