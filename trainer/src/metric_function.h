/// MetricFunction: a metric as it is computed: sums over rows, and a number from the sums.
#pragma once
#include <cstddef>
#include <memory>

#include <folio/trainer/metric.h>

#include "loss_function.h"

namespace folio::internal {

/// Everything a metric remembers is a list of sums, so that shards can be added up in order.
///
/// Threads update() may run on several threads with different sums.
class MetricFunction {
 public:
  virtual ~MetricFunction() = default;
  [[nodiscard]] virtual std::size_t sums() const { return 2; }
  virtual void update(const LabelledRows& rows, double* sums) const = 0;
  [[nodiscard]] virtual double result(const double* sums) const {
    return sums[1] == 0.0 ? 0.0 : sums[0] / sums[1];
  }
  /// Whether it only asks which outputs are larger than which, so that values before a softmax do.
  [[nodiscard]] virtual bool only_order() const { return false; }
};

/// For a model with this many outputs and labels of these shapes, which decide what `accuracy` is.
///
/// Errors  Error (kData) if the metric cannot compare the two.
std::unique_ptr<MetricFunction> make_metric_function(const Metric& metric, const Shape& targets,
                                                     const Shape& outputs);

}  // namespace folio::internal
