#include <folio/trainer/class_weight.h>

#include <algorithm>
#include <cmath>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

namespace folio {

ClassWeight::ClassWeight(std::map<int, double> factors) : factors_(std::move(factors)) {
  for (const auto& [label, factor] : factors_) {
    if (label < 0 || !std::isfinite(factor) || factor < 0.0) {
      throw Error(ErrorKind::kUsage, "class_weight: label " + std::to_string(label) +
                                         " has the factor " + number_text(factor) +
                                         "; expected labels from 0 and factors >= 0");
    }
  }
}

ClassWeight::ClassWeight(const std::string& rule) : balanced_(true) {
  if (rule != "balanced") {
    throw Error(ErrorKind::kUsage,
                "class_weight: got '" + rule + "', expected 'balanced' or factors by label");
  }
}

std::vector<float> ClassWeight::factors(const std::vector<int>& labels,
                                        std::size_t num_classes) const {
  if (num_classes == 0) {
    for (const int label : labels) {
      num_classes = std::max(num_classes, static_cast<std::size_t>(label) + 1);
    }
  }
  std::vector<float> factors(num_classes, 1.0F);
  if (balanced_) {
    std::vector<std::size_t> counts(num_classes, 0);
    for (const int label : labels) ++counts.at(static_cast<std::size_t>(label));
    for (std::size_t label = 0; label < num_classes; ++label) {
      if (counts[label] == 0) continue;  // No sample will ask for it.
      factors[label] = static_cast<float>(static_cast<double>(labels.size()) /
                                          static_cast<double>(num_classes * counts[label]));
    }
  }
  for (const auto& [label, factor] : factors_) {
    if (static_cast<std::size_t>(label) >= num_classes) {
      throw Error(ErrorKind::kUsage, "class_weight: there is no label " + std::to_string(label) +
                                         ", the data has " + std::to_string(num_classes) +
                                         " classes");
    }
    factors[static_cast<std::size_t>(label)] = static_cast<float>(factor);
  }
  return factors;
}

}  // namespace folio
