#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/trainer/fit.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "labels.h"

namespace folio {
namespace {

enum class Labels { kUsed, kIgnored };

bool labels_are_classes(const BatchStream& data) {
  const ClassMode mode = data.options().class_mode;
  return mode == ClassMode::kCategorical || mode == ClassMode::kSparse ||
         mode == ClassMode::kBinary;
}

void prepare(Trainer& trainer, const BatchStream& data, Labels labels = Labels::kUsed) {
  const bool classes = labels_are_classes(data) && labels == Labels::kUsed;
  trainer.prepare(data.image_shape(), classes ? data.num_classes() : 0,
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

/// One test over data from its start; `interrupted` is asked after every batch and ends it.
Logs test_on(Trainer& trainer, BatchStream& data, std::size_t steps, const CallbackList& callbacks,
             TrainingContext& context, const std::function<bool()>& interrupted = {}) {
  const auto call = [&](auto hook) {
    for (const CallbackList::Item& item : callbacks) hook(*item.get());
  };
  call([&](Callback& callback) { callback.on_test_begin(context); });
  data.reset();
  trainer.reset_metrics();
  for (std::size_t step = 0; step < steps; ++step) {
    call([&](Callback& callback) { callback.on_test_batch_begin(context, step); });
    trainer.test_on_batch(data.next());
    const Logs running = trainer.metrics();
    call([&](Callback& callback) { callback.on_test_batch_end(context, step, running); });
    context.interrupted = interrupted && interrupted();
    if (context.interrupted) return running;
  }
  Logs logs = trainer.metrics();
  trainer.reset_metrics();
  call([&](Callback& callback) { callback.on_test_end(context, logs); });
  return logs;
}

/// Multiplies the weights of samples by their class' factor.
class ClassWeighting {
 public:
  ClassWeighting(const ClassWeight& weight, const BatchStream& data) {
    if (weight.empty()) return;
    if (!labels_are_classes(data)) {
      throw Error(ErrorKind::kUsage, "class_weight: the data's labels are no classes");
    }
    factors_ = weight.factors(data.labels(), data.num_classes());
  }

  const Batch& apply(const Batch& batch) {
    if (factors_.empty()) return batch;
    weighted_ = batch;
    const std::vector<int> labels = internal::labels_of(batch.y);
    Tensor& weights = weighted_.sample_weight;
    if (weights.empty()) {
      weights = Tensor({static_cast<std::int64_t>(labels.size())});
      std::fill(weights.values().begin(), weights.values().end(), 1.0F);
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      weights[i] *= factors_.at(static_cast<std::size_t>(labels[i]));
    }
    return weighted_;
  }

 private:
  std::vector<float> factors_;  // By label; empty where every class counts alike.
  Batch weighted_;
};

/// One call of fit().
class Run {
 public:
  Run(Trainer& trainer, BatchStream& data, const FitOptions& options)
      : trainer_(trainer), data_(data), options_(options) {
    options.validation_freq.validate();
    if (validation() == &data) {
      throw Error(ErrorKind::kUsage, "validation_data must be a stream of its own");
    }
    prepare(trainer, data);
    if (validation() != nullptr && validation()->image_shape() != data.image_shape()) {
      throw Error(ErrorKind::kModel, "validation images have shape " +
                                         to_string(validation()->image_shape()) +
                                         ", training images " + to_string(data.image_shape()));
    }
    weighting_ = ClassWeighting(options.class_weight, data);
    context_.trainer = &trainer;
    context_.data = &data;
    context_.epochs = options.epochs;
    context_.epoch = options.initial_epoch;
    context_.on_nan = options.on_nan;
    context_.steps = options.steps_per_epoch > 0 ? options.steps_per_epoch : data.size();
    if (validation() != nullptr) {
      context_.validation_steps =
          options.validation_steps > 0 ? options.validation_steps : validation()->size();
    }
    context_.log_names = trainer.metric_names();
    if (validation() != nullptr) {
      for (const std::string& name : trainer.metric_names()) {
        context_.log_names.push_back("val_" + name);
      }
    }
    context_.run_state = [this] { return state(); };
  }

  History fit() {
    begin();
    data_.seek(context_.epoch * context_.steps + context_.step);
    // An epoch that has begun is ended, even if a callback has asked to stop within it.
    while (in_epoch_ || (context_.epoch < context_.epochs && !context_.stop_training)) {
      if (!in_epoch_) begin_epoch();
      train_epoch();
      if (!context_.interrupted) validate();
      if (context_.interrupted) break;
      end_epoch();
    }
    call_or_report([&](Callback& callback) { callback.on_train_end(context_, logs_); });
    if (context_.interrupted) {
      throw Error(ErrorKind::kInterrupted,
                  "training was interrupted in epoch " + std::to_string(context_.epoch + 1));
    }
    return std::move(history_);
  }

 private:
  [[nodiscard]] BatchStream* validation() const { return options_.validation_data.stream(); }

  template <typename Hook>
  void call(Hook hook) {
    for (const CallbackList::Item& item : options_.callbacks) hook(*item.get());
  }

  /// While training goes on a file that cannot be written need not be its end.
  template <typename Hook>
  void call_or_report(Hook hook) {
    call([&](Callback& callback) {
      try {
        hook(callback);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kIo || !options_.on_save_error) throw;
        options_.on_save_error(error);
      }
    });
  }

  void begin() {
    std::optional<RunState> restored;
    call([&](Callback& callback) {
      if (!restored) restored = callback.restore(context_);
    });
    if (restored) {
      context_.resumed = true;
      context_.epoch = restored->epoch;
      context_.step = restored->step;
      context_.stop_training = restored->stop_training;
      in_epoch_ = restored->in_epoch;
    }
    call([&](Callback& callback) { callback.on_train_begin(context_); });
    if (!restored) return;
    trainer_.set_state(restored->trainer);
    logs_ = std::move(restored->logs);
    history_ = std::move(restored->history);
    std::size_t index = 0;
    call([&](Callback& callback) {
      if (index < restored->callbacks.size()) callback.set_state(restored->callbacks[index]);
      ++index;
    });
  }

  RunState state() {
    RunState state{.epoch = context_.epoch,
                   .step = context_.step,
                   .in_epoch = in_epoch_,
                   .stop_training = context_.stop_training,
                   .logs = logs_,
                   .history = history_,
                   .trainer = trainer_.state()};
    call([&](Callback& callback) {
      state.callbacks.push_back(callback.state());
      std::shared_future<void> save = callback.pending_save();
      if (save.valid()) state.pending_saves.push_back(std::move(save));
    });
    return state;
  }

  void safe_point() {
    call_or_report([&](Callback& callback) { callback.at_safe_point(context_); });
  }

  void begin_epoch() {
    in_epoch_ = true;
    trainer_.reset_metrics();
    call_or_report([&](Callback& callback) { callback.on_epoch_begin(context_, context_.epoch); });
  }

  void train_epoch() {
    while (context_.step < context_.steps && !context_.stop_training) {
      const std::size_t step = context_.step;
      call_or_report([&](Callback& callback) { callback.on_train_batch_begin(context_, step); });
      const Batch& batch = weighting_.apply(data_.next());
      const double loss = trainer_.train_on_batch(batch);
      if (context_.on_nan == OnNan::kError) require_finite(loss, context_.epoch, step, batch);
      logs_ = trainer_.metrics();
      ++context_.step;
      call_or_report(
          [&](Callback& callback) { callback.on_train_batch_end(context_, step, loss, logs_); });
      context_.interrupted = options_.interrupted && options_.interrupted();
      safe_point();
      if (context_.interrupted) return;
    }
  }

  void validate() {
    if (validation() == nullptr || !options_.validation_freq.due(context_.epoch)) return;
    const Logs tested = test_on(trainer_, *validation(), context_.validation_steps,
                                options_.callbacks, context_, options_.interrupted);
    if (context_.interrupted) {
      safe_point();  // logs_ are still those of training: a resumed run validates again.
      return;
    }
    for (const auto& [name, value] : tested) logs_.emplace_back("val_" + name, value);
  }

  void end_epoch() {
    call_or_report(
        [&](Callback& callback) { callback.on_epoch_end(context_, context_.epoch, logs_); });
    history_.epoch.push_back(context_.epoch);
    for (const auto& [name, value] : logs_) history_.history[name].push_back(value);
    in_epoch_ = false;
    ++context_.epoch;
    context_.step = 0;
    safe_point();
  }

  Trainer& trainer_;
  BatchStream& data_;
  const FitOptions& options_;
  ClassWeighting weighting_{{}, data_};
  TrainingContext context_;
  History history_;
  Logs logs_;  // The latest: running means in an epoch, its result after it.
  bool in_epoch_ = false;
};

}  // namespace

ValidationData::ValidationData(Arrays data) {
  data.shuffle = false;
  stream_ = std::make_shared<BatchStream>(stream_of(std::move(data)));
}

void ValidationFreq::validate() const {
  if (every_ == 0 && (epochs_.empty() || *epochs_.begin() == 0)) {
    throw Error(ErrorKind::kUsage,
                "validation_freq must be positive, or a list of epochs counted from 1");
  }
}

History fit(Trainer& trainer, BatchStream& data, const FitOptions& options) {
  return Run(trainer, data, options).fit();
}

History fit(Trainer& trainer, Arrays data, FitOptions options) {
  const double share = data.validation_split;
  if (!(share >= 0.0 && share < 1.0)) {
    throw Error(ErrorKind::kUsage, "validation_split must be in [0, 1), got " + number_text(share));
  }
  // Given validation data wins, as in Keras.
  if (share > 0.0 && options.validation_data.stream() == nullptr) {
    const auto samples = data.x.shape()[0];
    const auto kept =
        static_cast<std::int64_t>(std::floor(static_cast<double>(samples) * (1.0 - share)));
    if (kept == 0 || kept == samples) {
      throw Error(ErrorKind::kUsage, "validation_split " + number_text(share) + " of " +
                                         std::to_string(samples) +
                                         " samples leaves none to train or to validate on");
    }
    const auto rows = [](const Tensor& all, std::int64_t begin, std::int64_t end) {
      Shape shape = all.shape();
      const std::size_t row = all.size() / static_cast<std::size_t>(shape[0]);
      shape[0] = end - begin;
      return Tensor(shape, all.values().subspan(static_cast<std::size_t>(begin) * row,
                                                static_cast<std::size_t>(end - begin) * row));
    };
    if (!data.sample_weight.empty() &&
        data.sample_weight.size() != static_cast<std::size_t>(samples)) {
      throw Error(ErrorKind::kUsage, "sample_weight has " +
                                         std::to_string(data.sample_weight.size()) +
                                         " values for " + std::to_string(samples) + " samples");
    }
    const auto weights = [&](std::int64_t begin, std::int64_t end) {
      return data.sample_weight.empty() ? Tensor() : rows(data.sample_weight, begin, end);
    };
    options.validation_data = Arrays{.x = rows(data.x, kept, samples),
                                     .y = rows(data.y, kept, samples),
                                     .batch_size = data.batch_size,
                                     .sample_weight = weights(kept, samples)};
    data.x = rows(data.x, 0, kept);
    data.y = rows(data.y, 0, kept);
    data.sample_weight = weights(0, kept);
  }
  BatchStream stream = stream_of(std::move(data));
  return fit(trainer, stream, options);
}

Logs evaluate(Trainer& trainer, BatchStream& data, const TestOptions& options) {
  prepare(trainer, data);
  TrainingContext context;
  context.trainer = &trainer;
  context.data = &data;
  context.steps = options.steps > 0 ? options.steps : data.size();
  context.log_names = trainer.metric_names();
  return test_on(trainer, data, context.steps, options.callbacks, context);
}

Logs evaluate(Trainer& trainer, Arrays data, const TestOptions& options) {
  data.shuffle = false;
  BatchStream stream = stream_of(std::move(data));
  return evaluate(trainer, stream, options);
}

Tensor predict(Trainer& trainer, BatchStream& data, const TestOptions& options) {
  prepare(trainer, data, Labels::kIgnored);
  const auto call = [&](auto hook) {
    for (const CallbackList::Item& item : options.callbacks) hook(*item.get());
  };
  TrainingContext context;
  context.trainer = &trainer;
  context.data = &data;
  context.steps = options.steps > 0 ? options.steps : data.size();
  call([&](Callback& callback) { callback.on_predict_begin(context); });
  data.reset();
  std::vector<float> all;
  Shape shape{0};
  for (std::size_t step = 0; step < context.steps; ++step) {
    call([&](Callback& callback) { callback.on_predict_batch_begin(context, step); });
    const Tensor outputs = trainer.predict_on_batch(data.next().x);
    if (step == 0) {
      shape = outputs.shape();
      shape[0] = 0;
      all.reserve(data.samples() *
                  (outputs.size() /
                   static_cast<std::size_t>(std::max<std::int64_t>(1, outputs.shape()[0]))));
    }
    shape[0] += outputs.shape()[0];
    all.insert(all.end(), outputs.values().begin(), outputs.values().end());
    call([&](Callback& callback) { callback.on_predict_batch_end(context, step, outputs); });
  }
  call([&](Callback& callback) { callback.on_predict_end(context); });
  return Tensor(shape, all);
}

}  // namespace folio
