// Loads a batch of drawn digits. Argument: a directory that does not exist yet.
#include <iostream>

#include <folio/datasets/synthetic_digits.h>
#include <folio/pipeline/image_data_generator.h>

int main(int, char** argv) {
  folio::synthesize_digits(argv[1], 2, 1);
  const folio::ImageDataGenerator generator({.rotation_range = 10});
  folio::BatchStream stream = generator.flow_from_directory(
      argv[1], {.target_size = {28, 28}, .color_mode = folio::ColorMode::kGrayscale, .seed = 1});
  std::cout << folio::to_string(stream.next().x.shape()) << '\n';
}
