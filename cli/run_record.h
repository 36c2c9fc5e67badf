/// What report.json says about a run, and the figures that pages and terminals show of it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "argument.h"

namespace folio::cli {

/// Reads RUN_DIR/report.json; of a run that has none (it did not end) config.json and history.csv.
///
/// Errors  Error (kIo, kData) naming the file if the directory holds no run.
Json load_run_record(const std::string& run_directory);

/// `mnist_cnn on digits`.
std::string run_title(const Json& record);
/// How the run was made: `adam, batch size 32, folio 0.1.0`.
std::string run_subtitle(const Json& record);
/// `48000 images for training, 12000 for validation, 28x28x1`.
std::string data_summary(const Json& record);

/// `loss` first, then the metrics, as they are without `val_`.
std::vector<std::string> metric_names(const Json& record);

/// The last and the best value of a metric. Losses and errors are best where they are least.
struct MetricSummary {
  std::string name;  ///< `val_accuracy`
  double last = 0.0;
  double best = 0.0;
  std::size_t best_epoch = 0;  ///< From 1.
};
/// Of all metrics that have a value, those of validation first.
std::vector<MetricSummary> summarize_metrics(const Json& record);

/// The columns of a table of epochs.
std::vector<std::string> epoch_columns(const Json& record);
std::string epoch_cell(const std::string& column, const Json& value);

double training_seconds(const Json& record);
/// Images a second of the median epoch.
std::optional<double> median_throughput(const Json& record);

struct ConfusedPair {
  std::string truth;
  std::string predicted;
  std::uint64_t count = 0;
  double share = 0.0;  ///< Of the true class.
};
/// The most frequent mistakes of `record.validation`, at most `most` of them.
std::vector<ConfusedPair> confused_pairs(const Json& validation, std::size_t most);

/// `97.3 %`
std::string percent(double share);
/// `93,962`
std::string grouped_number(std::int64_t number);
/// `4.2 s`, `12 min 5 s`, `3 h 20 min`
std::string duration_text(double seconds);
/// The value as text; empty if it is missing or null.
std::string text_of_key(const Json& object, const std::string& key);

}  // namespace folio::cli
