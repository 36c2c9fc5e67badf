// Tells the class of images with a trained model, as an application does it: the model's file says
// how its images are prepared, and what its classes are called.
#include <iostream>
#include <string>

#include <folio/datasets/error.h>
#include <folio/trainer/classifier.h>
#include <opencv2/imgcodecs.hpp>

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::cerr << "usage: classify MODEL.h5 IMAGE...\n";
    return 2;
  }
  folio::Classifier classifier(argv[1]);
  for (int i = 2; i < argc; ++i) {
    const std::string path = argv[i];
    // An image as OpenCV has it, from a file, a camera or a window; classifier.classify(path) reads
    // a file itself, and classifier.predict(paths) many at once.
    const cv::Mat image = cv::imread(path, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    const auto classes = classifier.classify(image);
    std::cout << path << ':';
    for (std::size_t k = 0; k < 3 && k < classes.size(); ++k) {
      std::cout << ' ' << classes[k].class_name << ' ' << classes[k].probability;
    }
    std::cout << '\n';
  }
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
