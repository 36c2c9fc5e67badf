#include <folio/trainer/predictions.h>

#include <algorithm>
#include <numeric>

#include <folio/datasets/error.h>

#include "labels.h"

namespace folio {
namespace {

void require_rows(const char* who, const Tensor& outputs) {
  if (outputs.shape().size() == 2 && outputs.shape()[1] > 0) return;
  throw Error(ErrorKind::kUsage, std::string(who) +
                                     ": expected outputs of shape (N, classes), got " +
                                     to_string(outputs.shape()));
}

}  // namespace

std::vector<int> argmax(const Tensor& outputs) {
  require_rows("argmax", outputs);
  std::vector<int> labels(static_cast<std::size_t>(outputs.shape()[0]));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto values = outputs.row(row);
    labels[row] = static_cast<int>(internal::largest(values.data(), values.size()));
  }
  return labels;
}

std::vector<int> threshold(const Tensor& outputs, double threshold) {
  const Shape& shape = outputs.shape();
  if (!(shape.size() == 1 || (shape.size() == 2 && shape[1] == 1))) {
    throw Error(ErrorKind::kUsage,
                "threshold: expected one output a sample, got shape " + to_string(shape));
  }
  std::vector<int> labels;
  for (const float value : outputs.values()) labels.push_back(value > threshold ? 1 : 0);
  return labels;
}

std::vector<std::vector<RankedClass>> top_k(const Tensor& outputs, std::size_t k,
                                            const std::vector<std::string>& class_names) {
  require_rows("top_k", outputs);
  const auto classes = static_cast<std::size_t>(outputs.shape()[1]);
  if (class_names.size() != classes) {
    throw Error(ErrorKind::kUsage, "top_k: got " + std::to_string(class_names.size()) +
                                       " class names for " + std::to_string(classes) + " classes");
  }
  std::vector<std::vector<RankedClass>> ranked(static_cast<std::size_t>(outputs.shape()[0]));
  std::vector<int> order(classes);
  for (std::size_t row = 0; row < ranked.size(); ++row) {
    const auto values = outputs.row(row);
    std::iota(order.begin(), order.end(), 0);
    const auto likelier = [&](int one, int other) {
      const float first = values[static_cast<std::size_t>(one)];
      const float second = values[static_cast<std::size_t>(other)];
      return first != second ? first > second : one < other;
    };
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(k, classes));
    std::partial_sort(order.begin(), end, order.end(), likelier);
    for (auto label = order.begin(); label != end; ++label) {
      const auto at = static_cast<std::size_t>(*label);
      ranked[row].push_back({*label, class_names[at], values[at]});
    }
  }
  return ranked;
}

}  // namespace folio
