// Trains for one epoch on drawn digits. Argument: a directory that does not exist yet.
#include <iostream>

#include <folio/datasets/error.h>
#include <folio/datasets/synthetic_digits.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/model_file.h>

int main(int, char** argv) try {
  const std::string directory = argv[1];
  folio::synthesize_digits(directory + "/digits", 2, 1);
  const folio::ImageDataGenerator generator({.rescale = 1.0 / 255});
  folio::BatchStream stream = generator.flow_from_directory(
      directory + "/digits",
      {.target_size = {28, 28}, .color_mode = folio::ColorMode::kGrayscale, .seed = 1});
  folio::Model model = folio::model_by_name("lenet", 10);
  model.compile({.loss = "categorical_crossentropy"});
  model.fit(stream, {.epochs = 1});
  model.save(directory + "/model.h5");
  std::cout << folio::load_model(directory + "/model.h5").count_params() << " parameters\n";
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
