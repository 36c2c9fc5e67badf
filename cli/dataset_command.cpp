// folio dataset import | synthesize | stats
#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/idx.h>
#include <folio/datasets/split.h>
#include <folio/datasets/synthetic_digits.h>

#include "argument.h"
#include "commands.h"
#include "stream_talk.h"
#include "terminal.h"

namespace folio::cli {
namespace {

struct ImportArguments {
  std::string images;
  std::string labels;
  std::string output;
};

void add_import_command(CLI::App& dataset) {
  CLI::App& command = *dataset.add_subcommand("import", "Write a dataset as class folders of PNGs");
  command.require_subcommand(1);
  CLI::App& mnist =
      *command.add_subcommand("mnist", "MNIST, Fashion-MNIST and their like (IDX files, also .gz)");
  mnist.footer(
      "Example:\n"
      "  folio dataset import mnist train-images-idx3-ubyte.gz "
      "train-labels-idx1-ubyte.gz mnist/train");
  const auto arguments = std::make_shared<ImportArguments>();
  mnist.add_option("images", arguments->images, "The images file")->type_name("IMAGES")->required();
  mnist.add_option("labels", arguments->labels, "The labels file")->type_name("LABELS")->required();
  mnist.add_option("output", arguments->output, "Folder to write; must be new or empty")
      ->type_name("OUT")
      ->required();
  mnist.callback([arguments] {
    const std::size_t written = import_idx(arguments->images, arguments->labels, arguments->output);
    std::cout << "Wrote " << written << " images to " << arguments->output << '\n';
  });
}

struct SynthesizeArguments {
  std::string output;
  std::size_t per_class = 100;
  std::uint32_t seed = 0;
};

void add_synthesize_command(CLI::App& dataset) {
  CLI::App& command =
      *dataset.add_subcommand("synthesize", "Draw a dataset, to try things without a download");
  command.require_subcommand(1);
  CLI::App& digits = *command.add_subcommand("digits", "28x28 grey digits in ten classes");
  digits.footer("Example:\n  folio dataset synthesize digits digits --per-class 200 --seed 1");
  const auto arguments = std::make_shared<SynthesizeArguments>();
  digits.add_option("output", arguments->output, "Folder to write; must be new or empty")
      ->type_name("OUT")
      ->required();
  digits.add_option("--per-class", arguments->per_class, "Images of each class")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  digits.add_option("--seed", arguments->seed, "Decides every pixel")
      ->type_name("S")
      ->capture_default_str();
  digits.callback([arguments] {
    synthesize_digits(arguments->output, arguments->per_class, arguments->seed);
    std::cout << "Wrote " << 10 * arguments->per_class << " images to " << arguments->output
              << '\n';
  });
}

struct StatsArguments {
  std::string directory;
  std::optional<std::string> validation_split;
  bool follow_links = false;
  bool json = false;
};

void print_stats(const StatsArguments& arguments) {
  const SampleList list =
      scan_class_folders(arguments.directory, {.follow_links = arguments.follow_links});
  for (const std::string& notice : list.notices) note(notice);
  const std::vector<std::size_t> counts = list.class_counts();
  std::optional<double> share;
  if (arguments.validation_split) {
    share = number_argument("--validation-split", *arguments.validation_split).get<double>();
  }
  if (arguments.json) {
    Json classes = Json::object();
    for (std::size_t label = 0; label < counts.size(); ++label) {
      classes[list.class_names[label]] = counts[label];
    }
    Json result = {{"samples", list.size()}, {"classes", classes}};
    std::cout << json_text(result) << '\n';
    return;
  }
  const auto print_found = [&](std::size_t samples) {
    std::cout << "Found " << samples << " images belonging to " << counts.size() << " classes.\n";
  };
  if (share) {
    print_found(split_by_class(list, *share, SplitPart::kTraining).size());
    print_found(split_by_class(list, *share, SplitPart::kValidation).size());
  } else {
    print_found(list.size());
  }
  std::size_t width = 5;
  for (const std::string& name : list.class_names) width = std::max(width, name.size());
  std::cout << std::left << std::setw(static_cast<int>(width)) << "class" << std::right
            << std::setw(10) << "images" << std::setw(8) << "share\n";
  for (std::size_t label = 0; label < counts.size(); ++label) {
    std::cout << std::left << std::setw(static_cast<int>(width)) << list.class_names[label]
              << std::right << std::setw(10) << counts[label] << std::setw(6) << std::fixed
              << std::setprecision(1)
              << 100.0 * static_cast<double>(counts[label]) / static_cast<double>(list.size())
              << "%\n";
  }
}

void add_stats_command(CLI::App& dataset) {
  CLI::App& command = *dataset.add_subcommand("stats", "Count the images of each class");
  command.footer("Example:\n  folio dataset stats photos --validation-split 0.2");
  const auto arguments = std::make_shared<StatsArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--validation-split", arguments->validation_split,
                  "Count what would train and what would validate")
      ->type_name("SHARE");
  command.add_flag("--follow-links", arguments->follow_links,
                   "Follow links to folders inside a class");
  command.add_flag("--json", arguments->json, "Print the counts as JSON");
  command.callback([arguments] { print_stats(*arguments); });
}

}  // namespace

void add_dataset_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("dataset", "Make and inspect datasets");
  command.require_subcommand(1);
  add_import_command(command);
  add_synthesize_command(command);
  add_stats_command(command);
}

}  // namespace folio::cli
