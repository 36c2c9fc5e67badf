// folio dataset import
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include <folio/datasets/idx.h>

#include "dataset_commands.h"

namespace folio::cli {
namespace {

struct ImportArguments {
  std::string images;
  std::string labels;
  std::string output;
};

}  // namespace

void add_dataset_import_command(CLI::App& dataset) {
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

}  // namespace folio::cli
