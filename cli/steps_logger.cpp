#include "steps_logger.h"

#include <cstdio>
#include <utility>

#include <folio/datasets/error.h>

namespace folio::cli {

StepsLogger::StepsLogger(std::string path, std::size_t every)
    : path_(std::move(path)), every_(every) {}

void StepsLogger::on_train_begin(TrainingContext& /*context*/) {
  file_.open(path_, std::ios::trunc);
  file_ << "epoch,batch,loss\n";
  flush();
}

void StepsLogger::on_epoch_begin(TrainingContext& /*context*/, std::size_t epoch) {
  epoch_ = epoch;
}

void StepsLogger::on_train_batch_end(TrainingContext& /*context*/, std::size_t batch, double loss,
                                     const Logs& /*logs*/) {
  if (batch % every_ != 0) return;
  char line[96];
  std::snprintf(line, sizeof line, "%zu,%zu,%.9g\n", epoch_, batch, loss);
  file_ << line;
}

void StepsLogger::on_epoch_end(TrainingContext& /*context*/, std::size_t /*epoch*/,
                               Logs& /*logs*/) {
  flush();
}

void StepsLogger::on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) { flush(); }

void StepsLogger::flush() {
  if (!file_.flush()) throw Error(ErrorKind::kIo, path_ + ": cannot be written");
}

}  // namespace folio::cli
