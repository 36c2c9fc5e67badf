// folio convert
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/onnx.h>

#include "commands.h"
#include "model_argument.h"
#include "terminal.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct ConvertArguments {
  std::string model;
  std::string weights;
  std::string output;
  int batch_size = 0;
};

void check_output_name(const ConvertArguments& arguments) {
  const std::string& output = arguments.output;
  for (const char* ending : {".h5", ".hdf5", ".keras", ".json", ".onnx"}) {
    if (output.ends_with(ending)) {
      if (arguments.batch_size == 0 || output.ends_with(".onnx")) return;
      throw Error(ErrorKind::kUsage, "--batch-size is for .onnx files, got " + output);
    }
  }
  throw Error(ErrorKind::kUsage,
              output + ": expected a name that ends in .h5, .weights.h5, .keras, .json or .onnx");
}

void convert_model(const ConvertArguments& arguments) {
  check_output_name(arguments);
  if (!arguments.output.ends_with(".json")) require_weights(arguments.model, arguments.weights);
  Model model = open_model_file(arguments.model);
  if (!arguments.weights.empty() && model.input_shape().empty()) {
    throw Error(ErrorKind::kModel,
                arguments.model + ": its architecture does not say the shape of its input");
  }
  take_weights(model, arguments.weights, model.input_shape());
  if (arguments.output.ends_with(".json")) {
    write_file(arguments.output, to_json(model) + "\n");
  } else if (arguments.output.ends_with(".onnx")) {
    save_onnx(model, arguments.output, {.batch_size = arguments.batch_size});
  } else if (arguments.output.ends_with(".weights.h5")) {
    model.save_weights(arguments.output);
  } else {
    model.save(arguments.output);
    if (model.metadata().empty()) {
      note(arguments.output + " does not tell classes and how images are prepared, as " +
           arguments.model + " does not; predict and evaluate go by their options then");
    }
  }
  std::cout << arguments.output << '\n';
}

}  // namespace

void add_convert_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("convert", "Write a model in another format");
  command.footer(
      "The ending of OUT decides: .h5 (Keras 2 and 3), .keras (Keras 3), .weights.h5 (Keras 3's\n"
      "weights alone), .json (the architecture), .onnx (OpenCV, ONNX Runtime; its input is\n"
      "N x C x H x W).\n"
      "\n"
      "Examples:\n"
      "  folio convert runs/mnist_cnn-1/model.h5 model.onnx\n"
      "  folio convert architecture.json model.keras --weights model.weights.h5");
  const auto arguments = std::make_shared<ConvertArguments>();
  command
      .add_option("model", arguments->model,
                  "A model (.h5, .keras), or an architecture (.json) and --weights")
      ->type_name("MODEL")
      ->required();
  command.add_option("out", arguments->output, "File to write")->type_name("OUT")->required();
  command.add_option("--weights", arguments->weights, "Weights for the model")
      ->type_name("FILE.h5");
  command
      .add_option("--batch-size", arguments->batch_size,
                  "Fixed batch size of an .onnx model; open by default")
      ->type_name("N")
      ->check(whole_number(1));
  command.callback([arguments] { convert_model(*arguments); });
}

}  // namespace folio::cli
