// folio summary
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/trainer/model.h>

#include "commands.h"
#include "model_argument.h"
#include "text_table.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct SummaryArguments {
  std::string model;
  std::optional<std::string> input;
  std::size_t classes = 10;
};

// Where each column of the table begins, by its heading.
std::vector<std::size_t> column_starts(const std::string& heading) {
  std::vector<std::size_t> starts = {0};
  for (const char* name : {"Output Shape", "Param #", "Connected to"}) {
    const std::size_t at = heading.find(name);
    if (at != std::string::npos) starts.push_back(at);
  }
  return starts;
}

// Keras' table for a terminal that is narrower: without its rules, the columns in blocks.
std::string narrow(const std::string& summary, std::size_t columns) {
  std::string text;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> starts;
  std::istringstream lines(summary);
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of("_=") == std::string::npos) continue;
    if (line.starts_with("Layer (type)")) starts = column_starts(line);
    if (starts.empty() || line.find(" params: ") != std::string::npos) {
      if (!rows.empty()) text += text_table(std::exchange(rows, {}), columns) + '\n';
      text += line + '\n';
      continue;
    }
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < starts.size() && starts[i] < line.size(); ++i) {
      const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : line.size();
      cells.push_back(line.substr(starts[i], end - starts[i]));
      cells.back().erase(cells.back().find_last_not_of(' ') + 1);
    }
    rows.push_back(std::move(cells));
  }
  return text;
}

void summarize(const SummaryArguments& arguments) {
  const std::string table =
      model_for_input(arguments.model, arguments.classes, arguments.input).summary();
  const std::size_t rule = table.find('\n') + 1;  // The second line is as wide as the table.
  const std::size_t width = table.find('\n', rule) - rule;
  const std::size_t columns = output_columns();
  std::cout << (width <= columns ? table : narrow(table, columns));
}

}  // namespace

void add_summary_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("summary", "Show the layers and parameters of a model");
  command.footer(
      "Examples:\n"
      "  folio summary runs/mnist_cnn-1/model.h5\n"
      "  folio summary alexnet --input 224x224x3 --num-classes 100");
  const auto arguments = std::make_shared<SummaryArguments>();
  command
      .add_option("model", arguments->model,
                  "A network by name, an architecture (.json) or a model (.h5, .keras)")
      ->type_name(model_type())
      ->required();
  command
      .add_option("--input", arguments->input,
                  "Input of a model that does not say it; 28x28x1 by default")
      ->type_name("HxWxC");
  command.add_option("--num-classes", arguments->classes, "Classes of a built-in model")
      ->type_name("N")
      ->check(whole_number(1))
      ->capture_default_str();
  command.callback([arguments] { summarize(*arguments); });
}

}  // namespace folio::cli
