/// ReduceLROnPlateau: smaller steps when a value stops improving.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Arguments of ReduceLROnPlateau.
struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";  ///< Which of the logs is to improve.
  double factor = 0.1;               ///< What the learning rate is multiplied by; below 1.
  std::size_t patience = 10;         ///< Epochs without improvement before that.
  std::function<void(const std::string&)> verbose{};  ///< Gets a line for every reduction.
  std::string mode = "auto";  ///< `min`, `max`, or `auto`: by the name of `monitor`.
  double min_delta = 1e-4;    ///< Smaller steps are no improvement.
  std::size_t cooldown = 0;   ///< Epochs after a reduction that do not count.
  double min_lr = 0.0;        ///< The learning rate never falls below.
};

/// Multiplies the learning rate by `factor` after `patience` epochs without a better value of
/// `monitor`. Adds `learning_rate`, as it was in the epoch, to the logs. A value that is not a
/// number is never better.
///
/// Errors  Error (kUsage) at construction for options out of range; when training begins, if there
///         will be no `monitor`, listing what there will be.
class ReduceLROnPlateau : public Callback {
 public:
  /// Without options: a tenth of the rate after ten epochs without a better val_loss.
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});

  void on_train_begin(TrainingContext& context) override;
  void on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) override;
  State state() override;
  void set_state(const State& state) override;

 private:
  ReduceLROnPlateauOptions options_;
  bool larger_is_better_ = false;
  std::optional<double> best_;
  std::size_t wait_ = 0;
  std::size_t cooldown_ = 0;  // Epochs left.
};

}  // namespace folio
