// folio summary
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include <folio/trainer/model.h>

#include "commands.h"
#include "model_argument.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct SummaryArguments {
  std::string model;
  std::optional<std::string> input;
  std::size_t classes = 10;
};

void summarize(const SummaryArguments& arguments) {
  std::cout << model_for_input(arguments.model, arguments.classes, arguments.input).summary();
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
      .add_option(
          "model", arguments->model,
          "A built-in model (" + built_in_names() + "), an architecture (.json) or a model (.h5)")
      ->type_name("NAME|FILE")
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
