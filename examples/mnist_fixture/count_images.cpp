// The program under test: counts the images of a directory by reading them all.
#include <exception>
#include <iostream>

#include <folio/pipeline/image_data_generator.h>

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  folio::BatchStream stream = folio::ImageDataGenerator().flow_from_directory(
      argv[1], {.target_size = {28, 28}, .color_mode = folio::ColorMode::kGrayscale});
  std::size_t images = 0;
  for (const folio::Batch& batch : stream.epoch()) images += batch.size();
  std::cout << images << " images of " << stream.num_classes() << " classes\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
