// folio evaluate
#include <algorithm>
#include <cstdint>
#include <iomanip>
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

#include "commands.h"
#include "dataset_options.h"
#include "model_argument.h"
#include "preprocessing.h"
#include "stream_talk.h"
#include "terminal.h"

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

using Confusion = std::vector<std::vector<std::uint64_t>>;

std::size_t argmax(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

// The true class of sample `row`, whatever the class mode.
std::size_t true_class(const Batch& batch, std::size_t row) {
  return batch.y.shape().size() == 1 ? static_cast<std::size_t>(batch.y[row])
                                     : argmax(batch.y.row(row));
}

void print_confusion(const Confusion& confusion, const std::vector<std::string>& names) {
  constexpr std::size_t kMostClasses = 20;  // More than this is unreadable; --json has it.
  if (names.size() > kMostClasses) return;
  std::size_t width = 5;
  for (const std::string& name : names)
    width = std::max(width, std::min<std::size_t>(12, name.size()));
  const auto cell = [&](const std::string& text) {
    std::cout << ' ' << std::setw(static_cast<int>(width)) << text.substr(0, width);
  };
  std::cout << "confusion (rows: true class, columns: predicted)\n";
  cell("");
  for (const std::string& name : names) cell(name);
  std::cout << '\n';
  for (std::size_t label = 0; label < names.size(); ++label) {
    cell(names[label]);
    for (const std::uint64_t count : confusion[label]) cell(std::to_string(count));
    std::cout << '\n';
  }
}

void evaluate_model(EvaluateArguments& arguments) {
  DatasetOptions& dataset = arguments.dataset;
  dataset.read_files();
  set_threads(arguments.threads);
  Model model = open_model_file(arguments.model);
  take_preprocessing(model.metadata(), dataset, true);
  take_default_rescale(dataset);
  const FlowOptions wanted = dataset.flow_options();
  const SampleList samples = dataset.list_samples(arguments.directory);
  take_image_options(model.input_shape(), samples, dataset);

  if (!model.compiled()) {
    model.compile({.optimizer = "sgd",
                   .loss = wanted.class_mode == ClassMode::kSparse
                               ? "sparse_categorical_crossentropy"
                               : "categorical_crossentropy",
                   .metrics = {"accuracy"}});
  } else if (model.compile_options().loss == "sparse_categorical_crossentropy") {
    dataset.flow["class_mode"] = "sparse";
  }
  const FlowOptions flow = for_measuring(dataset.flow_options());
  BatchStream stream =
      ImageDataGenerator(dataset.generator_options()).flow_from_list(samples, flow);
  print_notices(stream);
  print_found(stream, arguments.json ? Output::kJson : Output::kText);
  model.prepare(stream.image_shape(), stream.num_classes(),
                static_cast<std::size_t>(flow.batch_size));
  if (!arguments.weights.empty()) load_model_weights(model, arguments.weights);

  const std::size_t classes = stream.num_classes();
  Confusion confusion(classes, std::vector<std::uint64_t>(classes));
  std::uint64_t seen = 0;
  std::uint64_t right = 0;
  model.reset_metrics();
  for (const Batch& batch : stream.epoch()) {
    model.test_on_batch(batch);
    const Tensor predictions = model.predict_on_batch(batch.x);
    for (std::size_t row = 0; row < batch.size(); ++row) {
      const std::size_t truth = true_class(batch, row);
      const std::size_t predicted = argmax(predictions.row(row));
      ++confusion[truth][predicted];
      ++seen;
      if (truth == predicted) ++right;
    }
  }
  print_bad_files(stream);

  const Logs metrics = model.metrics();
  const double* loss = find_log(metrics, "loss");
  const double accuracy = seen == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(seen);
  if (arguments.json) {
    const Json result = {{"loss", loss == nullptr ? Json(nullptr) : Json(*loss)},
                         {"accuracy", accuracy},
                         {"samples", seen},
                         {"confusion", confusion}};
    std::cout << json_text(result) << '\n';
    return;
  }
  if (loss != nullptr) std::cout << "loss: " << format_number(*loss) << '\n';
  std::cout << "accuracy: " << format_number(accuracy) << '\n' << "samples: " << seen << '\n';
  print_confusion(confusion, stream.class_names());
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("evaluate", "Measure a model on a directory of images");
  command.footer(
      "Images are read as in training (size, colour, rescaling and class order are stored in the\n"
      "model). For a model without that record they are rescaled by 1/255 and the classes are the\n"
      "folders in sorted order.\n"
      "\n"
      "Examples:\n"
      "  folio evaluate runs/mnist_cnn-1/model.h5 photos_test\n"
      "  folio evaluate model.h5 photos --validation-split 0.2 --subset validation --json");
  const auto arguments = std::make_shared<EvaluateArguments>();
  command
      .add_option("model", arguments->model,
                  "A model (.h5), or an architecture (.json) and --weights")
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
