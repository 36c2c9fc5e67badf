/// EarlyStopping: ends training when a value stops improving.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Arguments of EarlyStopping.
struct EarlyStoppingOptions {
  std::string monitor = "val_loss";   ///< Which of the logs is to improve.
  double min_delta = 0.0;             ///< Smaller steps are no improvement.
  std::size_t patience = 0;           ///< Epochs without improvement before the end.
  std::string mode = "auto";          ///< `min`, `max`, or `auto`: by the name of `monitor`.
  std::optional<double> baseline{};   ///< Waiting goes on until this is beaten.
  bool restore_best_weights = false;  ///< End with the weights of the best epoch.
  std::size_t start_from_epoch = 0;   ///< Earlier epochs do not count.
  std::function<void(const std::string&)> verbose{};  ///< Gets a line when training stops.
};

/// Stops after `patience` epochs without a better value of `monitor`. A value that is not a number
/// is never better. restore_best_weights restores at the end of training, however it came about.
///
/// Errors  Error (kUsage) when training begins, if there will be no `monitor`, listing what there
///         will be.
class EarlyStopping : public Callback {
 public:
  /// Without options training ends after the first epoch whose val_loss is not better.
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  void on_train_end(TrainingContext& context, const Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;

  /// The epoch that ended training, or nothing.
  [[nodiscard]] std::optional<std::size_t> stopped_epoch() const { return stopped_epoch_; }
  /// The best value of `monitor` so far; nothing before the first.
  [[nodiscard]] std::optional<double> best() const { return best_; }

 private:
  EarlyStoppingOptions options_;
  bool larger_is_better_ = false;
  std::optional<double> best_;
  std::size_t best_epoch_ = 0;
  std::size_t wait_ = 0;
  std::optional<std::size_t> stopped_epoch_;
  std::vector<Tensor> best_weights_;
};

}  // namespace folio
