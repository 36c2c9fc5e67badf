// folio dataset split
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/manifest.h>
#include <folio/datasets/message.h>
#include <folio/datasets/split.h>
#include <folio/datasets/split_tree.h>

#include "argument.h"
#include "dataset_commands.h"
#include "progress.h"
#include "scan_folders.h"
#include "terminal.h"
#include "text_table.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct SplitArguments {
  std::string directory;
  std::string output;
  std::optional<double> validation;
  double test = 0.0;
  std::string strategy;
  std::string group_regex;
  std::string group_csv;
  std::string keep;
  std::optional<int> folds;
  std::optional<int> fold;
  std::uint64_t seed = 0;
  bool copy = false;
  bool link = false;
  bool follow_links = false;
  bool overwrite = false;
  bool json = false;
};

constexpr std::array kParts{SplitPart::kTraining, SplitPart::kValidation, SplitPart::kTest};
constexpr const char* kFoldMark = "{fold}";

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::kUsage, message); }

SplitStrategy chosen_strategy(const SplitArguments& arguments, bool named) {
  if (arguments.strategy.empty()) {
    return named ? SplitStrategy::kStratified : SplitStrategy::kKeras;
  }
  const std::vector<std::string> names{"keras", "stratified", "balanced"};
  const auto found = std::find(names.begin(), names.end(), arguments.strategy);
  if (found == names.end()) {
    refuse("--strategy: unknown value \"" + arguments.strategy +
           "\", expected keras, stratified or balanced" + did_you_mean(arguments.strategy, names));
  }
  return static_cast<SplitStrategy>(found - names.begin());
}

void check(const SplitArguments& arguments) {
  const bool manifest = arguments.output.ends_with(".csv");
  if (manifest && (arguments.copy || arguments.link)) {
    refuse("--copy and --link write a folder, but --out " + arguments.output + " is a manifest");
  }
  if (!manifest && arguments.copy == arguments.link) {
    refuse("--out: give a manifest (.csv), or a folder and one of --copy and --link");
  }
  if (!arguments.group_regex.empty() && !arguments.group_csv.empty()) {
    refuse("--group-regex: not together with --group-csv");
  }
  if (!arguments.folds) {
    if (arguments.fold) refuse("--fold: needs --folds");
    return;
  }
  if (arguments.validation || arguments.test != 0.0) {
    refuse("--folds: not together with --validation or --test, the folds give the shares");
  }
  if (!arguments.keep.empty()) refuse("--folds: not together with --keep");
  if (!arguments.strategy.empty() && arguments.strategy != "balanced") {
    refuse("--folds: folds are always balanced, got --strategy " + arguments.strategy);
  }
  const bool all = arguments.output.find(kFoldMark) != std::string::npos;
  if (all == arguments.fold.has_value()) {
    refuse(all ? "--fold: --out has {fold} already, which writes every fold"
               : "--folds: give --fold I, or put {fold} into --out to write every fold");
  }
}

std::vector<std::string> groups_of(const SplitArguments& arguments, const SampleList& samples) {
  if (!arguments.group_regex.empty()) return groups_by_regex(samples, arguments.group_regex);
  if (!arguments.group_csv.empty()) return groups_from_csv(samples, arguments.group_csv);
  return {};
}

void write(const SplitArguments& arguments, const SampleList& samples, const std::string& output) {
  if (!arguments.copy && !arguments.link) {
    write_manifest(output, samples);
    return;
  }
  ProgressLine line(arguments.copy ? "copying" : "linking", "files");
  write_split_tree(samples, output, arguments.copy ? FileTransfer::kCopy : FileTransfer::kLink,
                   [&](std::size_t done, std::size_t total) { line.update(done, total); });
}

Json describe(const SampleList& samples, const std::string& output) {
  Json result = {{"out", output}};
  for (const SplitPart part : kParts) {
    const std::vector<std::size_t> counts = part_counts(samples, part);
    Json classes = Json::object();
    std::size_t total = 0;
    for (std::size_t label = 0; label < counts.size(); ++label) {
      classes[samples.class_names[label]] = counts[label];
      total += counts[label];
    }
    result[to_string(part)] = {{"samples", total}, {"classes", classes}};
  }
  return result;
}

void print_table(const SampleList& samples) {
  constexpr std::size_t kMostClasses = 50;  // More than this is unreadable; --json has it.
  std::array<std::vector<std::size_t>, kParts.size()> counts;
  for (std::size_t p = 0; p < kParts.size(); ++p) counts[p] = part_counts(samples, kParts[p]);
  const bool test = std::any_of(counts[2].begin(), counts[2].end(), [](auto n) { return n > 0; });
  std::vector<std::vector<std::string>> rows;
  const auto row = [&](const std::string& name, const auto& cell) {
    rows.push_back({name});
    for (std::size_t p = 0; p < (test ? 3U : 2U); ++p) rows.back().push_back(cell(p));
  };
  row("class", [](std::size_t p) { return std::string(to_string(kParts[p])); });
  if (samples.class_names.size() <= kMostClasses) {
    for (std::size_t label = 0; label < samples.class_names.size(); ++label) {
      row(samples.class_names[label],
          [&](std::size_t p) { return std::to_string(counts[p][label]); });
    }
  }
  row("all", [&](std::size_t p) {
    std::size_t total = 0;
    for (const std::size_t count : counts[p]) total += count;
    return std::to_string(total);
  });
  std::cout << text_table(rows, output_columns());
}

// A manifest may have been the work of days; a folder is refused in any case if there is one.
void check_free(const SplitArguments& arguments, const std::string& output) {
  std::error_code unknown;
  if (arguments.overwrite || !output.ends_with(".csv") ||
      !std::filesystem::exists(output, unknown)) {
    return;
  }
  refuse("--out: " + output + " exists already; --overwrite replaces it");
}

std::string fold_output(const SplitArguments& arguments, int fold) {
  std::string output = arguments.output;
  const std::size_t mark = output.find(kFoldMark);
  if (arguments.folds && mark != std::string::npos) {
    output.replace(mark, std::string(kFoldMark).size(), std::to_string(fold));
  }
  return output;
}

void split(const SplitArguments& arguments) {
  check(arguments);
  const int first_fold = arguments.fold.value_or(1);
  const int last_fold = arguments.fold.value_or(arguments.folds.value_or(1));
  for (int fold = first_fold; fold <= last_fold; ++fold) {
    check_free(arguments, fold_output(arguments, fold));
  }
  const bool grouped = !arguments.group_regex.empty() || !arguments.group_csv.empty();
  const SplitStrategy strategy = chosen_strategy(arguments, grouped || !arguments.keep.empty());
  SampleList samples = scan_folders(arguments.directory, {.follow_links = arguments.follow_links});
  const std::vector<std::string> groups = groups_of(arguments, samples);
  if (!arguments.keep.empty()) take_parts(samples, arguments.keep);
  const InterruptWatch watch;
  Json results = Json::array();
  const auto finish = [&](const SampleList& done, const std::string& output) {
    for (const std::string& notice : done.notices) note(notice);
    write(arguments, done, output);
    if (arguments.json) {
      results.push_back(describe(done, output));
    } else {
      print_table(done);
      std::cout << "Wrote " << output << '\n';
    }
  };
  if (!arguments.folds) {
    finish(assign_parts(samples, {.validation = arguments.validation.value_or(0.2),
                                  .test = arguments.test,
                                  .strategy = strategy,
                                  .seed = arguments.seed,
                                  .groups = groups}),
           arguments.output);
  } else {
    for (int fold = first_fold; fold <= last_fold; ++fold) {
      finish(
          assign_fold(
              samples,
              {.folds = *arguments.folds, .fold = fold, .seed = arguments.seed, .groups = groups}),
          fold_output(arguments, fold));
    }
  }
  if (arguments.json) {
    std::cout << json_text(results.size() == 1 ? results.front() : results) << '\n';
  }
}

}  // namespace

void add_dataset_split_command(CLI::App& dataset) {
  CLI::App& command = *dataset.add_subcommand(
      "split", "Decide which images train, validate and test, and write it down");
  command.footer(
      "Strategies: keras takes the first files of each class. stratified lets each file's path\n"
      "and the seed decide, so that shares are met on average and adding files moves no other\n"
      "file, but for classes so small that one had to be picked. balanced meets the shares of "
      "each\n"
      "class to one file; adding files may move others. --keep moves none under either.\n"
      "\n"
      "A manifest is a table path,class,subset for folio train DIR --manifest FILE.csv. Folds are\n"
      "numbered from 1; fold I validates and the others train.\n"
      "\n"
      "Examples:\n"
      "  folio dataset split photos --validation 0.2 --strategy stratified --seed 1 --out "
      "split.csv\n"
      "  folio dataset split scans --test 0.1 --validation 0.2 --group-regex '/(patient\\d+)_' \\\n"
      "    --seed 1 --out split.csv\n"
      "  folio dataset split photos --keep split.csv --strategy balanced --out split2.csv\n"
      "  folio dataset split photos --folds 5 --seed 1 --out 'fold-{fold}.csv'\n"
      "  folio dataset split photos --validation 0.2 --out photos_split --link");
  const auto arguments = std::make_shared<SplitArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--out", arguments->output,
                  "A manifest (.csv), or with --copy or --link a new folder of train, validation\n"
                  "and test")
      ->type_name("OUT")
      ->required();
  command.add_option("--validation", arguments->validation, "Share that validates; 0.2 by default")
      ->type_name("SHARE");
  command.add_option("--test", arguments->test, "Share kept for the test; 0 by default")
      ->type_name("SHARE");
  command
      .add_option("--strategy", arguments->strategy,
                  "keras (default), stratified (default with groups or --keep) or\nbalanced")
      ->type_name("NAME");
  command
      .add_option("--group-regex", arguments->group_regex,
                  "Keep together what the expression's capture group finds in the path")
      ->type_name("REGEX");
  command
      .add_option("--group-csv", arguments->group_csv,
                  "Keep together what has the same group in this table of path,group")
      ->type_name("FILE.csv");
  command
      .add_option("--keep", arguments->keep,
                  "Leave the files of this manifest where it has them, place only others")
      ->type_name("FILE.csv");
  command.add_option("--folds", arguments->folds, "Cross-validation with K folds")
      ->type_name("K")
      ->check(whole_number(2, 1000));
  command.add_option("--fold", arguments->fold, "The fold that validates, from 1")
      ->type_name("I")
      ->check(whole_number(1, 1000));
  command.add_option("--seed", arguments->seed, "Decides what goes where, except for keras")
      ->type_name("S")
      ->capture_default_str();
  command.add_flag("--copy", arguments->copy, "Copy the files into the folder");
  command.add_flag("--link", arguments->link, "Link the files into the folder");
  command.add_flag("--follow-links", arguments->follow_links,
                   "Follow links to folders inside a class");
  command.add_flag("--overwrite", arguments->overwrite, "Replace a manifest that exists");
  command.add_flag("--json", arguments->json, "Print the counts as JSON");
  command.callback([arguments] { split(*arguments); });
}

}  // namespace folio::cli
