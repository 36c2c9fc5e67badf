#include "loss.h"

#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace folio::internal {

CrossEntropy::CrossEntropy(const std::string& name, bool outputs_are_scores)
    : sparse_(name == "sparse_categorical_crossentropy"), scores_(outputs_are_scores) {
  if (!sparse_ && name != "categorical_crossentropy") {
    throw Error(ErrorKind::kUsage, "unknown loss '" + name +
                                       "', expected categorical_crossentropy or "
                                       "sparse_categorical_crossentropy");
  }
}

void CrossEntropy::check_targets(const Shape& targets, std::size_t count,
                                 std::size_t classes) const {
  const Shape expected =
      sparse_ ? Shape{static_cast<std::int64_t>(count)}
              : Shape{static_cast<std::int64_t>(count), static_cast<std::int64_t>(classes)};
  if (targets == expected) return;
  throw Error(ErrorKind::kData, std::string(sparse_ ? "sparse_" : "") +
                                    "categorical_crossentropy expects labels of shape " +
                                    to_string(expected) + ", got " + to_string(targets) +
                                    " (class_mode '" + (sparse_ ? "sparse" : "categorical") +
                                    "' gives such labels)");
}

LossSums CrossEntropy::compute(const LossRows& rows, float scale, float* gradient) const {
  constexpr double kEpsilon = 1e-7;  // Keras' backend epsilon.
  LossSums sums;
  const std::size_t classes = rows.classes;
  for (std::size_t row = 0; row < rows.count; ++row) {
    const float* output = rows.outputs + row * classes;
    const float* target = sparse_ ? nullptr : rows.targets + row * classes;
    const std::size_t label =
        sparse_ ? static_cast<std::size_t>(rows.targets[row])
                : static_cast<std::size_t>(std::max_element(target, target + classes) - target);
    if (label >= classes) {
      throw Error(ErrorKind::kData, "label " + std::to_string(label) + " does not fit a model of " +
                                        std::to_string(classes) + " outputs");
    }
    const auto truth = [&](std::size_t k) -> double {
      return sparse_ ? (k == label ? 1.0 : 0.0) : target[k];
    };
    const double weight = rows.sample_weight == nullptr ? 1.0 : rows.sample_weight[row];
    const float* largest = std::max_element(output, output + classes);
    sums.correct += static_cast<std::size_t>(largest - output) == label ? 1 : 0;

    double loss = 0.0;
    float* diff = gradient == nullptr ? nullptr : gradient + row * classes;
    const double factor = scale * weight;
    if (scores_) {
      double sum = 0.0;
      for (std::size_t k = 0; k < classes; ++k) sum += std::exp(double{output[k]} - *largest);
      const double log_sum = std::log(sum) + *largest;
      double total = 0.0;
      for (std::size_t k = 0; k < classes; ++k) {
        const double wanted = truth(k);
        if (wanted != 0.0) loss += wanted * (log_sum - output[k]);
        total += wanted;
      }
      for (std::size_t k = 0; diff != nullptr && k < classes; ++k) {
        const double probability = std::exp(output[k] - log_sum);
        diff[k] = static_cast<float>(factor * (total * probability - truth(k)));
      }
    } else {
      double sum = 0.0;
      for (std::size_t k = 0; k < classes; ++k) sum += output[k];
      const auto clipped = [&](std::size_t k) {
        return std::clamp(output[k] / sum, kEpsilon, 1.0 - kEpsilon);
      };
      // d/dp_k of -sum_j y_j log(p_j / sum): the clip has no slope where it acts.
      double through_sum = 0.0;
      for (std::size_t k = 0; k < classes; ++k) {
        const double wanted = truth(k);
        if (wanted == 0.0) continue;
        loss -= wanted * std::log(clipped(k));
        if (clipped(k) == output[k] / sum) through_sum += wanted / sum;
      }
      for (std::size_t k = 0; diff != nullptr && k < classes; ++k) {
        const double own = clipped(k) == output[k] / sum ? truth(k) / output[k] : 0.0;
        diff[k] = static_cast<float>(factor * (through_sum - (truth(k) == 0.0 ? 0.0 : own)));
      }
    }
    sums.loss += loss * weight;
  }
  return sums;
}

}  // namespace folio::internal
