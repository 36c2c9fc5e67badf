// folio dataset synthesize
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include <folio/datasets/synthetic_digits.h>

#include "dataset_commands.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct SynthesizeArguments {
  std::string output;
  std::size_t per_class = 100;
  std::uint32_t seed = 0;
};

}  // namespace

void add_dataset_synthesize_command(CLI::App& dataset) {
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
      ->check(whole_number(1))
      ->capture_default_str();
  digits.add_option("--seed", arguments->seed, "Decides every pixel")
      ->type_name("S")
      ->check(whole_number(0, std::numeric_limits<std::uint32_t>::max()))
      ->capture_default_str();
  digits.callback([arguments] {
    synthesize_digits(arguments->output, arguments->per_class, arguments->seed);
    std::cout << "Wrote " << 10 * arguments->per_class << " images to " << arguments->output
              << '\n';
  });
  command.footer("Example:\n  folio dataset synthesize digits digits --per-class 200");
}

}  // namespace folio::cli
