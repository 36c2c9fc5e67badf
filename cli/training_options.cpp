#include "training_options.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <folio/datasets/error.h>
#include <folio/trainer/model_file.h>

#include "text_table.h"
#include "validators.h"

namespace folio::cli {
namespace {

const std::string kCategorical = "categorical_crossentropy";
const std::string kSparse = "sparse_categorical_crossentropy";
const std::string kBinary = "binary_crossentropy";
const std::string kSquares = "mean_squared_error";

std::string list(const std::vector<std::string>& names, const std::string& separator = ", ") {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : separator) + name;
  return all;
}

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorKind::kUsage, reason); }

// The schedule of that name over a run, from this rate.
LearningRate schedule_over(const std::string& name, double rate, std::size_t steps,
                           std::optional<double> warmup_steps) {
  const double all = static_cast<double>(std::max<std::size_t>(1, steps));
  const double warmup = std::min(warmup_steps.value_or(0.0), all - 1.0);
  if (name == "cosine_decay") {
    if (warmup <= 0.0) return CosineDecay{.initial_learning_rate = rate, .decay_steps = all};
    return CosineDecay{.initial_learning_rate = 0.0,
                       .decay_steps = all - warmup,
                       .warmup_target = rate,
                       .warmup_steps = warmup};
  }
  return PolynomialDecay{
      .initial_learning_rate = rate, .decay_steps = all, .end_learning_rate = 0.0};
}

bool has_one_output(const Model& model) {
  if (!model.input_shape().empty()) return element_count(model.output_shape()) == 1;
  // Before the size of images is known, the last layer that has units tells.
  const Json architecture = Json::parse(to_json(model));
  int units = 0;
  for (const Json& layer : architecture.at("config").at("layers")) {
    units = layer.at("config").value("units", units);
  }
  return units == 1;
}

}  // namespace

void TrainingOptions::add_to(CLI::App& command, const std::string& group) {
  command.add_option("--optimizer", optimizer_, "sgd by default")
      ->type_name(list(optimizer_names(), "|"))
      ->group(group);
  command
      .add_option("--learning-rate", learning_rate_,
                  "0.01 for sgd, 0.001 for the others by default")
      ->type_name("RATE")
      ->check(non_negative_number())
      ->group(group);
  command
      .add_option(
          "--learning-rate-schedule", schedule_,
          "From that rate to 0 over the whole run, along a cosine or a line (polynomial_decay)")
      ->type_name("cosine_decay|polynomial_decay")
      ->check(one_of({"cosine_decay", "polynomial_decay"}))
      ->group(group);
  command
      .add_option("--warmup-steps", warmup_steps_,
                  "For cosine_decay: first rise from 0 for this many batches")
      ->type_name("N")
      ->check(whole_number())
      ->group(group);
  command.add_option("--momentum", momentum_, "For sgd and rmsprop")
      ->type_name("SHARE")
      ->group(group);
  command
      .add_option("--weight-decay", weight_decay_,
                  "Weights shrink by the learning rate times this before each step")
      ->type_name("SHARE")
      ->group(group);
  command.add_option("--clipnorm", clipnorm_, "Largest norm of the gradient of one weight")
      ->type_name("NORM")
      ->group(group);
  command
      .add_option("--loss", loss_,
                  "A loss of Keras by name or alias; by default " + kCategorical + ",\n" + kBinary +
                      " for a model with one output or several labels an\nimage, " + kSparse +
                      " for class_mode sparse,\n" + kSquares + " for raw")
      ->type_name("NAME")
      ->group(group);
  command
      .add_option("--label-smoothing", label_smoothing_,
                  "For categorical and binary crossentropies")
      ->type_name("SHARE")
      ->group(group);
  command
      .add_option("--metrics", metrics_,
                  wrapped("Any of " + list(metric_names()) +
                              ", or a loss; accuracy by default, mean_absolute_error for "
                              "class_mode raw",
                          75))
      ->type_name("NAME,...")
      ->delimiter(',')
      ->group(group);
  command
      .add_flag("--no-winograd", no_winograd_,
                "Compute all convolutions directly: slower, and other bits")
      ->group(group);
}

bool TrainingOptions::optimizer_is_said() const {
  return !optimizer_.empty() || !schedule_.empty() || momentum_ || weight_decay_ || clipnorm_;
}

void TrainingOptions::check() const {
  if (warmup_steps_ && schedule_ != "cosine_decay") {
    refuse("--warmup-steps: only with --learning-rate-schedule cosine_decay");
  }
  (void)optimizer(1);
  (void)chosen_loss(kCategorical);
  for (const std::string& name : metrics_) (void)Metric(name);
}

Optimizer TrainingOptions::optimizer(std::size_t batches) const {
  const std::string name = optimizer_.empty() ? "sgd" : optimizer_;
  const auto apply = [&](auto kind) -> Optimizer {
    if (learning_rate_) kind.learning_rate = *learning_rate_;
    if (!schedule_.empty()) {
      kind.learning_rate =
          schedule_over(schedule_, kind.learning_rate.at(0), batches, warmup_steps_);
    }
    if (momentum_) {
      if constexpr (requires { kind.momentum; }) {
        kind.momentum = *momentum_;
      } else {
        refuse("--momentum: only sgd and rmsprop have it, the optimizer is " + name);
      }
    }
    if (weight_decay_) kind.weight_decay = *weight_decay_;
    if (clipnorm_) kind.clipnorm = *clipnorm_;
    return kind;
  };
  return std::visit(apply, Optimizer(name).kind());
}

Loss TrainingOptions::chosen_loss(const std::string& otherwise) const {
  const Loss named(loss_.empty() ? otherwise : loss_);
  if (!label_smoothing_) return named;
  const auto smooth = [&](auto kind) -> Loss {
    if constexpr (requires { kind.label_smoothing; }) {
      kind.label_smoothing = *label_smoothing_;
      return kind;
    } else {
      refuse("--label-smoothing: the loss is " + named.name() +
             ", only categorical and binary crossentropies have it");
    }
  };
  return std::visit(smooth, named.kind());
}

void TrainingOptions::settle_labels(const Model* model, DatasetOptions& dataset) {
  Json& flow = dataset.flow;
  const bool one_output = model != nullptr && has_one_output(*model);
  const bool numbers = has_numbers(dataset.flow_options().class_mode);
  const bool classes = !numbers && !dataset.has_several_labels();
  if (numbers) default_metric_ = "mean_absolute_error";
  const auto labels = [&] {
    const bool said = flow.contains("class_mode") && flow.at("class_mode").is_string();
    return said ? flow.at("class_mode").get<std::string>() : std::string();
  };
  if (model != nullptr && model->compiled() && loss_.empty() && !label_smoothing_) {
    settled_loss_ = model->compile_options().loss.name();
  } else if (!loss_.empty()) {
    settled_loss_ = Loss(loss_).name();
  } else if (numbers) {
    settled_loss_ = kSquares;
  } else if (one_output || !classes) {
    settled_loss_ = kBinary;
  } else {
    // A built-in model has an output for each class, also of two.
    settled_loss_ = labels() == "sparse" || labels() == "binary" ? kSparse : kCategorical;
  }
  if (flow.contains("class_mode") || !classes) return;
  if (Loss(settled_loss_).sparse()) {
    flow["class_mode"] = "sparse";
  } else if (one_output) {
    flow["class_mode"] = "binary";
  }
}

void TrainingOptions::compile(Model& model, std::size_t batches) const {
  const bool loss_is_said = !loss_.empty() || label_smoothing_;
  model.set_winograd(!no_winograd_);
  std::vector<Metric> metrics(metrics_.begin(), metrics_.end());
  if (!model.compiled()) {
    if (metrics.empty()) metrics = {default_metric_};
    model.compile({.optimizer = optimizer(batches),
                   .loss = chosen_loss(settled_loss_),
                   .metrics = std::move(metrics)});
    return;
  }
  if (optimizer_is_said() || loss_is_said || !metrics.empty()) {
    CompileOptions options = model.compile_options();
    if (optimizer_is_said()) options.optimizer = optimizer(batches);
    if (loss_is_said) options.loss = chosen_loss(settled_loss_);
    if (!metrics.empty()) options.metrics = std::move(metrics);
    model.compile(std::move(options));
  }
  if (learning_rate_ && !optimizer_is_said()) model.set_learning_rate(*learning_rate_);
}

}  // namespace folio::cli
