// folio dataset
#include <CLI/CLI.hpp>

#include "commands.h"
#include "dataset_commands.h"

namespace folio::cli {

void add_dataset_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("dataset", "Make, split and inspect datasets");
  command.require_subcommand(1);
  add_dataset_import_command(command);
  add_dataset_download_command(command);
  add_dataset_synthesize_command(command);
  add_dataset_stats_command(command);
  add_dataset_check_command(command);
  add_dataset_split_command(command);
  // After the commands, which would inherit it; so in the groups below.
  command.footer("Example:\n  folio dataset check photos --validation-split 0.2");
}

}  // namespace folio::cli
