/// The commands of `folio`, one file each. They parse and print; the libraries do the work.
#pragma once

namespace CLI {
class App;
}

namespace folio::cli {

// Each adds one subcommand to `app`. What it runs throws folio::Error on failure.
void add_train_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_predict_command(CLI::App& app);
void add_preview_command(CLI::App& app);
void add_batches_command(CLI::App& app);
void add_summary_command(CLI::App& app);
void add_dataset_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_completion_command(CLI::App& app);
void add_man_command(CLI::App& app);
void add_convert_command(CLI::App& app);

}  // namespace folio::cli
