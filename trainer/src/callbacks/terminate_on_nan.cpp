#include <folio/trainer/terminate_on_nan.h>

#include <cmath>
#include <utility>

namespace folio {

TerminateOnNaN::TerminateOnNaN(std::function<void(const std::string&)> verbose)
    : verbose_(std::move(verbose)) {}

void TerminateOnNaN::on_train_begin(TrainingContext& context) {
  context.on_nan = OnNan::kContinue;  // This callback is what happens about it.
}

void TerminateOnNaN::on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                                        const Logs&) {
  if (std::isfinite(loss)) return;
  context.stop_training = true;
  if (verbose_) {
    verbose_("Epoch " + std::to_string(context.epoch + 1) + ", batch " + std::to_string(batch + 1) +
             ": Invalid loss, terminating training");
  }
}

}  // namespace folio
