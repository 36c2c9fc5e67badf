// folio summary
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include <folio/trainer/model.h>

#include "argument.h"
#include "commands.h"
#include "model_argument.h"

namespace folio::cli {
namespace {

struct SummaryArguments {
  std::string model;
  std::optional<std::string> input;
  std::size_t classes = 10;
};

void summarize(const SummaryArguments& arguments) {
  const Shape given = shape_argument("--input", arguments.input.value_or("28x28x1")).get<Shape>();
  Model model = is_model_file(arguments.model)
                    ? open_model_file(arguments.model)
                    : built_in_model(arguments.model, arguments.classes, given);
  if (!model.built()) {
    const bool known = !arguments.input && !model.input_shape().empty();
    model.build(known ? model.input_shape() : given);
  }
  std::cout << model.summary();
}

}  // namespace

void add_summary_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("summary", "Show the layers and parameters of a model");
  command.footer(
      "Examples:\n"
      "  folio summary runs/mnist_cnn-1/model.h5\n"
      "  folio summary lenet --input 32x32x3 --classes 100");
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
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.callback([arguments] { summarize(*arguments); });
}

}  // namespace folio::cli
