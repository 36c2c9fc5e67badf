/// ProgressBar: shows on a terminal or in a log how training goes.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Where and how a ProgressBar draws. What is left out is asked of the stream.
struct ProgressBarOptions {
  std::FILE* stream = stderr;      ///< Where it draws.
  std::optional<bool> terminal{};  ///< Whether a line can be drawn over.
  std::size_t width = 0;           ///< Columns of the terminal; 0: as it is.
  std::optional<bool> color{};     ///< On a terminal by default, unless NO_COLOR is set.
};

/// Keras' progress bar: on a terminal a line that is drawn again as batches pass, with the time
/// that is left, the time a step takes and the metrics; elsewhere one plain line for every epoch.
///
/// Owns  Not the stream, which must stay open while training runs.
class ProgressBar : public Callback {
 public:
  /// For a terminal on stderr, unless the options say otherwise.
  explicit ProgressBar(ProgressBarOptions options = {});
  /// Ends a line left open by a run that failed.
  ~ProgressBar() override;
  /// Takes the line that is being drawn along.
  ProgressBar(ProgressBar&& other) noexcept;
  ProgressBar& operator=(ProgressBar&&) = delete;

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_begin(TrainingContext& context, std::size_t epoch) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::size_t columns() const;
  void draw(const std::string& time, const Logs& logs, bool last);
  void end_line();

  ProgressBarOptions options_;
  bool terminal_ = false;
  bool color_ = false;
  bool unicode_ = false;
  std::size_t steps_ = 0;
  std::size_t done_ = 0;   // Batches of this epoch.
  std::size_t first_ = 0;  // Those of them that another run had done.
  std::size_t drawn_ = 0;  // Columns of the line that is being drawn over; 0: none.
  double seconds_per_step_ = 0.0;
  Clock::time_point begin_;
  Clock::time_point after_first_step_;
  Clock::time_point last_drawn_;
};

}  // namespace folio
