// Code of the documentation that is no part of an example; compiled, not run.
#include <folio/datasets/class_folders.h>
#include <folio/datasets/manifest.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/sequential.h>

// docs/datasets.md
void split_and_keep(const folio::ImageDataGenerator& generator, folio::FlowOptions flow) {
  const folio::SampleList photos = folio::assign_parts(
      folio::scan_class_folders("photos"),
      {.validation = 0.2, .strategy = folio::SplitStrategy::kStratified, .seed = 1});
  folio::write_manifest("split.csv", photos);
  flow.subset = folio::Subset::kTraining;
  folio::BatchStream train = generator.flow_from_list(photos, flow);
  flow.subset = folio::Subset::kValidation;
  flow.augment = false;
  folio::BatchStream validation = generator.flow_from_list(photos, flow);
}

// docs/loading.md
void table(const folio::ImageDataGenerator& generator) {
  folio::BatchStream stream = generator.flow_from_csv(
      "labels.csv", {.directory = "photos", .weight_col = "weight"}, {.target_size = {64, 64}});
}

// docs/loading.md
void statistics() {
  folio::ImageDataGenerator generator(
      {.featurewise_std_normalization = true, .rescale = 1.0 / 255});
  generator.fit_from_directory("photos", {.target_size = {64, 64}});
}

// docs/training.md
void fit_with_arguments(folio::Sequential& model, folio::BatchStream& train,
                        folio::BatchStream& validation) {
  model.fit(train, {.epochs = 10,
                    .callbacks = {folio::EarlyStopping({.patience = 3})},
                    .validation_data = &validation,  // or folio::Arrays{.x = ..., .y = ...}
                    .class_weight = "balanced",      // or {{0, 1.0}, {3, 2.5}}
                    .validation_freq = 2});          // or {1, 5, 10}
}

// docs/coming_from_keras.md
void compile_with_arguments(folio::Sequential& model) {
  model.compile({.optimizer = folio::AdamW({.learning_rate = folio::CosineDecay{0.001, 10000},
                                            .clipnorm = 1.0}),
                 .loss = folio::CategoricalCrossentropy{.label_smoothing = 0.1},
                 .metrics = {"accuracy", folio::TopKCategoricalAccuracy{.k = 3}}});
}
