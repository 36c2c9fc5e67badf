// folio report and folio compare
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "argument.h"
#include "commands.h"
#include "run_record.h"
#include "terminal.h"
#include "text_table.h"

namespace folio::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kMostPairs = 8;
constexpr std::size_t kMostEpochs = 12;  // More of them are thinned out; report.html has all.

void print_line(const std::string& text) {
  std::cout << wrapped(one_line(text), output_columns()) << '\n';
}

void print_table(const Rows& rows) { std::cout << text_table(rows, output_columns()); }

std::string score_text(const Json& score) {
  return score.is_null() ? "-" : percent(score.get<double>());
}

// The value over the epochs as a line of blocks, lowest to highest.
std::string sparkline(const Json& epochs, const std::string& key) {
  constexpr std::size_t kMostBlocks = 24;
  std::vector<double> values;
  for (const Json& epoch : epochs) {
    if (epoch.contains(key) && epoch.at(key).is_number()) values.push_back(epoch.at(key));
  }
  if (values.size() < 2) return "";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::size_t blocks = std::min(kMostBlocks, values.size());
  std::string line;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double value = values[i * (values.size() - 1) / std::max<std::size_t>(1, blocks - 1)];
    const double share = *high > *low ? (value - *low) / (*high - *low) : 0.5;
    const auto level = static_cast<int>(std::lround(share * 7));
    line += {'\xE2', '\x96', static_cast<char>(0x81 + level)};  // U+2581 to U+2588
  }
  return line;
}

void print_metrics(const Json& record) {
  Rows rows = {{"", "last", "best", "epoch", ""}};
  for (const MetricSummary& metric : summarize_metrics(record)) {
    rows.push_back({metric.name, format_number(metric.last), format_number(metric.best),
                    std::to_string(metric.best_epoch),
                    sparkline(record.at("epochs"), metric.name)});
  }
  if (rows.size() > 1) {
    std::cout << '\n';
    print_table(rows);
  }
}

void print_epochs(const Json& record) {
  const Json& epochs = record.at("epochs");
  if (epochs.empty()) return;
  const std::vector<std::string> columns = epoch_columns(record);
  Rows rows = {columns};
  const std::size_t shown = std::min(kMostEpochs, epochs.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Json& epoch = epochs[shown == 1 ? 0 : i * (epochs.size() - 1) / (shown - 1)];
    std::vector<std::string> row;
    for (const std::string& column : columns) {
      const auto found = epoch.find(column);
      row.push_back(found == epoch.end() || found->is_null() ? "" : epoch_cell(column, *found));
    }
    rows.push_back(std::move(row));
  }
  std::cout << '\n';
  print_table(rows);
}

void print_classes(const Json& record) {
  const Json& validation = record.at("validation");
  if (validation.is_null()) {
    std::cout << '\n' << text_of_key(record, "validation_missing") << '\n';
    return;
  }
  std::cout << "\nvalidation: " << validation.at("samples") << " images, "
            << percent(validation.at("accuracy").get<double>()) << " right\n\n";
  Rows rows = {{"class", "images", "precision", "recall", "F1"}};
  for (const Json& one : validation.at("classes")) {
    rows.push_back({one.at("class"), json_text(one.at("samples")), score_text(one.at("precision")),
                    score_text(one.at("recall")), score_text(one.at("f1"))});
  }
  print_table(rows);
  Rows pairs = {{"true class", "taken for", "images", "of the class"}};
  for (const ConfusedPair& pair : confused_pairs(validation, kMostPairs)) {
    pairs.push_back({pair.truth, pair.predicted, std::to_string(pair.count), percent(pair.share)});
  }
  if (pairs.size() > 1) {
    std::cout << '\n';
    print_table(pairs);
  }
}

void print_report(const std::string& directory, bool json) {
  const Json record = load_run_record(directory);
  if (json) {
    std::cout << json_text(record) << '\n';
    return;
  }
  print_line(run_title(record));
  print_line(run_subtitle(record));
  if (const std::string data = data_summary(record); !data.empty()) print_line(data);
  if (const auto rate = median_throughput(record)) {
    print_line(std::to_string(record.at("epochs").size()) + " epochs, " +
               duration_text(training_seconds(record)) + " of training, " +
               grouped_number(std::llround(*rate)) + " images a second");
  }
  print_metrics(record);
  print_epochs(record);
  print_classes(record);
}

// `flow.batch_size` and so on to their values.
void flatten(const Json& value, const std::string& name, std::map<std::string, std::string>& flat) {
  if (!value.is_object()) {
    flat[name] = value.is_string() ? value.get<std::string>() : json_text(value);
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    flatten(inner, name.empty() ? key : name + "." + key, flat);
  }
}

struct Difference {
  std::string name;
  std::string first;
  std::string second;
};

std::vector<Difference> configuration_differences(const Json& first, const Json& second) {
  std::map<std::string, std::string> a;
  std::map<std::string, std::string> b;
  flatten(first.at("configuration"), "", a);
  flatten(second.at("configuration"), "", b);
  std::map<std::string, Difference> differences;
  for (const auto& [name, value] : a) differences[name] = {name, value, "-"};
  for (const auto& [name, value] : b) {
    differences.try_emplace(name, Difference{name, "-", ""}).first->second.second = value;
  }
  std::vector<Difference> list;
  for (auto& [name, difference] : differences) {
    if (difference.first != difference.second) list.push_back(std::move(difference));
  }
  return list;
}

// The figures that both runs, or one of them, have: name, first, second.
struct Figure {
  std::string name;
  std::optional<double> first;
  std::optional<double> second;
};

std::vector<Figure> figures(const Json& first, const Json& second) {
  std::vector<Figure> list;
  const auto at = [&](const std::string& name) -> Figure& {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const Figure& figure) { return figure.name == name; });
    if (found != list.end()) return *found;
    list.push_back({.name = name, .first = {}, .second = {}});
    return list.back();
  };
  const auto collect = [&](const Json& record, std::optional<double> Figure::*side) {
    for (const MetricSummary& metric : summarize_metrics(record)) {
      at(metric.name).*side = metric.last;
      at("best " + metric.name).*side = metric.best;
    }
    at("epochs").*side = static_cast<double>(record.at("epochs").size());
    if (training_seconds(record) > 0.0) at("training seconds").*side = training_seconds(record);
    if (const auto rate = median_throughput(record)) at("images a second").*side = *rate;
    if (record.at("parameters").is_number()) {
      at("parameters").*side = record.at("parameters").get<double>();
    }
    if (record.at("validation").is_null()) return;
    for (const Json& one : record.at("validation").at("classes")) {
      if (one.at("f1").is_null()) continue;
      at("F1 of " + one.at("class").get<std::string>()).*side = one.at("f1").get<double>();
    }
  };
  collect(first, &Figure::first);
  collect(second, &Figure::second);
  return list;
}

// Names that tell two runs apart, also a run from itself.
std::pair<std::string, std::string> column_names(const std::string& first,
                                                 const std::string& second) {
  if (first != second) return {first, second};
  return {"(1) " + first, "(2) " + second};
}

void compare_runs(const std::vector<std::string>& runs, bool json) {
  const Json first = load_run_record(runs[0]);
  const Json second = load_run_record(runs[1]);
  const std::vector<Figure> compared = figures(first, second);
  const std::vector<Difference> differences = configuration_differences(first, second);
  if (json) {
    Json result = {{"figures", Json::object()}, {"configuration", Json::object()}};
    const auto value = [](const std::optional<double>& number) {
      return number ? Json(*number) : Json(nullptr);
    };
    for (const Figure& figure : compared) {
      result["figures"][figure.name] = {value(figure.first), value(figure.second)};
    }
    for (const Difference& difference : differences) {
      result["configuration"][difference.name] = {difference.first, difference.second};
    }
    std::cout << json_text(result) << '\n';
    return;
  }
  const auto [name, other] = column_names(runs[0], runs[1]);
  Rows rows = {{"", name, other, "change"}};
  for (const Figure& figure : compared) {
    const auto text = [](const std::optional<double>& number) {
      return number ? format_number(*number) : std::string("-");
    };
    std::string change;
    if (figure.first && figure.second) {
      const double difference = *figure.second - *figure.first;
      change = (difference > 0 ? "+" : "") + format_number(difference);
      if (difference == 0.0) change = "=";
    }
    rows.push_back({figure.name, text(figure.first), text(figure.second), change});
  }
  print_table(rows);
  std::cout << '\n';
  if (differences.empty()) {
    std::cout << "The configurations are the same.\n";
    return;
  }
  Rows settings = {{"configuration", name, other}};
  for (const Difference& difference : differences) {
    settings.push_back({difference.name, difference.first, difference.second});
  }
  print_table(settings);
}

}  // namespace

void add_report_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("report", "Show how a training run went");
  command.footer(
      "Reads the run's report.json; of a run that has not ended, its history.csv. The same with\n"
      "curves, confusion matrix and the worst mistakes as pictures is in its report.html.\n"
      "\n"
      "Example:\n"
      "  folio report runs/mnist_cnn-1");
  struct Arguments {
    std::string directory;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("run", arguments->directory, "Folder of a training run")
      ->type_name("RUN_DIR")
      ->required();
  command.add_flag("--json", arguments->json, "Print the report as JSON");
  command.callback([arguments] { print_report(arguments->directory, arguments->json); });
}

void add_compare_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("compare", "Show two training runs side by side");
  command.footer(
      "Last and best metrics, speed and each class' F1, then where the configurations differ.\n"
      "\n"
      "Example:\n"
      "  folio compare runs/mnist_cnn-1 runs/mnist_cnn-2");
  struct Arguments {
    std::string run_a;
    std::string run_b;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("run_a", arguments->run_a, "Folder of a training run")
      ->type_name("RUN_DIR")
      ->required();
  command.add_option("run_b", arguments->run_b, "Folder of another one")
      ->type_name("RUN_DIR")
      ->required();
  command.add_flag("--json", arguments->json, "Print the comparison as JSON");
  command.callback([arguments] {
    compare_runs({arguments->run_a, arguments->run_b}, arguments->json);
  });
}

}  // namespace folio::cli
