/// A trainer that learns nothing and reports what a test has written down.
#pragma once
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/trainer.h>

namespace folio::test {

/// Epoch e has loss losses[e] and, when tested, losses[e] too, until the script ends; its only
/// weight is the number of batches trained on, and its files hold that number as text.
class ScriptedTrainer : public Trainer {
 public:
  explicit ScriptedTrainer(std::vector<double> losses) : losses_(std::move(losses)) {}

  std::vector<std::string> saved;          ///< Every path, in order.
  std::vector<std::uint64_t> batches;      ///< Number of every batch trained on.
  std::vector<std::uint64_t> tested;       ///< Number of every batch tested on.
  std::size_t prepared_classes = 0;
  float trained = 0.0F;

  void prepare(const Shape&, std::size_t num_classes, std::size_t) override {
    prepared_classes = num_classes;
  }
  double train_on_batch(const Batch& batch) override {
    if (batches.empty() || counted_) start_epoch();
    batches.push_back(batch.number);
    ++trained;
    return now_;
  }
  double test_on_batch(const Batch& batch) override {
    tested.push_back(batch.number);
    return now_;
  }
  Tensor predict_on_batch(const Tensor& x) override {
    Tensor rows({x.shape()[0], 1});
    for (std::size_t i = 0; i < rows.size(); ++i) rows.data()[i] = x.row(i)[0];
    return rows;
  }
  [[nodiscard]] std::vector<std::string> metric_names() const override {
    return {"loss", "accuracy"};
  }
  [[nodiscard]] Logs metrics() const override { return {{"loss", now_}, {"accuracy", 1 - now_}}; }
  // fit() resets before an epoch trains, and before and after a validation.
  void reset_metrics() override { counted_ = batches.size() > tested_at_ && tested.size() == last_; }
  [[nodiscard]] std::vector<Tensor> weights() const override {
    Tensor weight({1});
    weight.data()[0] = trained;
    std::vector<Tensor> all;
    all.push_back(std::move(weight));
    return all;
  }
  void set_weights(const std::vector<Tensor>& weights) override {
    trained = weights.at(0).data()[0];
  }
  void save(const std::string& path) const override { write(path, "model"); }
  void save_weights(const std::string& path) const override { write(path, "weights"); }
  [[nodiscard]] double learning_rate() const override { return rate_; }
  void set_learning_rate(double rate) override { rate_ = rate; }
