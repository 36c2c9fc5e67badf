#include "metric_set.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace folio::internal {
namespace {

/// The metric, or one for each of its thresholds if it has several.
std::vector<Metric> each_threshold(const Metric& metric) {
  std::vector<Metric> each;
  const auto split = [&](auto kind) {
    if constexpr (requires { kind.thresholds; }) {
      const std::vector<double> thresholds = kind.thresholds.values();
      if (thresholds.size() < 2) return;
      for (const double threshold : thresholds) {
        kind.thresholds = threshold;
        std::ostringstream name;
        name << metric.name() << '_' << threshold;
        each.emplace_back(kind, name.str());
      }
    }
  };
  std::visit(split, metric.kind());
  if (each.empty()) each.push_back(metric);
  return each;
}

}  // namespace

MetricSet::MetricSet(std::vector<Metric> metrics, std::vector<Metric> weighted) {
  const auto taken = [&](const std::string& name) {
    return name == "loss" || std::any_of(entries_.begin(), entries_.end(),
                                         [&](const Entry& one) { return one.name == name; });
  };
  const auto add = [&](Metric& metric, bool is_weighted) {
    std::string name = metric.name();
    if (is_weighted && taken(name)) name = "weighted_" + name;
    const std::string stem = name;
    for (int number = 1; taken(name); ++number) name = stem + "_" + std::to_string(number);
    entries_.push_back({std::move(metric), std::move(name), is_weighted, nullptr});
  };
  for (Metric& metric : metrics) {
    for (Metric& one : each_threshold(metric)) add(one, false);
  }
  for (Metric& metric : weighted) {
    for (Metric& one : each_threshold(metric)) add(one, true);
  }
}

std::vector<std::string> MetricSet::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return names;
}

void MetricSet::begin_batch(const Shape& targets, const Shape& outputs, std::size_t shards) {
  const auto same = [](const Shape& bound, const Shape& shape) {
    return std::equal(bound.begin(), bound.end(), shape.begin() + 1, shape.end());
  };
  if (bound_outputs_.empty() || !same(bound_targets_, targets) || !same(bound_outputs_, outputs)) {
    std::size_t count = 0;
    for (Entry& entry : entries_) {
      entry.function = make_metric_function(entry.metric, targets, outputs);
      entry.first_sum = count;
      count += entry.function->sums();
    }
    bound_targets_.assign(targets.begin() + 1, targets.end());
    bound_outputs_.assign(outputs.begin() + 1, outputs.end());
    if (sums_.size() != count) sums_.assign(count, 0.0);
    shard_sums_.clear();
  }
  while (shard_sums_.size() < shards) shard_sums_.emplace_back(sums_.size(), 0.0);
}

bool MetricSet::needs_outputs() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return !entry.function->only_order(); });
}

void MetricSet::update(std::size_t shard, const LabelledRows& rows) {
  LabelledRows unweighted = rows;
  unweighted.sample_weight = nullptr;
  for (const Entry& entry : entries_) {
    entry.function->update(entry.weighted ? rows : unweighted,
                           shard_sums_[shard].data() + entry.first_sum);
  }
}

void MetricSet::end_batch() {
  for (std::vector<double>& shard : shard_sums_) {
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += shard[i];
    std::fill(shard.begin(), shard.end(), 0.0);
  }
}

Logs MetricSet::results() const {
  Logs logs;
  for (const Entry& entry : entries_) {
    logs.emplace_back(entry.name, entry.function == nullptr
                                      ? 0.0
                                      : entry.function->result(sums_.data() + entry.first_sum));
  }
  return logs;
}

void MetricSet::save(State& state) const {
  state.put("metric_sums", static_cast<double>(sums_.size()));
  for (std::size_t i = 0; i < sums_.size(); ++i) state.put("metric/" + std::to_string(i), sums_[i]);
}

void MetricSet::load(const State& state) {
  const double count = state.number("metric_sums");
  sums_.clear();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    sums_.push_back(state.number("metric/" + std::to_string(i)));
  }
  bound_outputs_.clear();  // The next batch says again what the sums are of.
}

void MetricSet::reset() {
  std::fill(sums_.begin(), sums_.end(), 0.0);
  for (std::vector<double>& shard : shard_sums_) std::fill(shard.begin(), shard.end(), 0.0);
}

}  // namespace folio::internal
