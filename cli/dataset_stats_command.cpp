// folio dataset stats
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/split.h>

#include "argument.h"
#include "dataset_commands.h"
#include "run_record.h"
#include "scan_folders.h"
#include "terminal.h"
#include "text_table.h"

namespace folio::cli {
namespace {

struct StatsArguments {
  std::string directory;
  std::optional<std::string> validation_split;
  bool follow_links = false;
  bool json = false;
};

void print_stats(const StatsArguments& arguments) {
  const SampleList list =
      scan_folders(arguments.directory, {.follow_links = arguments.follow_links});
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
  std::vector<std::vector<std::string>> rows = {{"class", "images", "share"}};
  for (std::size_t label = 0; label < counts.size(); ++label) {
    rows.push_back(
        {list.class_names[label], std::to_string(counts[label]),
         percent(static_cast<double>(counts[label]) / static_cast<double>(list.size()))});
  }
  std::cout << text_table(rows, output_columns());
}

}  // namespace

void add_dataset_stats_command(CLI::App& dataset) {
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

}  // namespace folio::cli
