#include "metric_function.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace folio::internal {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras' backend epsilon.

double ratio(double part, double whole) { return whole == 0.0 ? 0.0 : part / whole; }

/// Labels as one-hot rows, however they are given.
class Labels {
 public:
  explicit Labels(bool sparse) : sparse_(sparse) {}

  [[nodiscard]] float at(const LabelledRows& rows, std::size_t row, std::size_t k) const {
    if (!sparse_) return rows.targets[row * rows.width + k];
    return rows.targets[row] == static_cast<float>(k) ? 1.0F : 0.0F;
  }

  /// The class of a row; `width` for a label that is none.
  [[nodiscard]] std::size_t label(const LabelledRows& rows, std::size_t row) const {
    if (sparse_) {
      const float label = rows.targets[row];
      const bool fits = label >= 0.0F && label < static_cast<float>(rows.width);
      return fits ? static_cast<std::size_t>(label) : rows.width;
    }
    const float* target = rows.targets + row * rows.width;
    return static_cast<std::size_t>(std::max_element(target, target + rows.width) - target);
  }

 private:
  bool sparse_;
};

/// Mean over rows of a number for each row.
template <typename Value>
class MeanOverRows : public MetricFunction {
 public:
  MeanOverRows(Value value, bool only_order) : value_(std::move(value)), only_order_(only_order) {}
  void update(const LabelledRows& rows, double* sums) const override {
    for (std::size_t row = 0; row < rows.count; ++row) {
      const double weight = rows.weight(row);
      sums[0] += weight * value_(rows, row);
      sums[1] += weight;
    }
  }
  [[nodiscard]] bool only_order() const override { return only_order_; }

 private:
  Value value_;
  bool only_order_;
};

template <typename Value>
std::unique_ptr<MetricFunction> mean_over_rows(Value value, bool only_order = false) {
  return std::make_unique<MeanOverRows<Value>>(std::move(value), only_order);
}

std::unique_ptr<MetricFunction> binary_accuracy(double threshold) {
  return mean_over_rows([threshold](const LabelledRows& rows, std::size_t row) {
    const float* output = rows.outputs + row * rows.width;
    const float* target = rows.targets + row * rows.width;
    std::size_t right = 0;
    for (std::size_t k = 0; k < rows.width; ++k) {
      right += (output[k] > threshold ? 1.0F : 0.0F) == target[k] ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(rows.width);
  });
}

std::unique_ptr<MetricFunction> categorical_accuracy(Labels labels) {
  return mean_over_rows(
      [labels](const LabelledRows& rows, std::size_t row) {
        const float* output = rows.outputs + row * rows.width;
        const auto largest = std::max_element(output, output + rows.width) - output;
        return static_cast<std::size_t>(largest) == labels.label(rows, row) ? 1.0 : 0.0;
      },
      true);
}

std::unique_ptr<MetricFunction> top_k_accuracy(Labels labels, int k) {
  return mean_over_rows(
      [labels, k](const LabelledRows& rows, std::size_t row) {
        const float* output = rows.outputs + row * rows.width;
        const std::size_t label = labels.label(rows, row);
        if (label >= rows.width || !std::isfinite(output[label])) return 0.0;
        // Outputs that tie with that of the class do not push it out.
        const auto larger = std::count_if(output, output + rows.width,
                                          [&](float value) { return value > output[label]; });
        return larger < k ? 1.0 : 0.0;
      },
      true);
}

/// Sums: true positives; what should or what does count as positive (Recall, Precision).
class PrecisionOrRecall : public MetricFunction {
 public:
  /// MetricSet gives at most one threshold.
  PrecisionOrRecall(bool recall, Labels labels, const std::vector<double>& thresholds,
                    std::optional<int> top_k, std::optional<int> class_id)
      : recall_(recall),
        labels_(labels),
        threshold_(!thresholds.empty() ? thresholds.front()
                   : top_k             ? -INFINITY
                                       : 0.5),
        top_k_(top_k),
        class_id_(class_id) {}

  void update(const LabelledRows& rows, double* sums) const override {
    for (std::size_t row = 0; row < rows.count; ++row) {
      const float* output = rows.outputs + row * rows.width;
      const double weight = rows.weight(row);
      for (std::size_t k = 0; k < rows.width; ++k) {
        if (class_id_ && k != static_cast<std::size_t>(*class_id_)) continue;
        const bool truth = labels_.at(rows, row, k) != 0.0F;
        const bool predicted = output[k] > threshold_ && in_top_k(output, rows.width, k);
        sums[0] += truth && predicted ? weight : 0.0;
        sums[1] += (recall_ ? truth : predicted) ? weight : 0.0;
      }
    }
  }

 private:
  /// Of equal outputs the first ones are in.
  [[nodiscard]] bool in_top_k(const float* output, std::size_t width, std::size_t k) const {
    if (!top_k_) return true;
    int before = 0;
    for (std::size_t other = 0; other < width; ++other) {
      if (output[other] > output[k] || (output[other] == output[k] && other < k)) ++before;
    }
    return before < *top_k_;
  }

  bool recall_;
  Labels labels_;
  double threshold_;
  std::optional<int> top_k_;
  std::optional<int> class_id_;
};

/// Sums: for each number of thresholds that an output exceeds, the weight of true and of false
/// labels with such outputs.
class AreaUnderCurve : public MetricFunction {
 public:
  AreaUnderCurve(const AUC& options, Labels labels)
      : options_(options),
        labels_(labels),
        count_(static_cast<std::size_t>(options.num_thresholds)) {
    thresholds_.push_back(-kEpsilon);
    for (std::size_t i = 1; i + 1 < count_; ++i) {
      thresholds_.push_back(static_cast<double>(i) / static_cast<double>(count_ - 1));
    }
    thresholds_.push_back(1.0 + kEpsilon);
  }

  [[nodiscard]] std::size_t sums() const override { return 2 * (count_ + 1); }

  void update(const LabelledRows& rows, double* sums) const override {
    for (std::size_t row = 0; row < rows.count; ++row) {
      for (std::size_t k = 0; k < rows.width; ++k) {
        const double output = rows.outputs[row * rows.width + k];
        const auto exceeded =
            std::lower_bound(thresholds_.begin(), thresholds_.end(), output) - thresholds_.begin();
        const bool truth = labels_.at(rows, row, k) != 0.0F;
        sums[2 * static_cast<std::size_t>(exceeded) + (truth ? 0 : 1)] += rows.weight(row);
      }
    }
  }

  [[nodiscard]] double result(const double* sums) const override {
    // What lies above each threshold, from the highest down.
    std::vector<double> true_positives(count_), false_positives(count_);
    double positives = 0.0;
    double negatives = 0.0;
    for (std::size_t i = count_; i-- > 0;) {
      positives += sums[2 * (i + 1)];
      negatives += sums[2 * (i + 1) + 1];
      true_positives[i] = positives;
      false_positives[i] = negatives;
    }
    positives += sums[0];
    negatives += sums[1];
    if (options_.curve == "PR" && options_.summation_method == "interpolation") {
      return interpolated_precision(true_positives, false_positives, positives);
    }
    double area = 0.0;
    const auto point = [&](std::size_t i) {
      const double recall = ratio(true_positives[i], positives);
      if (options_.curve == "ROC") return std::pair(ratio(false_positives[i], negatives), recall);
      return std::pair(recall, ratio(true_positives[i], true_positives[i] + false_positives[i]));
    };
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      const auto [x, y] = point(i);
      const auto [next_x, next_y] = point(i + 1);
      const double height = options_.summation_method == "minoring"   ? std::min(y, next_y)
                            : options_.summation_method == "majoring" ? std::max(y, next_y)
                                                                      : (y + next_y) / 2.0;
      area += (x - next_x) * height;
    }
    return area;
  }

 private:
  /// Source  Davis and Goadrich, The Relationship Between Precision-Recall and ROC Curves (ICML
  ///         2006): between two points true positives grow in proportion to all positives.
  [[nodiscard]] double interpolated_precision(const std::vector<double>& true_positives,
                                              const std::vector<double>& false_positives,
                                              double positives) const {
    double area = 0.0;
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      const double all = true_positives[i] + false_positives[i];
      const double next_all = true_positives[i + 1] + false_positives[i + 1];
      const double rise = true_positives[i] - true_positives[i + 1];
      const double slope = ratio(rise, std::max(all - next_all, 0.0));
      const double intercept = true_positives[i + 1] - slope * next_all;
      const double growth = all > 0.0 && next_all > 0.0 ? all / next_all : 1.0;
      area += ratio(slope * (rise + intercept * std::log(growth)), positives);
    }
    return area;
  }

  AUC options_;
  Labels labels_;
  std::size_t count_;
  std::vector<double> thresholds_;
};

/// Sums for each class: true positives, predicted, labelled.
class F1Function : public MetricFunction {
 public:
  F1Function(const F1Score& options, Labels labels, std::size_t classes)
      : options_(options), labels_(labels), classes_(classes) {}

  [[nodiscard]] std::size_t sums() const override { return 3 * classes_; }

  void update(const LabelledRows& rows, double* sums) const override {
    for (std::size_t row = 0; row < rows.count; ++row) {
      const float* output = rows.outputs + row * rows.width;
      const float largest = *std::max_element(output, output + rows.width);
      const double weight = rows.weight(row);
      for (std::size_t k = 0; k < rows.width; ++k) {
        const bool predicted = options_.threshold
                                   ? output[k] > *options_.threshold
                                   : output[k] >= largest && std::abs(output[k]) > 1e-9F;
        const double truth = labels_.at(rows, row, k);
        sums[3 * k] += predicted ? weight * truth : 0.0;
        sums[3 * k + 1] += predicted ? weight : 0.0;
        sums[3 * k + 2] += weight * truth;
      }
    }
  }

  [[nodiscard]] double result(const double* sums) const override {
    const auto f1 = [](double right, double predicted, double labelled) {
      const double precision = right / (predicted + kEpsilon);
      const double recall = right / (labelled + kEpsilon);
      return 2.0 * precision * recall / (precision + recall + kEpsilon);
    };
    double right = 0.0, predicted = 0.0, labelled = 0.0, mean = 0.0, weighted = 0.0;
    for (std::size_t k = 0; k < classes_; ++k) {
      const double* own = sums + 3 * k;
      right += own[0];
      predicted += own[1];
      labelled += own[2];
      const double one = f1(own[0], own[1], own[2]);
      mean += one / static_cast<double>(classes_);
      weighted += one * own[2];
    }
    if (options_.average == "micro") return f1(right, predicted, labelled);
    return options_.average == "macro" ? mean : weighted / (labelled + kEpsilon);
  }

 private:
  F1Score options_;
  Labels labels_;
  std::size_t classes_;
};

class RootMeanSquare : public MetricFunction {
 public:
  void update(const LabelledRows& rows, double* sums) const override {
    for (std::size_t row = 0; row < rows.count; ++row) {
      for (std::size_t k = row * rows.width; k < (row + 1) * rows.width; ++k) {
        const double error = double{rows.outputs[k]} - rows.targets[k];
        sums[0] += rows.weight(row) * error * error;
        sums[1] += rows.weight(row);
      }
    }
  }
  [[nodiscard]] double result(const double* sums) const override {
    return std::sqrt(ratio(sums[0], sums[1]));
  }
};

class MeanLoss : public MetricFunction {
 public:
  explicit MeanLoss(const Loss& loss)
      : function_(loss, ActivationKind::kLinear),
        // Keras' loss is negative, its metric of that name is not.
        sign_(std::holds_alternative<CosineSimilarity>(loss.kind()) ? -1.0 : 1.0) {}
  void update(const LabelledRows& rows, double* sums) const override {
    sums[0] += sign_ * function_.compute(rows, 1.0, nullptr);
    for (std::size_t row = 0; row < rows.count; ++row) sums[1] += rows.weight(row);
  }

 private:
  LossFunction function_;
  double sign_;
};

struct Make {
  const std::string& name;
  const Shape& targets;
  const Shape& outputs;
  bool sparse;

  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(outputs.back()); }

  [[noreturn]] void refuse(const std::string& reason) const {
    throw Error(ErrorKind::kData, "metric " + name + " " + reason);
  }
  void need_rows() const {
    if (sparse)
      refuse("needs labels of shape " + to_string(outputs) + ", got " + to_string(targets));
  }
  void check_class(const std::optional<int>& class_id) const {
    if (class_id && static_cast<std::size_t>(*class_id) >= width()) {
      refuse("has class_id " + std::to_string(*class_id) + ", the model has " +
             std::to_string(width()) + " outputs");
    }
  }

  std::unique_ptr<MetricFunction> operator()(const Accuracy&) const {
    return width() == 1 ? binary_accuracy(0.5) : categorical_accuracy(Labels(sparse));
  }
  std::unique_ptr<MetricFunction> operator()(const BinaryAccuracy& it) const {
    need_rows();
    return binary_accuracy(it.threshold);
  }
  std::unique_ptr<MetricFunction> operator()(const CategoricalAccuracy&) const {
    need_rows();
    return categorical_accuracy(Labels(sparse));
  }
  std::unique_ptr<MetricFunction> operator()(const SparseCategoricalAccuracy&) const {
    need_sparse();
    return categorical_accuracy(Labels(sparse));
  }
  std::unique_ptr<MetricFunction> operator()(const TopKCategoricalAccuracy& it) const {
    need_rows();
    return top_k_accuracy(Labels(sparse), it.k);
  }
  std::unique_ptr<MetricFunction> operator()(const SparseTopKCategoricalAccuracy& it) const {
    need_sparse();
    return top_k_accuracy(Labels(sparse), it.k);
  }
  void need_sparse() const {
    if (!sparse)
      refuse("needs labels that are numbers of classes, got shape " + to_string(targets));
  }
  std::unique_ptr<MetricFunction> operator()(const Precision& it) const {
    check_class(it.class_id);
    return std::make_unique<PrecisionOrRecall>(false, Labels(sparse), it.thresholds.values(),
                                               it.top_k, it.class_id);
  }
  std::unique_ptr<MetricFunction> operator()(const Recall& it) const {
    check_class(it.class_id);
    return std::make_unique<PrecisionOrRecall>(true, Labels(sparse), it.thresholds.values(),
                                               it.top_k, it.class_id);
  }
  std::unique_ptr<MetricFunction> operator()(const AUC& it) const {
    return std::make_unique<AreaUnderCurve>(it, Labels(sparse));
  }
  std::unique_ptr<MetricFunction> operator()(const F1Score& it) const {
    return std::make_unique<F1Function>(it, Labels(sparse), width());
  }
  std::unique_ptr<MetricFunction> operator()(const RootMeanSquaredError&) const {
    need_rows();
    return std::make_unique<RootMeanSquare>();
  }
  std::unique_ptr<MetricFunction> operator()(const Loss& it) const {
    const Loss loss = resolved(it, targets, outputs);
    LossFunction(loss, ActivationKind::kLinear).check_targets(targets, outputs);
    return std::make_unique<MeanLoss>(loss);
  }
};

}  // namespace

std::unique_ptr<MetricFunction> make_metric_function(const Metric& metric, const Shape& targets,
                                                     const Shape& outputs) {
  // One label for each row of several outputs is the number of its class.
  const bool sparse = outputs.back() > 1 && element_count(targets) < element_count(outputs);
  return std::visit(Make{metric.name(), targets, outputs, sparse}, metric.kind());
}

}  // namespace folio::internal
