/// ProgressBar: how training goes, for a person to watch.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>

#include <folio/trainer/callback.h>

namespace folio {

struct ProgressBarOptions {
  std::FILE* stream = stderr;
  std::optional<bool> terminal{};  ///< A rewriting line; none: if the stream is a terminal.
  std::optional<bool> color{};     ///< None: on a terminal, unless NO_COLOR is set.
  std::optional<int> width{};      ///< Columns; none: those of the terminal.
};

/// Keras' progress display: on a terminal a line that is rewritten, with bar, time left, time per
/// step and metrics; elsewhere one line per epoch.
class ProgressBar : public Callback {
 public:
  explicit ProgressBar(ProgressBarOptions options = {});

  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;

 private:
  using Clock = std::chrono::steady_clock;

  /// The line for this state; `finished` shows the time taken instead of the time left.
  [[nodiscard]] std::string line(std::size_t done, std::size_t steps, const Logs& logs,
                                 bool finished) const;
  void show(const std::string& line);

  ProgressBarOptions options_;
  bool terminal_;
  bool color_;
  Clock::time_point epoch_start_;
  Clock::time_point first_step_end_;
  Clock::time_point last_shown_;
  bool line_open_ = false;
};

}  // namespace folio
