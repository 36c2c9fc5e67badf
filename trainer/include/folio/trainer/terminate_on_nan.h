/// TerminateOnNaN: ends training when the loss is no longer a number.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include <folio/trainer/callback.h>

namespace [[gnu::visibility("default")]] folio {

/// Ends the run, as stop_training does, after a batch whose loss is NaN or infinite; without this
/// callback fit() throws (see OnNan).
class TerminateOnNaN : public Callback {
 public:
  /// `verbose` gets a line when that happens.
  explicit TerminateOnNaN(std::function<void(const std::string&)> verbose = {});

  void on_train_begin(TrainingContext& context) override;
  void on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                          const Logs& logs) override;

 private:
  std::function<void(const std::string&)> verbose_;
};

}  // namespace folio
