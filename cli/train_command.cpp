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
#include <folio/pipeline/batch_stream.h>
#include <folio/pipeline/json_options.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/backup_and_restore.h>
#include <folio/trainer/csv_logger.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/lambda_callback.h>
#include <folio/trainer/model.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/preprocessing.h>
#include <folio/trainer/progress_bar.h>
#include <folio/trainer/reduce_lr_on_plateau.h>
#include <folio/trainer/steps_logger.h>
#include <folio/trainer/tensor_board.h>
#include <folio/trainer/terminate_on_nan.h>

#include "class_evaluation.h"
#include "commands.h"
#include "dataset_options.h"
#include "model_argument.h"
#include "preprocessing.h"
#include "run_config.h"
#include "run_directory.h"
#include "run_files.h"
#include "run_recorder.h"
#include "run_report.h"
#include "stream_talk.h"
#include "terminal.h"
#include "train_arguments.h"
#include "training_data.h"

namespace folio::cli {
namespace {

/// `; there are runs/mnist_cnn-1, runs/lenet-1`
std::string listed_runs(const std::filesystem::path& parent) {
  std::vector<std::string> runs;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(parent.empty() ? "." : parent, ignored)) {
    if (!std::filesystem::exists(entry.path() / "config.json", ignored)) continue;
    runs.push_back((parent / entry.path().filename()).string());
  }
  std::sort(runs.begin(), runs.end());
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, runs.size()); ++i) {
    text += (i == 0 ? "; there are " : ", ") + runs[i];
  }
  return text + (runs.size() > kMost ? ", ..." : "");
}

void read_configuration(CLI::App& command, TrainArguments& arguments) {
  arguments.resume |= arguments.resume_anyway;
  if (arguments.resume && arguments.output.empty()) {
    throw Error(ErrorKind::kUsage,
                "--resume: needs --output RUN_DIR, the run to continue" + listed_runs("runs"));
  }
  // Before the configuration, over which what the line names wins.
  arguments.dataset.read_files();
  const std::string of_run = (std::filesystem::path(arguments.output) / "config.json").string();
  if (!arguments.config.empty()) {
    take_config(command, read_json_object(arguments.config), arguments.dataset);
  } else if (arguments.resume && std::filesystem::exists(of_run)) {
    take_config(command, read_json_object(of_run), arguments.dataset);
  }
  if (arguments.resume && (arguments.directory.empty() || arguments.model.empty())) {
    throw Error(ErrorKind::kUsage,
                arguments.output + " holds no run to continue, as it has no config.json" +
                    listed_runs(std::filesystem::path(arguments.output).parent_path()) +
                    "; to begin one there, say the directory of images and --model too");
  }
  if (arguments.directory.empty()) throw CLI::RequiredError("directory");
  if (arguments.model.empty()) throw CLI::RequiredError("--model");
  arguments.options = given_options(command);
}

ClassWeight class_weight(const std::string& text, const std::vector<std::string>& class_names) {
  if (text.empty()) return {};
  if (text == "balanced") return text;
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
    const double factor = number_argument("--class-weight", entry.substr(equals + 1)).get<double>();
    if (!factors.emplace(static_cast<int>(name - class_names.begin()), factor).second) {
      throw Error(ErrorKind::kUsage, "--class-weight: names " + *name + " twice");
    }
  }
  return factors;
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
  if (arguments.on_nan == "stop") callbacks.add(TerminateOnNaN(note));
  return callbacks;
}

// Fixes the layers in front of one.
void freeze_before(Model& model, const std::string& name) {
  std::vector<std::string> names;
  for (const Layer& layer : model.layers()) names.push_back(layer.name());
  const auto first = std::find(names.begin(), names.end(), name);
  if (first == names.end()) {
    throw Error(ErrorKind::kUsage, "--freeze-before: the model has no layer '" + name +
                                       "'; folio summary shows those it has");
  }
  for (auto at = names.begin(); at != first; ++at) model.set_trainable(*at, false);
}

void load_weights(Model& model, const TrainArguments& arguments) {
  const std::vector<std::string> left_out =
      load_model_weights(model, arguments.weights, {.skip_mismatch = arguments.skip_mismatch});
  for (const std::string& one : left_out) note("begins anew: " + one);
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

// A built-in model tells one class from the others.
void require_classes(const TrainArguments& arguments) {
  const DatasetOptions& dataset = arguments.dataset;
  if (!has_numbers(dataset.flow_options().class_mode) && !dataset.has_several_labels()) return;
  throw Error(ErrorKind::kUsage,
              "--model " + arguments.model +
                  ": ends in one probability for each class; labels of another kind need a model "
                  "file (.json, .h5) whose last layer fits them");
}

bool same_path(const std::filesystem::path& one, const std::filesystem::path& other) {
  return one.lexically_normal() == other.lexically_normal();
}

// What this run began with has another name, under which its configuration has to find it.
void follow_renamed_model(TrainArguments& arguments, const RunDirectory& run) {
  const auto follow = [&](std::string& path, const char* option) {
    if (!same_path(path, run.file("model.h5"))) return;
    path = run.file(RunDirectory::kEarlierModel);
    arguments.options[option] = path;
  };
  follow(arguments.model, "model");
  follow(arguments.weights, "weights");
}

// A new run must not begin with the file that it replaces.
void require_kept_model(const TrainArguments& arguments, const RunDirectory& run) {
  if (arguments.resume || !std::filesystem::exists(run.file("model.h5"))) return;
  const std::string kept = run.file(RunDirectory::kEarlierModel);
  for (const std::string& path : {arguments.model, arguments.weights}) {
    if (!same_path(path, kept)) continue;
    throw Error(ErrorKind::kUsage, "this run would replace " + kept +
                                       ", with which it begins; choose another --output");
  }
}

void train(TrainArguments& arguments) {
  DatasetOptions& dataset = arguments.dataset;
  set_threads(arguments.threads);
  if (!arguments.validation_directory.empty() &&
      dataset.generator_options().validation_split > 0.0) {
    throw Error(ErrorKind::kUsage, "--validation-dir: not together with a validation_split");
  }
  // Wrong arguments are found before any data is looked at.
  require_known_model(arguments.model);
  require_effect(arguments);
  arguments.training.check();
  if (!arguments.weights.empty()) read_file_start(arguments.weights, 1);
  const std::uint32_t seed = dataset.flow_options().seed.value_or(std::random_device()());
  dataset.flow["seed"] = seed;

  std::optional<Model> from_file;
  if (is_model_file(arguments.model)) from_file = open_model_file(arguments.model);
  if (from_file && !arguments.freeze_before.empty()) {
    freeze_before(*from_file, arguments.freeze_before);
  }
  require_trainable_labels(dataset.flow_options());
  if (!arguments.class_weight.empty() && dataset.has_several_labels()) {
    throw Error(ErrorKind::kUsage, "--class-weight: an image has several labels, not one class");
  }
  if (!from_file) require_classes(arguments);
  arguments.training.settle_labels(from_file ? &*from_file : nullptr, dataset);
  const LabelledSamples labelled = dataset.list_samples(arguments.directory);
  take_default_rescale(dataset);
  const SampleList& samples = labelled.samples;
  take_image_options(from_file ? image_shape(*from_file) : Shape{}, samples, dataset);

  TrainingData data = open_training_data(arguments, labelled);
  BatchStream& stream = data.train;
  std::optional<BatchStream>& validation = data.validation;
  const Output output = arguments.json ? Output::kJson : Output::kText;
  print_notices(stream);
  print_found(stream, output);
  if (validation) print_found(*validation, output);
  if (has_class_labels(stream) && stream.options().class_mode == ClassMode::kBinary &&
      stream.num_classes() > 2) {
    throw Error(ErrorKind::kUsage, "class_mode binary tells two classes apart, " + samples.root +
                                       " has " + std::to_string(stream.num_classes()));
  }
  if (stream.num_classes() == 1) {
    note("there is one class only, " + stream.class_names().front() +
         "; are its folders the classes?");
  }

  Model model = from_file
                    ? std::move(*from_file)
                    : built_in_model(arguments.model, stream.num_classes(), stream.image_shape());
  if (!model.built()) model.set_seed(seed);
  if (!from_file && !arguments.freeze_before.empty()) freeze_before(model, arguments.freeze_before);
  const std::size_t steps =
      arguments.fit.steps_per_epoch > 0 ? arguments.fit.steps_per_epoch : stream.size();
  arguments.training.compile(model, steps * arguments.fit.epochs);
  const auto batch_size = static_cast<std::size_t>(stream.options().batch_size);
  model.prepare(stream.image_shape(), has_class_labels(stream) ? stream.num_classes() : 0,
                batch_size);
  if (!arguments.weights.empty()) load_weights(model, arguments);
  model.set_metadata(
      to_json(preprocessing_of(data.generator, dataset.flow_options(), stream.class_names())));
  note("seed " + std::to_string(seed) + ", " + describe_preprocessing(dataset));

  RunDirectory run = arguments.output.empty() ? RunDirectory::next(run_name(arguments.model))
                                              : RunDirectory(arguments.output);
  const std::string validation_root =
      arguments.validation_directory.empty() ? samples.root : arguments.validation_directory;
  require_kept_model(arguments, run);
  std::vector<RunFile> files;
  add_run_files(files, "training", samples.root, stream);
  if (validation) add_run_files(files, "validation", validation_root, *validation);
  const InterruptWatch watch;
  const std::size_t epoch_images =
      arguments.fit.steps_per_epoch == 0 ? stream.samples() : steps * batch_size;
  const auto recorder = std::make_shared<RunRecorder>(epoch_images);
  const auto write_report = [&](bool interrupted) {
    write_run_report(run, model,
                     {.configuration = configuration(arguments, stream, model, seed),
                      .epochs = recorder->epochs(),
                      .interrupted = interrupted,
                      .classes = !dataset.has_several_labels(),
                      .train = &stream,
                      .validation = validation ? &*validation : nullptr,
                      .validation_root = validation_root,
                      .validation_steps = arguments.fit.validation_steps});
  };
  History history;
  bool epoch_done = false;
  bool recorded = false;
  // Where a file cannot be written, the way on.
  const auto with_hint = [&](const Error& error) {
    std::string text = error.what();
    if (error.kind() == ErrorKind::kIo && std::filesystem::exists(run.file("checkpoint.folio"))) {
      text += "; once it can be, folio train --resume --output " + run.path() +
              " goes on from the last checkpoint";
    }
    return Error(error.kind(), text);
  };
  const auto record = [&] {
    if (std::exchange(recorded, true)) return;
    write_file(run.file("config.json"),
               json_text(configuration(arguments, stream, model, seed), 2) + "\n");
    write_file(run.file("class_indices.json"), json_text(class_indices(stream), 2) + "\n");
    write_run_files(run.file("files.csv"), files);
  };
  const auto save_results = [&](bool interrupted) {
    try {
      model.save(run.file("model.h5"));
      write_report(interrupted);
    } catch (const Error& error) {
      throw with_hint(error);
    }
  };
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
    fit.callbacks = callbacks_for(arguments, run, validation.has_value());
    fit.callbacks.add(recorder);
    fit.callbacks.add(BackupAndRestore(
        run.path(), {.save_freq = arguments.checkpoint_every,
                     .delete_checkpoint = false,
                     .restore = arguments.resume,
                     .conditions = run_conditions(arguments.options, dataset, model),
                     .changed_files = [&] { return changed_files(run.file("files.csv"), files); },
                     .ignore_differences = arguments.resume_anyway,
                     .verbose = note}));
    // Not before a run that is to be continued has been found to be this one.
    fit.callbacks.add(LambdaCallback(
        {.on_train_begin =
             [&](TrainingContext& context) {
               if (!context.resumed) {
                 if (arguments.resume) note("there is no checkpoint: training begins");
                 if (std::filesystem::exists(run.file("model.h5"))) {
                   run.keep_earlier_model();
                   follow_renamed_model(arguments, run);
                   note(run.path() + " holds an earlier run, which this one replaces; its model " +
                        "is kept as " + run.file(RunDirectory::kEarlierModel));
                 }
                 record();
               }
             },
         // A run that is continued and has nothing left to do stays as it is.
         .on_epoch_begin = [&](TrainingContext&, std::size_t) { record(); },
         .on_epoch_end = [&](TrainingContext&, std::size_t, Logs&) { epoch_done = true; }}));
    // Last, as a checkpoint knows callbacks by their places, and these options may differ.
    if (arguments.tensorboard) fit.callbacks.add(TensorBoard(run.file("tensorboard")));
    if (talk() != Talk::kQuiet) fit.callbacks.add(ProgressBar());
    history = model.fit(stream, fit);
    if (!recorded) {
      arguments.fit.epochs = std::max(arguments.fit.epochs, recorder->epochs().size());
      note("nothing is left to train: " + run.path() + " has all of its " +
           std::to_string(arguments.fit.epochs) + " epochs; --epochs N trains up to N in all");
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted) {
      save_results(true);
      throw Error(ErrorKind::kInterrupted, std::string(error.what()) + "; the model so far is " +
                                               run.file("model.h5") + ", --resume continues");
    }
    // A checkpoint within the first epoch is something to go on from.
    if (!epoch_done && !std::filesystem::exists(run.file("checkpoint.folio"))) run.discard();
    throw with_hint(error);
  }
  print_bad_files(stream);
  if (validation) print_bad_files(*validation);
  save_results(false);
  print_result(arguments, history, run, seed);
}

}  // namespace

void add_train_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "Train a network on a directory of images");
  command.footer(
      "Pixels are rescaled by 1/255 unless --rescale, the augmentation file or a standardisation\n"
      "says otherwise. Size and colour of the images are taken from the model's input or from the\n"
      "first image (256x256 where it is larger) unless given. Validation images are not "
      "augmented.\n"
      "\n"
      "Writes into the output folder: model.h5, class_indices.json, files.csv, history.csv,\n"
      "config.json, report.html, with --log-every steps.csv, and checkpoints. The first Ctrl-C\n"
      "ends the run after the current batch and still writes model.h5; the second ends it at\n"
      "once. However a run ends, the same line with --resume continues it to the bits it would\n"
      "have had.\n"
      "\n"
      "Examples:\n"
      "  folio train photos --validation-split 0.2 --model mnist_cnn --epochs 5\n"
      "  folio train photos --manifest split.csv --model mnist_cnn --epochs 5\n"
      "  folio train photos --validation-dir held_out --model net.json --optimizer adam \\\n"
      "    --rotation-range 15 --horizontal-flip --epochs 50 --patience 5 \\\n"
      "    --checkpoint 'weights-{epoch:02d}-{val_accuracy:.2f}.h5' --monitor val_accuracy");
  const auto arguments = std::make_shared<TrainArguments>();
  add_train_options(command, *arguments);
  command.callback([arguments, &command] {
    read_configuration(command, *arguments);
    train(*arguments);
  });
}

}  // namespace folio::cli
