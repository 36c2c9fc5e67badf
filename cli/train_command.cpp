// folio train
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/json_options.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/backup_and_restore.h>
#include <folio/trainer/csv_logger.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/lambda_callback.h>
#include <folio/trainer/model.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/progress_bar.h>
#include <folio/trainer/reduce_lr_on_plateau.h>
#include <folio/trainer/steps_logger.h>
#include <folio/trainer/tensor_board.h>
#include <folio/trainer/terminate_on_nan.h>

#include "commands.h"
#include "dataset_options.h"
#include "model_argument.h"
#include "preprocessing.h"
#include "run_config.h"
#include "run_directory.h"
#include "run_recorder.h"
#include "run_report.h"
#include "stream_talk.h"
#include "terminal.h"
#include "training_options.h"

namespace folio::cli {
namespace {

struct TrainArguments {
  DatasetOptions dataset;
  std::string directory;
  std::string validation_directory;
  std::string model;
  std::string weights;
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

// CLI11 takes -1 for the largest number there is.
CLI::Validator whole_number() {
  constexpr std::size_t kMostDigits = 9;
  return {[](const std::string& text) {
            const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
            return digits && text.size() <= kMostDigits
                       ? std::string()
                       : "expected a whole number below 1000000000, got " + text;
          },
          ""};
}

void read_configuration(CLI::App& command, TrainArguments& arguments) {
  arguments.resume |= arguments.resume_anyway;
  if (arguments.resume && arguments.output.empty()) {
    throw Error(ErrorKind::kUsage, "--resume: needs --output RUN_DIR, the run to continue");
  }
  // Before the configuration, over which what the line names wins.
  arguments.dataset.read_files();
  const std::string of_run = (std::filesystem::path(arguments.output) / "config.json").string();
  if (!arguments.config.empty()) {
    take_config(command, read_json_object(arguments.config), arguments.dataset);
  } else if (arguments.resume && std::filesystem::exists(of_run)) {
    take_config(command, read_json_object(of_run), arguments.dataset);
  }
  if (arguments.directory.empty()) throw CLI::RequiredError("directory");
  if (arguments.model.empty()) throw CLI::RequiredError("--model");
  arguments.options = given_options(command);
}

ClassWeight class_weight(const std::string& text, const std::vector<std::string>& class_names) {
  if (text.empty()) return {};
  if (text.find('=') == std::string::npos) return text;
  std::map<int, double> factors;
  for (const Json& word : words_argument(text)) {
    const auto entry = word.get<std::string>();
    const std::size_t equals = entry.rfind('=');
    const auto name = std::find(class_names.begin(), class_names.end(), entry.substr(0, equals));
    if (equals == std::string::npos || name == class_names.end()) {
      throw Error(ErrorKind::kUsage, "--class-weight: got '" + entry +
                                         "', expected balanced or CLASS=FACTOR,... with classes of "
                                         "the data");
    }
    factors[static_cast<int>(name - class_names.begin())] =
        number_argument("--class-weight", entry.substr(equals + 1)).get<double>();
  }
  return factors;
}

// What is held back of the directory itself, by --validation-split or --manifest.
struct HeldBack {
  bool split = false;       // The directory's files are not all for training.
  bool validation = false;  // Some of them validate.
};

HeldBack held_back(const TrainArguments& arguments, const SampleList& samples) {
  HeldBack result;
  for (const Sample& sample : samples.samples) {
    result.split |= sample.part.has_value();
    result.validation |= sample.part == SplitPart::kValidation;
  }
  const bool by_share = arguments.dataset.generator_options().validation_split > 0.0;
  if (result.split && by_share) {
    throw Error(ErrorKind::kUsage, "--manifest: splits the files already, no validation_split can");
  }
  result.split |= by_share;
  result.validation |= by_share;
  if (result.validation && !arguments.validation_directory.empty()) {
    throw Error(ErrorKind::kUsage, "--validation-dir: the manifest has a validation part already");
  }
  return result;
}

// `mnist_cnn`, or the stem of a file's name.
std::string run_name(const std::string& model) {
  return is_model_file(model) ? std::filesystem::path(model).stem().string() : model;
}

Json class_indices(const BatchStream& stream) {
  Json indices = Json::object();
  int label = 0;
  for (const std::string& name : stream.class_names()) indices[name] = label++;
  return indices;
}

Json configuration(const TrainArguments& arguments, const BatchStream& train, const Model& model,
                   std::uint32_t seed) {
  FlowOptions flow = train.options();
  flow.seed = seed;
  flow.subset = Subset::kAll;
  return {{"folio_version", FOLIO_VERSION},
          {"options", arguments.options},
          {"directory", arguments.directory},
          {"validation_directory", arguments.validation_directory},
          {"manifest", arguments.dataset.manifest()},
          {"model", arguments.model},
          {"weights", arguments.weights},
          {"augment", Json::parse(to_json(arguments.dataset.generator_options()))},
          {"flow", Json::parse(to_json(flow))},
          {"optimizer", Json::parse(to_json(model.compile_options().optimizer))},
          {"loss", Json::parse(to_json(model.compile_options().loss))},
          {"epochs", arguments.fit.epochs},
          {"steps_per_epoch", arguments.fit.steps_per_epoch},
          {"seed", seed},
          {"threads", threads()}};
}

CallbackList callbacks_for(const TrainArguments& arguments, const RunDirectory& run,
                           bool with_validation) {
  const std::string monitor = !arguments.monitor.empty() ? arguments.monitor
                              : with_validation          ? "val_loss"
                                                         : "loss";
  CallbackList callbacks;
  if (arguments.patience) {
    EarlyStoppingOptions options = arguments.early_stopping;
    options.monitor = monitor;
    options.patience = *arguments.patience;
    callbacks.add(EarlyStopping(options));
  }
  if (arguments.reduce_lr_patience) {
    ReduceLROnPlateauOptions options = arguments.reduce_lr;
    options.monitor = monitor;
    options.patience = *arguments.reduce_lr_patience;
    options.verbose = note;
    callbacks.add(ReduceLROnPlateau(options));
  }
  if (!arguments.checkpoint.empty()) {
    ModelCheckpointOptions options = arguments.checkpoint_options;
    options.monitor = monitor;
    callbacks.add(ModelCheckpoint(run.file(arguments.checkpoint), options));
  }
  callbacks.add(CSVLogger(run.file("history.csv")));
  if (arguments.log_every > 0) {
    callbacks.add(StepsLogger(run.file("steps.csv"), arguments.log_every));
  }
  if (arguments.tensorboard) callbacks.add(TensorBoard(run.file("tensorboard")));
  if (arguments.on_nan == "stop") callbacks.add(TerminateOnNaN(note));
  if (talk() != Talk::kQuiet) callbacks.add(ProgressBar());
  return callbacks;
}

void print_result(const TrainArguments& arguments, const History& history, const RunDirectory& run,
                  std::uint32_t seed) {
  Json result = Json::object();
  for (const auto& [name, values] : history.history) {
    if (!values.empty()) result[name] = values.back();
  }
  if (arguments.json) {
    result["epochs"] = history.epoch.size();
    result["seed"] = seed;
    result["output"] = run.path();
    result["model"] = run.file("model.h5");
    result["history"] = history.history;
    std::cout << json_text(result) << '\n';
    return;
  }
  for (const auto& [name, value] : result.items()) {
    std::cout << name << ": " << format_number(value.get<double>()) << '\n';
  }
  std::cout << "model: " << run.file("model.h5") << '\n';
}

void train(TrainArguments& arguments) {
  DatasetOptions& dataset = arguments.dataset;
  set_threads(arguments.threads);
  if (!arguments.validation_directory.empty() &&
      dataset.generator_options().validation_split > 0.0) {
    throw Error(ErrorKind::kUsage, "--validation-dir: not together with a validation_split");
  }
  arguments.training.check();  // Wrong arguments are found before any data is looked at.
  const std::uint32_t seed = dataset.flow_options().seed.value_or(std::random_device()());
  dataset.flow["seed"] = seed;

  std::optional<Model> from_file;
  if (is_model_file(arguments.model)) from_file = open_model_file(arguments.model);
  arguments.training.settle_labels(from_file ? &*from_file : nullptr, dataset);
  take_default_rescale(dataset);
  const SampleList samples = dataset.list_samples(arguments.directory);
  take_image_options(from_file ? from_file->input_shape() : Shape{}, samples, dataset);

  const ImageDataGenerator generator(dataset.generator_options());
  const HeldBack held = held_back(arguments, samples);
  const bool with_validation = held.validation || !arguments.validation_directory.empty();
  FlowOptions flow = dataset.flow_options();
  FlowOptions validation_flow = for_measuring(flow);
  // A cache file serves one stream.
  if (!flow.cache_file.empty()) validation_flow.cache_file += ".validation";
  validation_flow.save_to_dir.clear();
  std::optional<BatchStream> validation;
  if (held.split) flow.subset = Subset::kTraining;
  if (held.validation) {
    validation_flow.subset = Subset::kValidation;
    validation = generator.flow_from_list(samples, validation_flow);
  } else if (with_validation) {
    validation_flow.classes = samples.class_names;
    validation = generator.flow_from_directory(arguments.validation_directory, validation_flow);
  }
  BatchStream stream = generator.flow_from_list(samples, flow);
  const Output output = arguments.json ? Output::kJson : Output::kText;
  print_notices(stream);
  print_found(stream, output);
  if (validation) print_found(*validation, output);

  Model model = from_file
                    ? std::move(*from_file)
                    : built_in_model(arguments.model, stream.num_classes(), stream.image_shape());
  if (!model.built()) model.set_seed(seed);
  const std::size_t steps =
      arguments.fit.steps_per_epoch > 0 ? arguments.fit.steps_per_epoch : stream.size();
  arguments.training.compile(model, steps * arguments.fit.epochs);
  model.prepare(stream.image_shape(), stream.num_classes(),
                static_cast<std::size_t>(flow.batch_size));
  if (!arguments.weights.empty()) load_model_weights(model, arguments.weights);
  model.set_metadata(preprocessing_record(stream.class_names(), dataset));
  note("seed " + std::to_string(seed) + ", " + describe_preprocessing(dataset));

  const RunDirectory run(arguments.output.empty()
                             ? RunDirectory::next_path(run_name(arguments.model))
                             : arguments.output);
  const InterruptWatch watch;
  const std::size_t epoch_images = arguments.fit.steps_per_epoch == 0
                                       ? stream.samples()
                                       : steps * static_cast<std::size_t>(flow.batch_size);
  const auto recorder = std::make_shared<RunRecorder>(epoch_images);
  const auto write_report = [&](bool interrupted) {
    write_run_report(
        run, model,
        {.configuration = configuration(arguments, stream, model, seed),
         .epochs = recorder->epochs(),
         .interrupted = interrupted,
         .train = &stream,
         .validation = validation ? &*validation : nullptr,
         .validation_root =
             arguments.validation_directory.empty() ? samples.root : arguments.validation_directory,
         .validation_steps = arguments.fit.validation_steps});
  };
  History history;
  bool epoch_done = false;
  try {
    FitOptions fit = arguments.fit;
    fit.validation_data = validation ? &*validation : nullptr;
    fit.interrupted = InterruptWatch::interrupted;
    const std::vector<std::size_t>& freq = arguments.validation_freq;
    if (freq.size() == 1) fit.validation_freq = freq.front();
    if (freq.size() > 1) fit.validation_freq = std::set<std::size_t>(freq.begin(), freq.end());
    fit.class_weight = class_weight(arguments.class_weight, stream.class_names());
    if (arguments.on_nan == "continue") fit.on_nan = OnNan::kContinue;
    if (arguments.on_save_error == "warn") {
      fit.on_save_error = [](const Error& error) {
        note("warning: " + std::string(error.what()) + "; training goes on");
      };
    }
    fit.callbacks = callbacks_for(arguments, run, with_validation);
    fit.callbacks.add(recorder);
    fit.callbacks.add(BackupAndRestore(
        run.path(), {.save_freq = arguments.checkpoint_every,
                     .delete_checkpoint = false,
                     .restore = arguments.resume,
                     .conditions = run_conditions(arguments.options, dataset, samples, model),
                     .ignore_differences = arguments.resume_anyway,
                     .verbose = note}));
    // Not before a run that is to be continued has been found to be this one.
    fit.callbacks.add(LambdaCallback(
        {.on_train_begin =
             [&](TrainingContext& context) {
               if (arguments.resume && !context.resumed)
                 note("there is no checkpoint: training begins");
               write_file(run.file("config.json"),
                          json_text(configuration(arguments, stream, model, seed), 2) + "\n");
               write_file(run.file("class_indices.json"),
                          json_text(class_indices(stream), 2) + "\n");
             },
         .on_epoch_end = [&](TrainingContext&, std::size_t, Logs&) { epoch_done = true; }}));
    history = model.fit(stream, fit);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted) {
      model.save(run.file("model.h5"));
      write_report(true);
      throw Error(ErrorKind::kInterrupted, std::string(error.what()) + "; the model so far is " +
                                               run.file("model.h5") + ", --resume continues");
    }
    if (!epoch_done) run.discard();
    throw;
  }
  print_bad_files(stream);
  if (validation) print_bad_files(*validation);
  model.save(run.file("model.h5"));
  write_report(false);
  print_result(arguments, history, run, seed);
}

}  // namespace

void add_train_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "Train a network on a directory of images");
  command.footer(
      "Pixels are rescaled by 1/255 unless --rescale, the augmentation file or a standardisation\n"
      "says otherwise. Size and colour of the images are taken from the model's input or from the\n"
      "first image unless given. Validation images are never augmented.\n"
      "\n"
      "Writes into the output folder: model.h5, class_indices.json, history.csv, config.json,\n"
      "report.html, with --log-every steps.csv, and checkpoints. The first Ctrl-C ends the run\n"
      "after the current batch and still writes model.h5; the second ends it at once. However a "
      "run\n"
      "ends, the same line with --resume continues it to the bits it would have had.\n"
      "\n"
      "Examples:\n"
      "  folio train photos --validation-split 0.2 --model mnist_cnn --epochs 5\n"
      "  folio train photos --manifest split.csv --model mnist_cnn --epochs 5\n"
      "  folio train photos --validation-dir held_out --model net.json --optimizer adam \\\n"
      "    --rotation-range 15 --horizontal-flip --epochs 50 --patience 5 \\\n"
      "    --checkpoint 'weights-{epoch:02d}-{val_accuracy:.2f}.h5' --monitor val_accuracy");
  const auto arguments = std::make_shared<TrainArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR");

  const std::string training = "Training";
  command
      .add_option("--model", arguments->model,
                  built_in_names() + ", a Keras architecture (.json) or a model to train on (.h5)")
      ->type_name("NAME|FILE")
      ->group(training);
  command
      .add_option("--config", arguments->config,
                  "Options of an earlier run, its config.json; those given here win")
      ->type_name("FILE.json")
      ->group(training);
  command
      .add_option("--class-weight", arguments->class_weight,
                  "balanced, so that rare classes count as much as common ones; or cat=2,dog=1")
      ->type_name("RULE")
      ->group(training);
  command
      .add_option("--on-nan", arguments->on_nan,
                  "When the loss is no number: error (default), stop (end as if done) or continue")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"error", "stop", "continue"}))
      ->group(training);
  command.add_option("--weights", arguments->weights, "Initial weights, by order of layers")
      ->type_name("FILE.h5")
      ->group(training);
  command.add_option("--epochs", arguments->fit.epochs, "0 writes the initial model")
      ->type_name("N")
      ->check(whole_number())
      ->capture_default_str()
      ->group(training);
  arguments->training.add_to(command, training);
  command
      .add_option("--validation-dir", arguments->validation_directory,
                  "Validate on this directory, which has the same class folders")
      ->type_name("DIR")
      ->group(training);
  arguments->dataset.add_validation_split(command);
  command
      .add_option("--steps-per-epoch", arguments->fit.steps_per_epoch,
                  "Batches in an epoch; all by default")
      ->type_name("N")
      ->check(whole_number())
      ->group(training);
  command
      .add_option("--validation-steps", arguments->fit.validation_steps,
                  "Batches of a validation; all by default")
      ->type_name("N")
      ->check(whole_number())
      ->group(training);
  command
      .add_option("--validation-freq", arguments->validation_freq,
                  "Validate every this many epochs, or after those listed, as in 1,5,10")
      ->type_name("N|N,N,...")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->group(training);
  command.add_option("--threads", arguments->threads, "For loading and training; 0: one per core")
      ->type_name("N")
      ->group(training);

  const std::string results = "Results";
  command.add_option("--output", arguments->output, "Folder of the run; runs/MODEL-N by default")
      ->type_name("RUN_DIR")
      ->group(results);
  command
      .add_option("--log-every", arguments->log_every,
                  "Write the loss of every N-th batch to steps.csv")
      ->type_name("N")
      ->check(whole_number())
      ->group(results);
  command.add_flag("--tensorboard", arguments->tensorboard, "Write TensorBoard's event files too")
      ->group(results);
  command
      .add_option("--on-save-error", arguments->on_save_error,
                  "When a checkpoint or log cannot be written: stop (default) or warn")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"stop", "warn"}))
      ->group(results);
  command.add_flag("--json", arguments->json, "Print the result as JSON")->group(results);

  const std::string callbacks = "Checkpoints and early stopping";
  command
      .add_option("--checkpoint", arguments->checkpoint,
                  "Save after every epoch under this name in the run's folder; takes {epoch:02d},\n"
                  "{val_accuracy:.2f} and so on")
      ->type_name("TEMPLATE")
      ->group(callbacks);
  command
      .add_option("--monitor", arguments->monitor,
                  "What tells better from worse: val_loss by default, loss without validation")
      ->type_name("NAME")
      ->group(callbacks);
  command
      .add_flag("--resume", arguments->resume,
                "Continue the run in --output where it stood, to the same bits; options that are\n"
                "not given are taken from its config.json")
      ->group(callbacks);
  command
      .add_flag("--resume-anyway", arguments->resume_anyway,
                "Continue although data or options have changed")
      ->group(callbacks);
  command
      .add_option("--checkpoint-every", arguments->checkpoint_every,
                  "Also keep where the run stands every N batches, not after epochs alone")
      ->type_name("N")
      ->check(whole_number())
      ->group(callbacks);
  command
      .add_option("--reduce-lr-patience", arguments->reduce_lr_patience,
                  "Reduce the learning rate after this many epochs without improvement")
      ->type_name("N")
      ->check(whole_number())
      ->group(callbacks);
  command
      .add_option("--reduce-lr-factor", arguments->reduce_lr.factor, "Its factor; 0.1 by default")
      ->type_name("X")
      ->group(callbacks);
  command.add_flag("--save-best-only", arguments->checkpoint_options.save_best_only)
      ->group(callbacks);
  command.add_flag("--save-weights-only", arguments->checkpoint_options.save_weights_only)
      ->group(callbacks);
  command
      .add_option("--patience", arguments->patience,
                  "Stop after this many epochs without improvement")
      ->type_name("N")
      ->check(whole_number())
      ->group(callbacks);
  command
      .add_option("--min-delta", arguments->early_stopping.min_delta,
                  "Smallest change that is an improvement")
      ->type_name("X")
      ->group(callbacks);
  command
      .add_flag("--restore-best-weights", arguments->early_stopping.restore_best_weights,
                "End with the weights of the best epoch")
      ->group(callbacks);

  arguments->dataset.add_augmentation(command);
  arguments->dataset.add_flow(command);
  command.callback([arguments, &command] {
    read_configuration(command, *arguments);
    train(*arguments);
  });
}

}  // namespace folio::cli
