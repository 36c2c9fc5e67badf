#include <folio/datasets/error.h>
#include <folio/trainer/steps_logger.h>

#include <cstdio>
#include <utility>

#include "log_file.h"
#include "plain_nan.h"

namespace folio {

StepsLogger::StepsLogger(std::string filename, std::size_t every)
    : filename_(std::move(filename)), every_(every), file_(std::make_shared<internal::LogFile>()) {
  if (every == 0) throw Error(ErrorKind::kUsage, "StepsLogger: every must be positive, got 0");
}

void StepsLogger::on_train_begin(TrainingContext& context) {
  if (context.resumed) return;  // set_state() opens the file.
  file_->open(filename_, internal::LogFile::Mode::kTruncate);
  file_->write("epoch,batch,loss\n");
  file_->flush();
}

void StepsLogger::on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                                     const Logs& /*logs*/) {
  if (batch % every_ != 0) return;
  char line[96];
  std::snprintf(line, sizeof line, "%zu,%zu,%.9g\n", context.epoch, batch,
                internal::plain_nan(loss));
  file_->write(line);
}

void StepsLogger::on_epoch_end(TrainingContext& /*context*/, std::size_t /*epoch*/,
                               Logs& /*logs*/) {
  file_->flush();
}

void StepsLogger::on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) {
  file_->close();
}

State StepsLogger::state() { return file_->state(); }

void StepsLogger::set_state(const State& state) { file_->reopen(filename_, state); }

}  // namespace folio
