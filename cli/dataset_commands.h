/// The subcommands of `folio dataset`, one file each.
#pragma once

namespace CLI {
class App;
}

namespace folio::cli {

void add_dataset_import_command(CLI::App& dataset);
void add_dataset_synthesize_command(CLI::App& dataset);
void add_dataset_stats_command(CLI::App& dataset);
void add_dataset_download_command(CLI::App& dataset);
void add_dataset_check_command(CLI::App& dataset);
void add_dataset_split_command(CLI::App& dataset);

}  // namespace folio::cli
