// folio dataset check
#include <algorithm>
#include <array>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/manifest.h>
#include <folio/datasets/message.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/dataset_check.h>
#include <folio/pipeline/threads.h>

#include "argument.h"
#include "dataset_commands.h"
#include "progress.h"
#include "scan_folders.h"
#include "terminal.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct CheckArguments {
  std::string directory;
  std::string validation_directory;
  std::string manifest;
  double validation_split = 0.0;
  std::optional<int> near_duplicates;
  double max_imbalance = 10.0;
  std::vector<std::string> ignore;
  std::size_t list = 10;
  int threads = 0;
  bool follow_links = false;
  bool json = false;
};

// One kind of finding: its name for --ignore and JSON, and its lines.
struct Finding {
  std::string name;
  std::string headline;  // What it means for a person.
  std::vector<std::string> lines;
};

constexpr std::array kDuplicateKinds{DuplicateKind::kAcrossSets, DuplicateKind::kAcrossClasses,
                                     DuplicateKind::kWithinClass};

const char* name_of(DuplicateKind kind) {
  switch (kind) {
    case DuplicateKind::kAcrossSets:
      return "across-subsets";
    case DuplicateKind::kAcrossClasses:
      return "across-classes";
    case DuplicateKind::kWithinClass:
      break;
  }
  return "within-class";
}

const char* meaning_of(DuplicateKind kind) {
  switch (kind) {
    case DuplicateKind::kAcrossSets:
      return "in more than one subset, so that validation is no proof";
    case DuplicateKind::kAcrossClasses:
      return "in more than one class, so that one label is wrong";
    case DuplicateKind::kWithinClass:
      break;
  }
  return "more than once in a class";
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

void add_duplicates(std::vector<Finding>& findings, const std::vector<DuplicateGroup>& groups,
                    const std::string& name, const std::string& what) {
  for (const DuplicateKind kind : kDuplicateKinds) {
    Finding finding{name + "-" + name_of(kind), what + " " + meaning_of(kind), {}};
    for (const DuplicateGroup& group : groups) {
      if (group.kind == kind) finding.lines.push_back(joined(group.paths, " = "));
    }
    findings.push_back(std::move(finding));
  }
}

// Why an image is left out; empty for what is none.
std::string skipped_line(const ReportedSkip& file) {
  if (file.reason == SkippedFile::Reason::kInNoClass) return file.path + " is in no class folder";
  return file.format.empty() ? "" : file.path + " is " + file.format + ", its name's ending is not";
}

// Every kind of finding, in order of weight; most have no lines.
std::vector<Finding> findings_of(const DatasetReport& report, const CheckArguments& arguments) {
  std::vector<Finding> findings;
  findings.push_back(
      {"missing", "files that the manifest names and that are not there", report.missing});
  Finding unreadable{"unreadable", "files that cannot be used", {}};
  for (const BadFile& bad : report.bad_files) {
    unreadable.lines.push_back(bad.path + ": " + bad.reason);
  }
  findings.push_back(std::move(unreadable));
  findings.push_back({"empty-class", "class folders without images", report.empty_classes()});
  add_duplicates(findings, report.duplicates, "duplicates", "sets of equal files");
  add_duplicates(findings, report.near_duplicates, "near-duplicates", "sets of similar images");
  Finding mislabelled{"mislabelled", "files whose name says another format", {}};
  for (const MislabelledFile& file : report.mislabelled) {
    mislabelled.lines.push_back(file.path + " is " + file.format);
  }
  findings.push_back(std::move(mislabelled));
  Finding skipped{"skipped-images", "images that are left out", {}};
  for (const ReportedSkip& file : report.skipped) {
    const std::string line = skipped_line(file);
    if (!line.empty()) skipped.lines.push_back(line);
  }
  findings.push_back(std::move(skipped));
  Finding imbalance{"imbalance", "classes of very different size", {}};
  if (report.imbalance() > arguments.max_imbalance) {
    imbalance.lines.push_back("the largest class has " + format_number(report.imbalance()) +
                              " times as many images as the smallest");
  }
  findings.push_back(std::move(imbalance));
  return findings;
}

void check_ignored(const CheckArguments& arguments) {
  std::vector<std::string> names;
  for (const Finding& finding : findings_of({}, arguments)) names.push_back(finding.name);
  for (const std::string& name : arguments.ignore) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw Error(ErrorKind::kUsage, "--ignore: unknown finding \"" + name + "\", expected one of " +
                                       joined(names, ", ") + did_you_mean(name, names));
  }
}

std::vector<CheckedSet> sets_of(const CheckArguments& arguments) {
  const ClassFolderOptions options{.follow_links = arguments.follow_links, .allow_empty = true};
  std::vector<CheckedSet> sets;
  if (!arguments.manifest.empty()) {
    const SampleList all = read_manifest(arguments.manifest, arguments.directory);
    for (const SplitPart part : {SplitPart::kTraining, SplitPart::kValidation, SplitPart::kTest}) {
      SampleList samples = take_part(all, part);
      if (!samples.samples.empty()) sets.push_back({to_string(part), std::move(samples)});
    }
    if (sets.empty()) sets.push_back({"all", all});
  } else if (!arguments.validation_directory.empty()) {
    sets.push_back({"training", scan_folders(arguments.directory, options)});
    sets.push_back({"validation", scan_folders(arguments.validation_directory, options)});
  } else {
    SampleList all = scan_folders(arguments.directory, options);
    if (arguments.validation_split == 0.0) {
      sets.push_back({"all", std::move(all)});
    } else {
      for (const SplitPart part : {SplitPart::kTraining, SplitPart::kValidation}) {
        sets.push_back({to_string(part), split_by_class(all, arguments.validation_split, part)});
      }
      sets.back().samples.notices.clear();  // They are those of the whole directory.
    }
  }
  if (arguments.manifest.empty()) {
    sets.front().skipped = skipped_files(arguments.directory, options);
    if (!arguments.validation_directory.empty()) {
      sets.back().skipped = skipped_files(arguments.validation_directory, options);
    }
  }
  return sets;
}

// Least, median and largest of a counted quantity.
std::array<int, 3> spread(const ImageStatistics& images, bool height) {
  std::map<int, std::size_t> counts;
  std::size_t total = 0;
  for (const auto& [size, count] : images.sizes) {
    counts[height ? size.first : size.second] += count;
    total += count;
  }
  std::array<int, 3> result{};
  if (counts.empty()) return result;
  std::size_t seen = 0;
  for (const auto& [value, count] : counts) {
    if (seen <= total / 2) result[1] = value;
    seen += count;
  }
  result[0] = counts.begin()->first;
  result[2] = counts.rbegin()->first;
  return result;
}

Json numbers(const std::array<double, 3>& values) {
  return Json::array({values[0], values[1], values[2]});
}

Json describe(const DatasetReport& report, const std::vector<Finding>& findings,
              const std::set<std::string>& wrong) {
  Json sets = Json::array();
  for (const DatasetReport::Set& set : report.sets) {
    Json classes = Json::object();
    for (std::size_t label = 0; label < set.class_names.size(); ++label) {
      classes[set.class_names[label]] = set.class_counts[label];
    }
    sets.push_back({{"name", set.name}, {"classes", classes}, {"notices", set.notices}});
  }
  const auto groups = [](const std::vector<DuplicateGroup>& duplicates) {
    Json list = Json::array();
    for (const DuplicateGroup& group : duplicates) {
      list.push_back({{"kind", name_of(group.kind)}, {"files", group.paths}});
    }
    return list;
  };
  Json bad = Json::array();
  for (const BadFile& file : report.bad_files) {
    bad.push_back({{"file", file.path}, {"reason", file.reason}});
  }
  Json mislabelled = Json::array();
  for (const MislabelledFile& file : report.mislabelled) {
    mislabelled.push_back({{"file", file.path}, {"format", file.format}});
  }
  Json skipped = Json::array();
  for (const ReportedSkip& file : report.skipped) {
    skipped.push_back({{"file", file.path},
                       {"in_class", file.reason != SkippedFile::Reason::kInNoClass},
                       {"format", file.format.empty() ? Json(nullptr) : Json(file.format)}});
  }
  Json sizes = Json::array();
  for (const auto& [size, count] : report.images.sizes) {
    sizes.push_back({{"height", size.first}, {"width", size.second}, {"images", count}});
  }
  Json counts = Json::object();
  for (const Finding& finding : findings) counts[finding.name] = finding.lines.size();
  return {{"ok", wrong.empty()},
          {"wrong", wrong},
          {"findings", counts},
          {"files", report.files},
          {"sets", sets},
          {"missing", report.missing},
          {"unreadable", bad},
          {"empty_classes", report.empty_classes()},
          {"duplicates", groups(report.duplicates)},
          {"near_duplicates", groups(report.near_duplicates)},
          {"mislabelled", mislabelled},
          {"skipped", skipped},
          {"imbalance", report.imbalance()},
          {"formats", report.images.formats},
          {"modes", report.images.modes},
          {"sizes", sizes},
          {"mean", numbers(report.images.mean)},
          {"standard_deviation", numbers(report.images.standard_deviation)}};
}

std::string counted(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::string> words;
  for (const auto& [name, count] : counts) words.push_back(name + " " + std::to_string(count));
  return joined(words, ", ");
}

void print_contents(const DatasetReport& report) {
  for (const DatasetReport::Set& set : report.sets) {
    std::size_t total = 0;
    std::size_t least = ~std::size_t{0};
    std::size_t most = 0;
    for (const std::size_t count : set.class_counts) {
      total += count;
      least = std::min(least, count);
      most = std::max(most, count);
    }
    std::cout << set.name << ": " << total << " images in " << set.class_counts.size()
              << " classes of " << least << " to " << most << '\n';
    for (const std::string& notice : set.notices) {
      std::cout << "  note: " << one_line(notice) << '\n';
    }
  }
  const ImageStatistics& images = report.images;
  if (images.sizes.empty()) return;
  std::cout << "formats: " << counted(images.formats) << '\n';
  std::cout << "modes: " << counted(images.modes) << '\n';
  if (images.sizes.size() == 1) {
    const auto& [height, width] = images.sizes.begin()->first;
    std::cout << "sizes: all " << height << "x" << width << '\n';
  } else {
    const std::array<int, 3> heights = spread(images, true);
    const std::array<int, 3> widths = spread(images, false);
    std::cout << "sizes: " << images.sizes.size() << " different; height " << heights[0] << " to "
              << heights[2] << ", median " << heights[1] << "; width " << widths[0] << " to "
              << widths[2] << ", median " << widths[1] << '\n';
  }
  const auto triple = [](const std::array<double, 3>& values) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(4);
    for (std::size_t c = 0; c < 3; ++c) text << (c > 0 ? " " : "") << values[c] / 255.0;
    return text.str();
  };
  std::cout << "mean of red, green, blue in [0, 1]: " << triple(images.mean)
            << "\nstandard deviation: " << triple(images.standard_deviation) << '\n';
}

void print_findings(const std::vector<Finding>& findings, const std::set<std::string>& wrong,
                    std::size_t most) {
  for (const Finding& finding : findings) {
    if (finding.lines.empty()) continue;
    std::cout << '\n'
              << finding.name << (wrong.contains(finding.name) ? "" : " (ignored)") << ": "
              << finding.lines.size() << ' ' << finding.headline << '\n';
    for (std::size_t i = 0; i < std::min(most, finding.lines.size()); ++i) {
      std::cout << "  " << one_line(finding.lines[i]) << '\n';
    }
    if (finding.lines.size() > most) {
      std::cout << "  and " << finding.lines.size() - most << " more (--list N or --json)\n";
    }
  }
}

void check(const CheckArguments& arguments) {
  check_ignored(arguments);
  if (!arguments.manifest.empty() && !arguments.validation_directory.empty()) {
    throw Error(ErrorKind::kUsage, "--manifest: not together with --validation-dir");
  }
  if (arguments.validation_split != 0.0 &&
      (!arguments.manifest.empty() || !arguments.validation_directory.empty())) {
    throw Error(ErrorKind::kUsage,
                "--validation-split: not together with --manifest or --validation-dir");
  }
  DatasetCheckOptions options{.near_duplicates = arguments.near_duplicates};
  options.validate();
  set_threads(arguments.threads);
  const std::vector<CheckedSet> sets = sets_of(arguments);
  const InterruptWatch watch;
  DatasetReport report;
  {
    ProgressLine line("checking", "files");
    options.progress = [&](std::size_t done, std::size_t total) { line.update(done, total); };
    report = check_dataset(sets, options);
  }
  const std::vector<Finding> findings = findings_of(report, arguments);
  std::set<std::string> wrong;
  for (const Finding& finding : findings) {
    if (!finding.lines.empty()) wrong.insert(finding.name);
  }
  for (const std::string& name : arguments.ignore) wrong.erase(name);
  if (arguments.json) {
    std::cout << json_text(describe(report, findings, wrong)) << '\n';
  } else {
    print_contents(report);
    print_findings(findings, wrong, arguments.list);
    if (wrong.empty()) std::cout << "\nNothing wrong was found.\n";
  }
  if (wrong.empty()) return;
  throw Error(ErrorKind::kData,
              arguments.directory + ": found " + joined({wrong.begin(), wrong.end()}, ", "));
}

}  // namespace

void add_dataset_check_command(CLI::App& dataset) {
  CLI::App& command = *dataset.add_subcommand("check", "Find what is wrong with a dataset");
  command.footer(
      "Reads and decodes every file. Exit code 1 if something is wrong; --ignore takes a kind of\n"
      "finding out of that: missing, unreadable, empty-class, duplicates-across-subsets,\n"
      "duplicates-across-classes, duplicates-within-class, the same three with near-duplicates,\n"
      "mislabelled, skipped-images, imbalance.\n"
      "\n"
      "--near-duplicates N compares 64-bit difference hashes: 0 to 2 bits for photos saved again, "
      "4\n"
      "to 6 for retouched ones. Drawings and digits look alike to it.\n"
      "\n"
      "Examples:\n"
      "  folio dataset check photos\n"
      "  folio dataset check photos --validation-split 0.2\n"
      "  folio dataset check photos --manifest split.csv --near-duplicates 4 --json\n"
      "  folio dataset check train --validation-dir validation --ignore duplicates-within-class");
  const auto arguments = std::make_shared<CheckArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--validation-dir", arguments->validation_directory,
                  "Also look for images of DIR in this directory")
      ->type_name("DIR");
  command
      .add_option("--manifest", arguments->manifest,
                  "Check the files of this manifest, and its subsets against each other")
      ->type_name("FILE.csv");
  command
      .add_option("--validation-split", arguments->validation_split,
                  "Check the two parts that this share gives in training against each other")
      ->type_name("SHARE");
  command
      .add_option("--near-duplicates", arguments->near_duplicates,
                  "Also find images whose hashes differ in at most this many bits")
      ->type_name("BITS");
  command
      .add_option("--max-imbalance", arguments->max_imbalance,
                  "Largest class for the smallest that is not a finding")
      ->type_name("RATIO")
      ->check(positive_number())
      ->capture_default_str();
  command.add_option("--ignore", arguments->ignore, "Findings that do not count, with commas")
      ->type_name("KIND,...")
      ->delimiter(',');
  command.add_option("--list", arguments->list, "Files to list for each finding")
      ->type_name("N")
      ->check(whole_number())
      ->capture_default_str();
  command.add_option("--threads", arguments->threads, "0: one per core")
      ->type_name("N")
      ->check(whole_number(0, kMostThreads));
  command.add_flag("--follow-links", arguments->follow_links,
                   "Follow links to folders inside a class");
  command.add_flag("--json", arguments->json, "Print the report as JSON");
  command.callback([arguments] { check(*arguments); });
}

}  // namespace folio::cli
