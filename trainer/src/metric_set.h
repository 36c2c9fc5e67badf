/// MetricSet: the metrics of a compiled model, over all batches since the last reset.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <folio/trainer/metric.h>
#include <folio/trainer/state.h>
#include <folio/trainer/trainer.h>

#include "metric_function.h"

namespace folio::internal {

/// Threads update() may run on several threads with different shards.
class MetricSet {
 public:
  MetricSet() = default;
  /// `weighted` are those that sample weights count for. Names that are taken get a number, or
  /// `weighted_` before them.
  MetricSet(std::vector<Metric> metrics, std::vector<Metric> weighted);

  [[nodiscard]] std::vector<std::string> names() const;

  /// Prepares for batches of these shapes (with the batch axis) in this many shards. Errors: Error
  /// (kData) if a metric cannot compare them.
  void begin_batch(const Shape& targets, const Shape& outputs, std::size_t shards);
  /// Whether update() needs the model's outputs, and not just values in the same order.
  [[nodiscard]] bool needs_outputs() const;
  void update(std::size_t shard, const LabelledRows& rows);
  /// Adds the shards' sums in their order.
  void end_batch();

  [[nodiscard]] Logs results() const;
  void reset();

  // For a run that is continued in the middle of an epoch.
  void save(State& state) const;
  void load(const State& state);

 private:
  struct Entry {
    Metric metric;
    std::string name;
    bool weighted;
    std::unique_ptr<MetricFunction> function;
    std::size_t first_sum = 0;
  };
  std::vector<Entry> entries_;
  Shape bound_targets_, bound_outputs_;  ///< Without the batch axis.
  std::vector<double> sums_;  ///< Of all entries; what load() brought before they are bound.
  std::vector<std::vector<double>> shard_sums_;
};

}  // namespace folio::internal
