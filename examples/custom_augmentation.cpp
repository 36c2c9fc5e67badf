// Adds an augmentation of your own, any OpenCV code, to those that folio has, and writes what comes
// out as a picture.
#include <iostream>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace {

/// Blurs an image slightly, as a lens that is a little out of focus does. It runs on several
/// threads at once, and a random generator shared between them would make batches depend on their
/// number.
void blur(cv::Mat& image) { cv::GaussianBlur(image, image, {3, 3}, 0.8); }

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: custom_augmentation DIR OUT.png\n";
    return 2;
  }
  const folio::ImageDataGenerator generator({.rotation_range = 10, .preprocessing_function = blur});
  folio::BatchStream stream =
      generator.flow_from_directory(argv[1], {.target_size = {28, 28}, .batch_size = 8, .seed = 1});

  const folio::Batch& batch = stream.next();
  cv::Mat sheet;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const cv::Mat image = batch.x.image(i);  // RGB, 0 to 255.
    if (sheet.empty()) {
      sheet = image.clone();
    } else {
      cv::hconcat(sheet, image, sheet);
    }
  }
  cv::cvtColor(sheet, sheet, cv::COLOR_RGB2BGR);
  if (!cv::imwrite(argv[2], sheet)) return 1;
  std::cout << "drew " << batch.size() << " images into " << argv[2] << '\n';
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
