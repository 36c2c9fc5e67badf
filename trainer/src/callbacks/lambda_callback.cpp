#include <folio/trainer/lambda_callback.h>

#include <utility>

namespace folio {

LambdaCallback::LambdaCallback(LambdaCallbackOptions options) : options_(std::move(options)) {}

void LambdaCallback::on_train_begin(TrainingContext& context) {
  if (options_.on_train_begin) options_.on_train_begin(context);
}

void LambdaCallback::on_train_end(TrainingContext& context, const Logs& logs) {
  if (options_.on_train_end) options_.on_train_end(context, logs);
}

void LambdaCallback::on_epoch_begin(TrainingContext& context, std::size_t epoch) {
  if (options_.on_epoch_begin) options_.on_epoch_begin(context, epoch);
}

void LambdaCallback::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  if (options_.on_epoch_end) options_.on_epoch_end(context, epoch, logs);
}

void LambdaCallback::on_train_batch_begin(TrainingContext& context, std::size_t batch) {
  if (options_.on_train_batch_begin) options_.on_train_batch_begin(context, batch);
}

void LambdaCallback::on_train_batch_end(TrainingContext& context, std::size_t batch, double loss,
                                        const Logs& logs) {
  if (options_.on_train_batch_end) options_.on_train_batch_end(context, batch, loss, logs);
}

void LambdaCallback::on_test_begin(TrainingContext& context) {
  if (options_.on_test_begin) options_.on_test_begin(context);
}

void LambdaCallback::on_test_batch_begin(TrainingContext& context, std::size_t batch) {
  if (options_.on_test_batch_begin) options_.on_test_batch_begin(context, batch);
}

void LambdaCallback::on_test_batch_end(TrainingContext& context, std::size_t batch,
                                       const Logs& logs) {
  if (options_.on_test_batch_end) options_.on_test_batch_end(context, batch, logs);
}

void LambdaCallback::on_test_end(TrainingContext& context, const Logs& logs) {
  if (options_.on_test_end) options_.on_test_end(context, logs);
}

void LambdaCallback::on_predict_begin(TrainingContext& context) {
  if (options_.on_predict_begin) options_.on_predict_begin(context);
}

void LambdaCallback::on_predict_batch_begin(TrainingContext& context, std::size_t batch) {
  if (options_.on_predict_batch_begin) options_.on_predict_batch_begin(context, batch);
}

void LambdaCallback::on_predict_batch_end(TrainingContext& context, std::size_t batch,
                                          const Tensor& outputs) {
  if (options_.on_predict_batch_end) options_.on_predict_batch_end(context, batch, outputs);
}

void LambdaCallback::on_predict_end(TrainingContext& context) {
  if (options_.on_predict_end) options_.on_predict_end(context);
}

}  // namespace folio
