// Loads a directory of images inside an application and uses them with OpenCV; nothing is trained.
// Links folio::pipeline alone: neither oneDNN nor HDF5.
#include <iostream>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <opencv2/core.hpp>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: load_folder DIR\n";
    return 2;
  }
  const folio::ImageDataGenerator generator({.rotation_range = 10, .rescale = 1.0 / 255});
  folio::BatchStream stream = generator.flow_from_directory(
      argv[1], {.target_size = {28, 28}, .color_mode = folio::ColorMode::kGrayscale, .seed = 1});

  // Your own OpenCV code: here the mean brightness of each class over one epoch.
  std::vector<double> brightness(stream.num_classes());
  std::vector<int> count(stream.num_classes());
  for (const folio::Batch& batch : stream.epoch()) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const cv::Mat image = batch.x.image(i);  // 28 x 28, CV_32FC1; a view, nothing is copied.
      const int label = stream.labels()[batch.indices[i]];
      brightness[label] += cv::mean(image)[0];
      ++count[label];
    }
  }
  for (const auto& [name, label] : stream.class_indices()) {
    std::cout << name << ": " << count[label] << " images, mean brightness "
              << brightness[label] / count[label] << '\n';
  }
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
