/// What `folio train` can be told.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/pipeline/json_options.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/reduce_lr_on_plateau.h>

#include "dataset_options.h"
#include "training_options.h"

namespace folio::cli {

struct TrainArguments {
  DatasetOptions dataset;
  std::string directory;
  std::string validation_directory;
  std::string model;
  std::string weights;
  bool skip_mismatch = false;
  std::string freeze_before;
  std::string output;
  TrainingOptions training;
  FitOptions fit;
  std::vector<std::size_t> validation_freq;
  std::size_t log_every = 0;
  int threads = 0;
  bool json = false;

  std::string checkpoint;
  ModelCheckpointOptions checkpoint_options;
  std::optional<std::size_t> patience;
  EarlyStoppingOptions early_stopping;
  std::string monitor;
  std::optional<std::size_t> reduce_lr_patience;
  ReduceLROnPlateauOptions reduce_lr;
  std::string class_weight;
  std::string on_nan = "error";
  std::string on_save_error = "stop";
  bool tensorboard = false;

  std::string config;
  bool resume = false;
  bool resume_anyway = false;
  std::size_t checkpoint_every = 0;
  Json options = Json::object();  // Those given, on the line or by a configuration.
};

/// Adds them to the command; `arguments` must outlive it.
void add_train_options(CLI::App& command, TrainArguments& arguments);

/// Refuses options that would do nothing, or something else than they say.
///
/// Errors  Error (kUsage) naming the option and what it needs.
void require_effect(const TrainArguments& arguments);

}  // namespace folio::cli
