// Trains a network on a directory of images, keeps the best model and stops when it no longer gets
// better.
#include <iostream>
#include <string>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/preprocessing.h>
#include <folio/trainer/progress_bar.h>
#include <folio/trainer/sequential.h>

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: train_folder DIR MODEL.h5\n";
    return 2;
  }
  const std::string directory = argv[1];
  const std::string best = argv[2];
  const folio::ImageDataGenerator generator(
      {.shear_range = 0.2, .zoom_range = 0.2, .rescale = 1.0 / 255, .validation_split = 0.2});
  folio::FlowOptions flow{.target_size = {28, 28},
                          .color_mode = folio::ColorMode::kGrayscale,
                          .batch_size = 32,
                          .seed = 1,
                          .subset = folio::Subset::kTraining};
  folio::BatchStream train = generator.flow_from_directory(directory, flow);
  flow.subset = folio::Subset::kValidation;
  flow.augment = false;
  folio::BatchStream validation = generator.flow_from_directory(directory, flow);

  folio::Sequential model({
      folio::Conv2D(16, 3, {.activation = "relu"}),
      folio::MaxPooling2D(),
      folio::Conv2D(32, 3, {.activation = "relu"}),
      folio::MaxPooling2D(),
      folio::Flatten(),
      folio::Dropout(0.2),
      folio::Dense(static_cast<int>(train.num_classes()), {.activation = "softmax"}),
  });
  model.set_seed(1);
  model.compile({.optimizer = folio::Adam({.learning_rate = 0.002}),
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy"}});

  // So that predictions prepare images alike.
  model.set_metadata(to_json(preprocessing_of(generator, flow, train.class_names())));

  const folio::History history = model.fit(
      train, {.epochs = 10,
              .callbacks = {folio::ModelCheckpoint(best, {.save_best_only = true}),
                            folio::EarlyStopping({.patience = 2, .restore_best_weights = true}),
                            folio::ProgressBar()},
              .validation_data = &validation});
  std::cout << "epochs: " << history.epoch.size() << '\n';
  std::cout << "val_accuracy: " << folio::evaluate(model, validation).back().second << '\n';
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
