#include "train_arguments.h"

#include <algorithm>
#include <filesystem>

#include <folio/datasets/error.h>

#include "model_argument.h"
#include "validators.h"

namespace folio::cli {

void add_train_options(CLI::App& command, TrainArguments& arguments) {
  command.add_option("directory", arguments.directory, "Holds one folder of images per class")
      ->type_name("DIR");

  const std::string training = "Training";
  command
      .add_option("--model", arguments.model,
                  "A network by name, a Keras architecture (.json) or a model to train on (.h5)")
      ->type_name(model_type())
      ->group(training);
  command
      .add_option("--config", arguments.config,
                  "Options of an earlier run, its config.json; those given here win")
      ->type_name("FILE.json")
      ->group(training);
  command
      .add_option("--class-weight", arguments.class_weight,
                  "balanced, so that rare classes count as much as common ones; or cat=2,dog=1")
      ->type_name("RULE")
      ->group(training);
  command
      .add_option("--on-nan", arguments.on_nan,
                  "When the loss is no number: error (default), stop (end as if done) or continue")
      ->type_name("error|stop|continue")
      ->check(one_of({"error", "stop", "continue"}))
      ->group(training);
  command.add_option("--weights", arguments.weights, "Initial weights, by order of layers")
      ->type_name("FILE.h5")
      ->group(training);
  command
      .add_flag("--skip-mismatch", arguments.skip_mismatch,
                "Layers that do not fit the file of --weights begin anew, as for other classes")
      ->group(training);
  command
      .add_option("--freeze-before", arguments.freeze_before,
                  "Fine-tuning: the layers in front of this one keep their weights")
      ->type_name("LAYER")
      ->group(training);
  command.add_option("--epochs", arguments.fit.epochs, "0 writes the initial model")
      ->type_name("N")
      ->check(whole_number())
      ->capture_default_str()
      ->group(training);
  arguments.training.add_to(command, training);
  command
      .add_option("--validation-dir", arguments.validation_directory,
                  "Validate on this directory, which has the same class folders")
      ->type_name("DIR")
      ->group(training);
  arguments.dataset.add_validation_split(command);
  command
      .add_option("--steps-per-epoch", arguments.fit.steps_per_epoch,
                  "Batches in an epoch; 0, the default: all")
      ->type_name("N")
      ->check(whole_number())
      ->group(training);
  command
      .add_option("--validation-steps", arguments.fit.validation_steps,
                  "Batches of a validation; 0, the default: all")
      ->type_name("N")
      ->check(whole_number())
      ->group(training);
  command
      .add_option("--validation-freq", arguments.validation_freq,
                  "Validate every this many epochs, or after those listed, as in 1,5,10")
      ->type_name("N|N,N,...")
      ->delimiter(',')
      ->check(whole_number(1))
      ->group(training);
  command.add_option("--threads", arguments.threads, "For loading and training; 0: one per core")
      ->type_name("N")
      ->group(training);

  const std::string results = "Results";
  command.add_option("--output", arguments.output, "Folder of the run; runs/MODEL-N by default")
      ->type_name("RUN_DIR")
      ->group(results);
  command
      .add_option("--log-every", arguments.log_every,
                  "Write the loss of every N-th batch to steps.csv; 0, the default: of none")
      ->type_name("N")
      ->check(whole_number())
      ->group(results);
  command.add_flag("--tensorboard", arguments.tensorboard, "Write TensorBoard's event files too")
      ->group(results);
  command
      .add_option("--on-save-error", arguments.on_save_error,
                  "When a checkpoint or log cannot be written: stop (default) or warn")
      ->type_name("stop|warn")
      ->check(one_of({"stop", "warn"}))
      ->group(results);
  command.add_flag("--json", arguments.json, "Print the result as JSON")->group(results);

  const std::string callbacks = "Checkpoints and early stopping";
  command
      .add_option("--checkpoint", arguments.checkpoint,
                  "Save after every epoch under this name in the run's folder; takes {epoch:02d},\n"
                  "{val_accuracy:.2f} and so on")
      ->type_name("TEMPLATE")
      ->group(callbacks);
  command
      .add_option("--monitor", arguments.monitor,
                  "What tells better from worse: val_loss by default, loss without validation")
      ->type_name("NAME")
      ->group(callbacks);
  command
      .add_flag("--resume", arguments.resume,
                "Continue the run in --output where it stood, to the same bits; options that are\n"
                "not given are taken from its config.json")
      ->group(callbacks);
  command
      .add_flag("--resume-anyway", arguments.resume_anyway,
                "Continue although data or options have changed")
      ->group(callbacks);
  command
      .add_option("--checkpoint-every", arguments.checkpoint_every,
                  "Also keep where the run stands every N batches, not after epochs alone")
      ->type_name("N")
      ->check(whole_number())
      ->group(callbacks);
  command
      .add_option("--reduce-lr-patience", arguments.reduce_lr_patience,
                  "Reduce the learning rate after this many epochs without improvement")
      ->type_name("N")
      ->check(whole_number())
      ->group(callbacks);
  command
      .add_option("--reduce-lr-factor", arguments.reduce_lr.factor, "Its factor; 0.1 by default")
      ->type_name("X")
      ->group(callbacks);
  command
      .add_flag("--save-best-only", arguments.checkpoint_options.save_best_only,
                "Only where what is monitored has improved")
      ->group(callbacks);
  command
      .add_flag("--save-weights-only", arguments.checkpoint_options.save_weights_only,
                "Weights without architecture and optimizer")
      ->group(callbacks);
  command
      .add_option("--patience", arguments.patience,
                  "Stop after this many epochs without improvement")
      ->type_name("N")
      ->check(whole_number())
      ->group(callbacks);
  command
      .add_option("--min-delta", arguments.early_stopping.min_delta,
                  "Smallest change that is an improvement")
      ->type_name("X")
      ->group(callbacks);
  command
      .add_flag("--restore-best-weights", arguments.early_stopping.restore_best_weights,
                "End with the weights of the best epoch")
      ->group(callbacks);

  arguments.dataset.add_augmentation(command);
  arguments.dataset.add_flow(command);
}

void require_effect(const TrainArguments& arguments) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::kUsage, what); };
  const std::filesystem::path checkpoint = arguments.checkpoint;
  if (checkpoint.is_absolute() ||
      std::find(checkpoint.begin(), checkpoint.end(), "..") != checkpoint.end()) {
    refuse("--checkpoint: expected a name in the run's folder, got " + arguments.checkpoint);
  }
  const ModelCheckpointOptions& options = arguments.checkpoint_options;
  if (arguments.checkpoint.empty() && (options.save_best_only || options.save_weights_only)) {
    refuse(std::string(options.save_best_only ? "--save-best-only" : "--save-weights-only") +
           ": needs --checkpoint TEMPLATE, which says what to save");
  }
  if (arguments.early_stopping.restore_best_weights && !arguments.patience) {
    refuse("--restore-best-weights: needs --patience N, as it is a part of early stopping");
  }
  const auto given = [&](const char* option) { return arguments.options.contains(option); };
  if (given("min_delta") && !arguments.patience) {
    refuse("--min-delta: needs --patience N, as it is a part of early stopping");
  }
  if (given("reduce_lr_factor") && !arguments.reduce_lr_patience) {
    refuse("--reduce-lr-factor: needs --reduce-lr-patience N, which says when");
  }
  if (arguments.fit.validation_steps > 0 && arguments.validation_directory.empty() &&
      arguments.dataset.manifest().empty() &&
      arguments.dataset.generator_options().validation_split == 0.0) {
    refuse("--validation-steps: needs validation data, as of --validation-split");
  }
  if (arguments.skip_mismatch && arguments.weights.empty()) {
    refuse("--skip-mismatch: needs --weights FILE.h5, whose layers may differ");
  }
}

}  // namespace folio::cli
