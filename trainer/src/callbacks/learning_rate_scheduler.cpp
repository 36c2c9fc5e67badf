#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/trainer/learning_rate_scheduler.h>

#include <cmath>
#include <utility>

#include "monitor.h"

namespace folio {

LearningRateScheduler::LearningRateScheduler(Schedule schedule,
                                             std::function<void(const std::string&)> verbose)
    : schedule_(std::move(schedule)), verbose_(std::move(verbose)) {
  if (!schedule_) throw Error(ErrorKind::kUsage, "LearningRateScheduler: there is no schedule");
}

void LearningRateScheduler::on_train_begin(TrainingContext& context) {
  internal::add_log_name(context, "learning_rate");
}

void LearningRateScheduler::on_epoch_begin(TrainingContext& context, std::size_t epoch) {
  const double rate = schedule_(epoch, context.trainer->learning_rate());
  if (!std::isfinite(rate) || rate < 0.0) {
    throw Error(ErrorKind::kUsage, "LearningRateScheduler: the schedule gave " + number_text(rate) +
                                       " for epoch " + std::to_string(epoch + 1) +
                                       ", expected a rate >= 0");
  }
  context.trainer->set_learning_rate(rate);
  if (verbose_) {
    verbose_("Epoch " + std::to_string(epoch + 1) +
             ": LearningRateScheduler setting learning rate to " + internal::short_number(rate) +
             ".");
  }
}

void LearningRateScheduler::on_epoch_end(TrainingContext& context, std::size_t, Logs& logs) {
  internal::set_log(logs, "learning_rate", context.trainer->learning_rate());
}

}  // namespace folio
