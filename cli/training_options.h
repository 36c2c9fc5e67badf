// How `folio train` compiles a model: loss, metrics, optimizer.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/trainer/model.h>

#include "dataset_options.h"

namespace folio::cli {

class TrainingOptions {
 public:
  void add_to(CLI::App& command, const std::string& group);

  // Refuses what does not fit together, before any data is looked at.
  void check() const;

  // Labels follow the loss, and the loss the labels, where only one of them is said; a trained
  // model's loss is said by its file. `model` is null for a built-in one.
  void settle_labels(const Model* model, DatasetOptions& dataset);

  // Compiles a model; a trained one goes on as it was compiled in what the line leaves open. A
  // schedule takes all updates of the run.
  void compile(Model& model, std::size_t batches) const;

 private:
  [[nodiscard]] Optimizer optimizer(std::size_t batches) const;
  [[nodiscard]] Loss chosen_loss(const std::string& otherwise) const;
  [[nodiscard]] bool optimizer_is_said() const;

  std::string optimizer_;
  std::optional<double> learning_rate_;
  std::string schedule_;
  std::optional<double> warmup_steps_;
  std::optional<double> momentum_;
  std::optional<double> weight_decay_;
  std::optional<double> clipnorm_;
  std::string loss_;
  std::string settled_loss_;
  std::string default_metric_ = "accuracy";
  std::optional<double> label_smoothing_;
  std::vector<std::string> metrics_;
  bool no_winograd_ = false;
};

}  // namespace folio::cli
