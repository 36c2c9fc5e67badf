// Trains a network of LibTorch on a directory of images with folio's streams, fit and callbacks.
#include <iostream>
#include <memory>
#include <string>

#include <folio/datasets/error.h>
#include <folio/libtorch/torch_trainer.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/progress_bar.h>

namespace nn = torch::nn;

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: libtorch_trainer DIR NETWORK.pt\n";
    return 2;
  }
  const folio::ImageDataGenerator generator(
      {.shear_range = 0.2, .zoom_range = 0.2, .rescale = 1.0 / 255, .validation_split = 0.2});
  folio::FlowOptions flow{.target_size = {28, 28},
                          .color_mode = folio::ColorMode::kGrayscale,
                          .batch_size = 32,
                          .seed = 1,
                          .subset = folio::Subset::kTraining};
  folio::BatchStream train = generator.flow_from_directory(argv[1], flow);
  flow.subset = folio::Subset::kValidation;
  flow.augment = false;
  folio::BatchStream validation = generator.flow_from_directory(argv[1], flow);

  torch::manual_seed(1);
  const auto classes = static_cast<std::int64_t>(train.num_classes());
  nn::Sequential network(nn::Conv2d(1, 16, 3), nn::ReLU(), nn::MaxPool2d(2),  //
                         nn::Conv2d(16, 32, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                         nn::Dropout(0.2), nn::Linear(32 * 5 * 5, classes));
  folio::TorchTrainer trainer(network,
                              std::make_unique<torch::optim::Adam>(network->parameters(), 0.002),
                              {.metrics = {{"accuracy", folio::torch_accuracy}}, .seed = 1});

  folio::fit(trainer, train,
             {.epochs = 10,
              .callbacks = {folio::ModelCheckpoint(argv[2], {.save_best_only = true}),
                            folio::EarlyStopping({.patience = 2, .restore_best_weights = true}),
                            folio::ProgressBar()},
              .validation_data = &validation});
  std::cout << "val_accuracy: " << folio::evaluate(trainer, validation).back().second << '\n';
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
