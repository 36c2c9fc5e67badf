// folio evaluate
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model.h>
#include <folio/trainer/model_file.h>

#include "class_evaluation.h"
#include "commands.h"
#include "dataset_options.h"
#include "model_argument.h"
#include "preprocessing.h"
#include "progress.h"
#include "stream_talk.h"
#include "terminal.h"
#include "text_table.h"

namespace folio::cli {
namespace {

struct EvaluateArguments {
  DatasetOptions dataset;
  std::string model;
  std::string weights;
  std::string directory;
  int threads = 0;
  bool json = false;
};

void print_confusion(const ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  constexpr std::size_t kMostClasses = 20;  // More than this is unreadable; --json has it.
  constexpr std::size_t kMostColumns = 12;
  if (names.size() > kMostClasses) return;
  std::vector<std::vector<std::string>> rows(1, {""});
  for (const std::string& name : names) rows[0].push_back(shortened(name, kMostColumns));
  for (std::size_t label = 0; label < names.size(); ++label) {
    rows.push_back({names[label]});
    for (const std::uint64_t count : confusion.counts()[label]) {
      rows.back().push_back(std::to_string(count));
    }
  }
  std::cout << "confusion (rows: true class, columns: predicted)\n"
            << text_table(rows, output_columns());
}

void evaluate_model(EvaluateArguments& arguments) {
  DatasetOptions& dataset = arguments.dataset;
  dataset.read_files();
  set_threads(arguments.threads);
  require_weights(arguments.model, arguments.weights);
  Model model = open_model_file(arguments.model);
  take_preprocessing(model.metadata(), dataset, true);
  const FlowOptions wanted = dataset.flow_options();
  require_trainable_labels(wanted);
  const bool numbers = has_numbers(wanted.class_mode);
  const bool classes = !numbers && !dataset.has_several_labels();
  const LabelledSamples samples = dataset.list_samples(arguments.directory);
  take_default_rescale(dataset);
  take_image_options(image_shape(model), samples.samples, dataset);

  const bool one_output = !model.input_shape().empty() && element_count(model.output_shape()) == 1;
  if (!model.compiled()) {
    model.compile({.optimizer = "sgd",
                   .loss = numbers                  ? "mean_squared_error"
                           : one_output || !classes ? "binary_crossentropy"
                           : wanted.class_mode == ClassMode::kSparse
                               ? "sparse_categorical_crossentropy"
                               : "categorical_crossentropy",
                   .metrics = {numbers ? "mean_absolute_error" : "accuracy"}});
  }
  // Labels of other kinds are as the line says, whatever the loss.
  if (classes && model.compile_options().loss.sparse()) {
    dataset.flow["class_mode"] = "sparse";
  } else if (classes && one_output) {
    dataset.flow["class_mode"] = "binary";
  }
  const FlowOptions flow = for_measuring(dataset.flow_options());
  BatchStream stream = generator_for(dataset, model.metadata()).flow_from_list(samples, flow);
  print_notices(stream);
  print_found(stream, arguments.json ? Output::kJson : Output::kText);
  take_weights(model, arguments.weights, stream.image_shape());
  model.prepare(stream.image_shape(), classes ? stream.num_classes() : 0,
                static_cast<std::size_t>(flow.batch_size));

  const InterruptWatch watch;
  ProgressLine progress("evaluating", "images");
  const ClassEvaluation evaluation = evaluate_classes(
      model, stream, {.metrics = true, .classes = classes, .go_on = [&](std::uint64_t samples) {
                        progress.update(samples, stream.samples());
                        return true;
                      }});
  print_bad_files(stream);
  const double* loss = find_log(evaluation.metrics, "loss");
  if (arguments.json) {
    Json result = {{"loss", loss == nullptr ? Json(nullptr) : Json(*loss)}};
    for (const auto& [name, value] : evaluation.metrics) result[name] = value;
    if (classes) result["accuracy"] = evaluation.confusion.accuracy();
    result["samples"] = evaluation.samples;
    if (classes) result["confusion"] = evaluation.confusion.counts();
    std::cout << json_text(result) << '\n';
    return;
  }
  if (loss != nullptr) std::cout << "loss: " << format_number(*loss) << '\n';
  if (classes) {
    std::cout << "accuracy: " << format_number(evaluation.confusion.accuracy()) << '\n';
  }
  for (const auto& [name, value] : evaluation.metrics) {
    if (name != "loss" && !(classes && name == "accuracy")) {
      std::cout << name << ": " << format_number(value) << '\n';
    }
  }
  std::cout << "samples: " << evaluation.samples << '\n';
  if (classes) print_confusion(evaluation.confusion, stream.class_names());
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("evaluate", "Measure a model on a directory of images");
  command.footer(
      "Images are read as in training (size, colour, rescaling and class order are stored in the\n"
      "model). For a model without that record they are rescaled by 1/255 and the classes are the\n"
      "folders in sorted order. Labels of a --csv that are numbers (--class-mode raw) or several\n"
      "for each image (--label-separator) have loss and metrics, no confusion.\n"
      "\n"
      "Examples:\n"
      "  folio evaluate runs/mnist_cnn-1/model.h5 photos_test\n"
      "  folio evaluate model.h5 photos --validation-split 0.2 --subset validation --json");
  const auto arguments = std::make_shared<EvaluateArguments>();
  command
      .add_option("model", arguments->model,
                  "A model (.h5, .keras), or an architecture (.json) and --weights")
      ->type_name("MODEL")
      ->required();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command.add_option("--weights", arguments->weights, "Weights for the model")
      ->type_name("FILE.h5");
  command.add_option("--threads", arguments->threads, "0: one per core")->type_name("N");
  command.add_flag("--json", arguments->json,
                   "Print {\"loss\", \"accuracy\", \"samples\", \"confusion\"}");
  arguments->dataset.add_rescale(command);
  arguments->dataset.add_validation_split(command);
  arguments->dataset.add_flow(command);
  command.callback([arguments] { evaluate_model(*arguments); });
}

}  // namespace folio::cli
