#include <folio/datasets/error.h>
#include <folio/trainer/fit.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace folio {
namespace {

enum class Labels { kUsed, kIgnored };

void prepare(Trainer& trainer, const BatchStream& data, Labels labels = Labels::kUsed) {
  const ClassMode mode = data.options().class_mode;
  const bool classes =
      mode == ClassMode::kCategorical || mode == ClassMode::kSparse || mode == ClassMode::kBinary;
  trainer.prepare(data.image_shape(), classes && labels == Labels::kUsed ? data.num_classes() : 0,
                  static_cast<std::size_t>(data.options().batch_size));
}

void require_finite(double loss, std::size_t epoch, std::size_t step, const Batch& batch) {
  if (std::isfinite(loss)) return;
  constexpr std::size_t kMostFiles = 3;
  std::string files;
  for (std::size_t i = 0; i < std::min(kMostFiles, batch.files.size()); ++i) {
    files += (i > 0 ? ", " : "") + batch.files[i];
  }
  if (batch.files.size() > kMostFiles) files += ", ...";
  throw Error(ErrorKind::kData, "the loss is " + std::to_string(loss) + " in epoch " +
                                    std::to_string(epoch + 1) + ", batch " +
                                    std::to_string(step + 1) + " (" + files +
                                    "); a smaller learning rate or a rescale may help");
}

/// One pass over data that calls `each(step)` after every batch and ends early where it says false.
template <typename Each>
Logs test_on(Trainer& trainer, BatchStream& data, std::size_t steps, Each each) {
  data.reset();
  trainer.reset_metrics();
  for (std::size_t step = 0; step < steps; ++step) {
    trainer.test_on_batch(data.next());
    if (!each(step)) break;
  }
  Logs logs = trainer.metrics();
  trainer.reset_metrics();
  return logs;
}

Logs with_prefix(const Logs& logs) {
  Logs prefixed;
  for (const auto& [name, value] : logs) prefixed.emplace_back("val_" + name, value);
  return prefixed;
}

}  // namespace

History fit(Trainer& trainer, BatchStream& data, const FitOptions& options) {
  if (options.validation_freq == 0) {
    throw Error(ErrorKind::kUsage, "validation_freq must be positive, got 0");
  }
  BatchStream* validation = options.validation_data;
  if (validation == &data) {
    throw Error(ErrorKind::kUsage, "validation_data must be a stream of its own");
  }
  prepare(trainer, data);
  if (validation != nullptr && validation->image_shape() != data.image_shape()) {
    throw Error(ErrorKind::kModel, "validation images have shape " +
                                       to_string(validation->image_shape()) + ", training images " +
                                       to_string(data.image_shape()));
  }
  const auto call = [&](auto hook) {
    for (const CallbackList::Item& item : options.callbacks) hook(*item.get());
  };

  TrainingContext context;
  context.trainer = &trainer;
  context.epochs = options.epochs;
  context.steps = options.steps_per_epoch > 0 ? options.steps_per_epoch : data.size();
  if (validation != nullptr) {
    context.validation_steps =
        options.validation_steps > 0 ? options.validation_steps : validation->size();
  }
  data.seek(options.initial_epoch * context.steps);

  History history;
  Logs logs;
  bool interrupted = false;
  std::size_t reached = options.initial_epoch;
  call([&](Callback& callback) { callback.on_train_begin(context); });
  for (std::size_t epoch = options.initial_epoch; epoch < options.epochs && !context.stop_training;
       ++epoch) {
    reached = epoch;
    trainer.reset_metrics();
    call([&](Callback& callback) { callback.on_epoch_begin(context, epoch); });
    for (std::size_t step = 0; step < context.steps && !context.stop_training; ++step) {
      call([&](Callback& callback) { callback.on_train_batch_begin(context, step); });
      const Batch& batch = data.next();
      const double loss = trainer.train_on_batch(batch);
      require_finite(loss, epoch, step, batch);
      logs = trainer.metrics();
      call([&](Callback& callback) { callback.on_train_batch_end(context, step, loss, logs); });
      if (options.interrupted && options.interrupted()) {
        interrupted = true;
        break;
      }
    }
    if (interrupted) break;
    logs = trainer.metrics();
    if (validation != nullptr && (epoch + 1) % options.validation_freq == 0) {
      call([&](Callback& callback) { callback.on_test_begin(context); });
      const Logs tested =
          test_on(trainer, *validation, context.validation_steps, [&](std::size_t step) {
            const Logs running = trainer.metrics();
            call([&](Callback& callback) { callback.on_test_batch_end(context, step, running); });
            interrupted = options.interrupted && options.interrupted();
            return !interrupted;
          });
      if (interrupted) break;
      call([&](Callback& callback) { callback.on_test_end(context, tested); });
      for (auto& log : with_prefix(tested)) logs.push_back(std::move(log));
    }
    call([&](Callback& callback) { callback.on_epoch_end(context, epoch, logs); });
    history.epoch.push_back(epoch);
    for (const auto& [name, value] : logs) history.history[name].push_back(value);
  }
  call([&](Callback& callback) { callback.on_train_end(context, logs); });
  if (interrupted) {
    throw Error(ErrorKind::kInterrupted,
                "training was interrupted in epoch " + std::to_string(reached + 1));
  }
  return history;
}

Logs evaluate(Trainer& trainer, BatchStream& data, std::size_t steps) {
  prepare(trainer, data);
  return test_on(trainer, data, steps > 0 ? steps : data.size(), [](std::size_t) { return true; });
}

Tensor predict(Trainer& trainer, BatchStream& data) {
  prepare(trainer, data, Labels::kIgnored);
  data.reset();
  Tensor all;
  std::size_t filled = 0;
  for (std::size_t step = 0; step < data.size(); ++step) {
    const Tensor outputs = trainer.predict_on_batch(data.next().x);
    if (step == 0) {
      Shape shape = outputs.shape();
      shape[0] = static_cast<std::int64_t>(data.samples());
      all = Tensor(shape);
    }
    std::copy(outputs.values().begin(), outputs.values().end(), all.data() + filled);
    filled += outputs.size();
  }
  return all;
}

}  // namespace folio
