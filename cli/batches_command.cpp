// folio batches
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/npy.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>

#include "argument.h"
#include "commands.h"
#include "dataset_options.h"
#include "preprocessing.h"
#include "stream_talk.h"
#include "terminal.h"
#include "transform_parameters.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct BatchesArguments {
  DatasetOptions dataset;
  std::string directory;
  std::string output;
  std::size_t batches = 1;
  int threads = 0;
};

Json describe(const Batch& batch) {
  Json parameters = Json::array();
  for (const TransformParameters& drawn : batch.parameters) {
    parameters.push_back(parameters_json(drawn));
  }
  return {{"indices", batch.indices}, {"files", batch.files}, {"parameters", parameters}};
}

void write_batches(BatchesArguments& arguments) {
  arguments.dataset.read_files();
  set_threads(arguments.threads);
  const LabelledSamples samples = arguments.dataset.list_samples(arguments.directory);
  BatchStream stream = fitted_generator(arguments.dataset, samples.samples)
                           .flow_from_list(samples, arguments.dataset.flow_options());
  print_notices(stream);
  print_found(stream, Output::kText);

  const InterruptWatch watch;
  const std::filesystem::path output = arguments.output;
  Json batches = Json::array();
  for (std::size_t number = 0; number < arguments.batches; ++number) {
    if (InterruptWatch::interrupted()) break;
    const Batch& batch = stream.next();
    const std::string stem = (output / std::to_string(number)).string();
    write_npy(stem + "_x.npy", batch.x);
    if (!batch.y.empty()) write_npy(stem + "_y.npy", batch.y);
    if (!batch.sample_weight.empty()) {
      write_npy(stem + "_sample_weight.npy", batch.sample_weight);
    }
    batches.push_back(describe(batch));
  }
  const std::string index = (output / "index.json").string();
  const Json content = {{"seed", stream.seed()}, {"batches", batches}};
  write_file(index, json_text(content) + "\n");
  print_bad_files(stream);
  if (batches.size() < arguments.batches) {
    throw Error(ErrorKind::kInterrupted, "interrupted; " + index + " tells the " +
                                             std::to_string(batches.size()) +
                                             " batches that were written");
  }
  std::cout << index << '\n';
}

}  // namespace

void add_batches_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand(
      "batches", "Write the batches of a directory, as training would see them");
  command.footer(
      "Writes K_x.npy and K_y.npy (float32) for each batch K = 0, 1, ..., K_sample_weight.npy\n"
      "where images have weights, and at the end index.json with the seed and each batch's\n"
      "indices, files and drawn parameters. Options that are not given have Keras' defaults\n"
      "(256x256, rgb, no rescaling).\n"
      "\n"
      "Example:\n"
      "  folio batches photos --target-size 64x64 --zoom-range 0.2 --seed 7 --batches 3 --out b");
  const auto arguments = std::make_shared<BatchesArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--out", arguments->output,
                  "Folder to write to; files of the same names there are replaced")
      ->type_name("OUT")
      ->required();
  command.add_option("--batches", arguments->batches, "How many, from the first")
      ->type_name("N")
      ->check(whole_number())
      ->capture_default_str();
  command.add_option("--threads", arguments->threads, "0: one per core")
      ->type_name("N")
      ->check(whole_number(0, kMostThreads));
  arguments->dataset.add_augmentation(command);
  arguments->dataset.add_validation_split(command);
  arguments->dataset.add_flow(command);
  command.callback([arguments] { write_batches(*arguments); });
}

}  // namespace folio::cli
