#include "loss_function.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

namespace folio::internal {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras' backend epsilon.

/// Takes the derivative of a row's loss by each output; does nothing where none is asked for.
struct Slope {
  float* gradient;
  double factor;
  void operator()(std::size_t k, double value) const {
    if (gradient != nullptr) gradient[k] = static_cast<float>(factor * value);
  }
};

using Row = std::span<const float>;

double sigmoid(double x) {
  return x >= 0.0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
}

double sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0; }

/// Mean over the outputs of loss(y, p), which also gives the derivative by p.
template <typename Element>
double mean_of(Row target, Row output, Slope slope, Element element) {
  const auto count = static_cast<double>(output.size());
  double sum = 0.0;
  for (std::size_t k = 0; k < output.size(); ++k) {
    const auto [loss, derivative] = element(double{target[k]}, double{output[k]});
    sum += loss;
    slope(k, derivative / count);
  }
  return sum / count;
}

/// Crossentropy between truth(k) and the softmax of scores, by its logarithm.
template <typename Truth>
double crossentropy_of_scores(Truth truth, Row output, Slope slope) {
  const float largest = *std::max_element(output.begin(), output.end());
  double sum = 0.0;
  for (const float value : output) sum += std::exp(double{value} - largest);
  const double log_sum = std::log(sum) + largest;
  double loss = 0.0;
  double total = 0.0;
  for (std::size_t k = 0; k < output.size(); ++k) {
    const double wanted = truth(k);
    if (wanted != 0.0) loss += wanted * (log_sum - output[k]);
    total += wanted;
  }
  if (slope.gradient != nullptr) {
    for (std::size_t k = 0; k < output.size(); ++k) {
      slope(k, total * std::exp(output[k] - log_sum) - truth(k));
    }
  }
  return loss;
}

/// Crossentropy between truth(k) and probabilities, which are normalised and clipped as in Keras.
template <typename Truth>
double crossentropy_of_probabilities(Truth truth, Row output, Slope slope) {
  double sum = 0.0;
  for (const float value : output) sum += value;
  const auto clipped = [&](std::size_t k) {
    return std::clamp(output[k] / sum, kEpsilon, 1.0 - kEpsilon);
  };
  // d/dp_k of -sum_j y_j log(p_j / sum): the clip has no slope where it acts.
  double loss = 0.0;
  double through_sum = 0.0;
  for (std::size_t k = 0; k < output.size(); ++k) {
    const double wanted = truth(k);
    if (wanted == 0.0) continue;
    loss -= wanted * std::log(clipped(k));
    if (clipped(k) == output[k] / sum) through_sum += wanted / sum;
  }
  for (std::size_t k = 0; k < output.size(); ++k) {
    const double wanted = truth(k);
    const bool own = wanted != 0.0 && clipped(k) == output[k] / sum;
    slope(k, through_sum - (own ? wanted / output[k] : 0.0));
  }
  return loss;
}

/// The focal variant, from scores or probabilities alike: its derivative by the normalised
/// probability is carried back through the softmax or the normalisation.
template <typename Truth>
double focal_crossentropy(const CategoricalFocalCrossentropy& it, bool scores, Truth truth,
                          Row output, Slope slope) {
  const float largest = scores ? *std::max_element(output.begin(), output.end()) : 0.0F;
  const auto raw = [&](std::size_t k) {
    return scores ? std::exp(double{output[k]} - largest) : double{output[k]};
  };
  double sum = 0.0;
  for (std::size_t k = 0; k < output.size(); ++k) sum += raw(k);
  const auto by_probability = [&](std::size_t k) {
    const double p = raw(k) / sum;
    if (p < kEpsilon || p > 1.0 - kEpsilon) return 0.0;
    return it.alpha * truth(k) *
           (it.gamma * std::pow(1.0 - p, it.gamma - 1.0) * std::log(p) -
            std::pow(1.0 - p, it.gamma) / p);
  };
  double loss = 0.0;
  double mean = 0.0;
  for (std::size_t k = 0; k < output.size(); ++k) {
    const double p = std::clamp(raw(k) / sum, kEpsilon, 1.0 - kEpsilon);
    loss -= it.alpha * std::pow(1.0 - p, it.gamma) * truth(k) * std::log(p);
    mean += by_probability(k) * raw(k) / sum;
  }
  for (std::size_t k = 0; k < output.size(); ++k) {
    slope(k, (by_probability(k) - mean) * (scores ? raw(k) : 1.0) / sum);
  }
  return loss;
}

std::pair<double, double> binary_of_score(double y, double x) {
  return {std::max(x, 0.0) - x * y + std::log1p(std::exp(-std::abs(x))), sigmoid(x) - y};
}

std::pair<double, double> binary_of_probability(double y, double p) {
  const double q = std::clamp(p, kEpsilon, 1.0 - kEpsilon);
  const double loss = -(y * std::log(q) + (1.0 - y) * std::log(1.0 - q));
  return {loss, q == p ? (p - y) / (p * (1.0 - p)) : 0.0};
}

std::pair<double, double> binary_focal(const BinaryFocalCrossentropy& it, double y, double output) {
  const double p = it.from_logits ? sigmoid(output) : output;
  const auto [loss, derivative] = binary_of_probability(y, p);
  const double wrong = 1.0 - (y * p + (1.0 - y) * (1.0 - p));
  const double focus = std::pow(wrong, it.gamma);
  const double focus_derivative = it.gamma * std::pow(wrong, it.gamma - 1.0) * (1.0 - 2.0 * y);
  const double balance =
      it.apply_class_balancing ? y * it.alpha + (1.0 - y) * (1.0 - it.alpha) : 1.0;
  const double through = it.from_logits ? p * (1.0 - p) : 1.0;
  return {balance * focus * loss,
          balance * (focus_derivative * loss + focus * derivative) * through};
}

/// One row's loss for each kind with dense labels.
struct RowLoss {
  Row target;
  Row output;
  Slope slope;
  bool scores;  ///< Outputs are values before a softmax or sigmoid.

  [[nodiscard]] auto smoothed(double smoothing) const {
    return [this, smoothing, spread = smoothing / static_cast<double>(output.size())](
               std::size_t k) { return target[k] * (1.0 - smoothing) + spread; };
  }
  template <typename Element>
  double mean(Element element) const {
    return mean_of(target, output, slope, element);
  }

  double operator()(const CategoricalCrossentropy& it) const {
    const auto truth = smoothed(it.label_smoothing);
    return scores ? crossentropy_of_scores(truth, output, slope)
                  : crossentropy_of_probabilities(truth, output, slope);
  }
  double operator()(const SparseCategoricalCrossentropy&) const { return 0.0; }  // See compute().
  double operator()(const Crossentropy&) const { return 0.0; }                   // See resolved().
  double operator()(const BinaryCrossentropy& it) const {
    return mean([&](double y, double p) {
      y = y * (1.0 - it.label_smoothing) + 0.5 * it.label_smoothing;
      return scores ? binary_of_score(y, p) : binary_of_probability(y, p);
    });
  }
  double operator()(const BinaryFocalCrossentropy& it) const {
    return mean([&](double y, double p) {
      return binary_focal(it, y * (1.0 - it.label_smoothing) + 0.5 * it.label_smoothing, p);
    });
  }
  double operator()(const CategoricalFocalCrossentropy& it) const {
    return focal_crossentropy(it, it.from_logits, smoothed(it.label_smoothing), output, slope);
  }
  double operator()(const MeanSquaredError&) const {
    return mean([](double y, double p) { return std::pair((p - y) * (p - y), 2.0 * (p - y)); });
  }
  double operator()(const MeanAbsoluteError&) const {
    return mean([](double y, double p) { return std::pair(std::abs(p - y), sign(p - y)); });
  }
  double operator()(const MeanAbsolutePercentageError&) const {
    return mean([](double y, double p) {
      const double unit = 100.0 / std::max(std::abs(y), kEpsilon);
      return std::pair(unit * std::abs(p - y), unit * sign(p - y));
    });
  }
  double operator()(const MeanSquaredLogarithmicError&) const {
    return mean([](double y, double p) {
      const double difference =
          std::log(std::max(p, kEpsilon) + 1.0) - std::log(std::max(y, kEpsilon) + 1.0);
      return std::pair(difference * difference, p > kEpsilon ? 2.0 * difference / (p + 1.0) : 0.0);
    });
  }
  double operator()(const Huber& it) const {
    return mean([&](double y, double p) {
      const double error = p - y;
      if (std::abs(error) <= it.delta) return std::pair(0.5 * error * error, error);
      return std::pair(it.delta * (std::abs(error) - 0.5 * it.delta), it.delta * sign(error));
    });
  }
  double operator()(const LogCosh&) const {
    return mean([](double y, double p) {
      const double error = std::abs(p - y);
      return std::pair(error + std::log1p(std::exp(-2.0 * error)) - std::numbers::ln2,
                       std::tanh(p - y));
    });
  }
  double operator()(const Hinge&) const {
    return mean([](double y, double p) {
      y = y == 0.0 ? -1.0 : y;
      const double gap = 1.0 - y * p;
      return std::pair(std::max(gap, 0.0), gap > 0.0 ? -y : 0.0);
    });
  }
  double operator()(const SquaredHinge&) const {
    return mean([](double y, double p) {
      y = y == 0.0 ? -1.0 : y;
      const double gap = std::max(1.0 - y * p, 0.0);
      return std::pair(gap * gap, -2.0 * y * gap);
    });
  }
  double operator()(const CategoricalHinge&) const {
    double right = 0.0;
    double wrong = -INFINITY;
    std::size_t wrongest = 0;
    for (std::size_t k = 0; k < output.size(); ++k) {
      right += double{target[k]} * output[k];
      const double other = (1.0 - target[k]) * output[k];
      if (other > wrong) wrongest = k;
      wrong = std::max(wrong, other);
    }
    const double loss = wrong - right + 1.0;
    for (std::size_t k = 0; k < output.size(); ++k) {
      const double other = k == wrongest ? 1.0 - target[k] : 0.0;
      slope(k, loss > 0.0 ? other - target[k] : 0.0);
    }
    // A loss that is not a number must show.
    return loss <= 0.0 ? 0.0 : loss;
  }
  double operator()(const KLDivergence&) const {
    double loss = 0.0;
    for (std::size_t k = 0; k < output.size(); ++k) {
      const double y = std::clamp(double{target[k]}, kEpsilon, 1.0);
      const double p = std::clamp(double{output[k]}, kEpsilon, 1.0);
      loss += y * std::log(y / p);
      slope(k, p == output[k] ? -y / p : 0.0);
    }
    return loss;
  }
  double operator()(const Poisson&) const {
    return mean([](double y, double p) {
      return std::pair(p - y * std::log(p + kEpsilon), 1.0 - y / (p + kEpsilon));
    });
  }
  double operator()(const CosineSimilarity&) const {
    double product = 0.0;
    double squares_y = 0.0;
    double squares_p = 0.0;
    for (std::size_t k = 0; k < output.size(); ++k) {
      product += double{target[k]} * output[k];
      squares_y += double{target[k]} * target[k];
      squares_p += double{output[k]} * output[k];
    }
    const double length_y = std::max(std::sqrt(squares_y), kEpsilon);
    const double length_p = std::max(std::sqrt(squares_p), kEpsilon);
    const double cosine = product / (length_y * length_p);
    for (std::size_t k = 0; k < output.size(); ++k) {
      slope(k, -(target[k] / length_y - cosine * output[k] / length_p) / length_p);
    }
    return -cosine;
  }
};

bool is_ignored(const Loss& loss, float label) {
  const auto* sparse = std::get_if<SparseCategoricalCrossentropy>(&loss.kind());
  return sparse != nullptr && sparse->ignore_class &&
         label == static_cast<float>(*sparse->ignore_class);
}

bool takes_logits(const Loss& loss) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.from_logits; }) return kind.from_logits;
        return false;
      },
      loss.kind());
}

bool is_crossentropy_over_classes(const Loss& loss) {
  return loss.sparse() || std::holds_alternative<CategoricalCrossentropy>(loss.kind());
}

}  // namespace

Loss resolved(const Loss& loss, const Shape& targets, const Shape& outputs) {
  if (!std::holds_alternative<Crossentropy>(loss.kind())) return loss;
  if (outputs.back() == 1) return BinaryCrossentropy{};
  const bool sparse = targets.size() < outputs.size() || (!targets.empty() && targets.back() == 1);
  if (sparse) return SparseCategoricalCrossentropy{};
  return CategoricalCrossentropy{};
}

LossFunction::LossFunction(Loss loss, ActivationKind final_activation)
    : loss_(std::move(loss)),
      before_activation_(
          (final_activation == ActivationKind::kSoftmax && is_crossentropy_over_classes(loss_)) ||
          (final_activation == ActivationKind::kSigmoid &&
           std::holds_alternative<BinaryCrossentropy>(loss_.kind()))) {}

void LossFunction::check_targets(const Shape& targets, const Shape& outputs) const {
  const bool single = loss_.sparse() || outputs.back() == 1;
  if (!loss_.sparse() && targets == outputs) return;
  // One label for each row of outputs, as N or N x 1.
  const bool same_rows = std::equal(outputs.begin(), outputs.end() - 1, targets.begin(),
                                    targets.begin() + std::min(targets.size(), outputs.size() - 1));
  const bool with_one = targets.size() == outputs.size() && targets.back() == 1;
  if (single && same_rows && (targets.size() + 1 == outputs.size() || with_one)) return;
  const Shape without_last(outputs.begin(), outputs.end() - 1);
  const char* mode = loss_.sparse() ? "sparse" : outputs.back() == 1 ? "binary" : "categorical";
  throw Error(ErrorKind::kData, loss_.name() + " expects labels of shape " +
                                    to_string(loss_.sparse() ? without_last : outputs) + ", got " +
                                    to_string(targets) + " (class_mode '" + mode +
                                    "' gives such labels)");
}

double LossFunction::scale(const LabelledRows& batch) const {
  const Reduction reduction = loss_.reduction();
  if (reduction == Reduction::kSum) return 1.0;
  const auto* sparse = std::get_if<SparseCategoricalCrossentropy>(&loss_.kind());
  const bool weighted = reduction == Reduction::kMeanWithSampleWeight;
  double divisor = 0.0;
  if (!weighted && (sparse == nullptr || !sparse->ignore_class)) {
    divisor = static_cast<double>(batch.count);
  } else {
    for (std::size_t row = 0; row < batch.count; ++row) {
      if (sparse != nullptr && is_ignored(loss_, batch.targets[row])) continue;
      divisor += weighted ? batch.weight(row) : 1.0;
    }
  }
  return divisor == 0.0 ? 0.0 : 1.0 / divisor;
}

double LossFunction::compute(const LabelledRows& rows, double scale, float* gradient) const {
  const std::size_t width = rows.width;
  const bool scores = before_activation_ || takes_logits(loss_);
  double sum = 0.0;
  for (std::size_t row = 0; row < rows.count; ++row) {
    const double factor = scale * rows.weight(row);
    const Row output(rows.outputs + row * width, width);
    const Slope slope{gradient == nullptr ? nullptr : gradient + row * width, factor};
    double loss = 0.0;
    if (!loss_.sparse()) {
      const Row target(rows.targets + row * width, width);
      loss = std::visit(RowLoss{target, output, slope, scores}, loss_.kind());
    } else if (is_ignored(loss_, rows.targets[row])) {
      for (std::size_t k = 0; k < width; ++k) slope(k, 0.0);
    } else {
      const float label = rows.targets[row];
      if (!(label >= 0.0F && label < static_cast<float>(width)) || label != std::floor(label)) {
        throw Error(ErrorKind::kData, "label " + std::to_string(label) +
                                          " is no class of a model of " + std::to_string(width) +
                                          " outputs");
      }
      const auto truth = [&](std::size_t k) { return static_cast<float>(k) == label ? 1.0 : 0.0; };
      loss = scores ? crossentropy_of_scores(truth, output, slope)
                    : crossentropy_of_probabilities(truth, output, slope);
    }
    sum += loss * factor;
  }
  return sum;
}

}  // namespace folio::internal
