#include <folio/trainer/confusion_matrix.h>

#include <folio/datasets/error.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace folio {
namespace {

double share(double part, double whole) { return whole == 0.0 ? 0.0 : part / whole; }

std::size_t class_number(float label) {
  if (!(label >= 0.0F && label < 1e9F)) {
    throw Error(ErrorKind::kData, "label " + std::to_string(label) + " is no class");
  }
  return static_cast<std::size_t>(label);
}

}  // namespace

std::size_t predicted_class(std::span<const float> outputs, double threshold) {
  if (outputs.size() == 1) return outputs[0] > threshold ? 1 : 0;
  return static_cast<std::size_t>(std::max_element(outputs.begin(), outputs.end()) -
                                  outputs.begin());
}

ConfusionMatrix::ConfusionMatrix(std::size_t classes)
    : counts_(classes, std::vector<std::uint64_t>(classes, 0)) {}

void ConfusionMatrix::add(std::size_t true_class, std::size_t predicted) {
  if (true_class >= counts_.size() || predicted >= counts_.size()) {
    throw Error(ErrorKind::kData, "class " + std::to_string(std::max(true_class, predicted)) +
                                      " does not exist, there are " +
                                      std::to_string(counts_.size()));
  }
  ++counts_[true_class][predicted];
}

void ConfusionMatrix::add(const Tensor& labels, const Tensor& outputs, double threshold) {
  const Shape& shape = outputs.shape();
  const bool rows = shape.size() == 2 && (shape[1] == 1 || labels.shape() == shape);
  const bool numbers = shape.size() == 2 && labels.size() == static_cast<std::size_t>(shape[0]);
  if (!rows && !numbers) {
    throw Error(ErrorKind::kData, "labels of shape " + to_string(labels.shape()) +
                                      " do not fit outputs of shape " + to_string(shape));
  }
  for (std::size_t row = 0; row < static_cast<std::size_t>(shape[0]); ++row) {
    add(numbers ? class_number(labels[row]) : predicted_class(labels.row(row)),
        predicted_class(outputs.row(row), threshold));
  }
}

std::uint64_t ConfusionMatrix::true_count(std::size_t of) const {
  const std::vector<std::uint64_t>& row = counts_.at(of);
  return std::accumulate(row.begin(), row.end(), std::uint64_t{0});
}

std::uint64_t ConfusionMatrix::predicted_count(std::size_t of) const {
  std::uint64_t sum = 0;
  for (const auto& row : counts_) sum += row.at(of);
  return sum;
}

std::uint64_t ConfusionMatrix::samples() const {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < counts_.size(); ++k) sum += true_count(k);
  return sum;
}

double ConfusionMatrix::accuracy() const {
  std::uint64_t right = 0;
  for (std::size_t k = 0; k < counts_.size(); ++k) right += counts_[k][k];
  return share(static_cast<double>(right), static_cast<double>(samples()));
}

double ConfusionMatrix::precision(std::size_t of) const {
  const auto predicted = static_cast<double>(predicted_count(of));
  return share(static_cast<double>(counts_[of][of]), predicted);
}

double ConfusionMatrix::recall(std::size_t of) const {
  const auto labelled = static_cast<double>(true_count(of));
  return share(static_cast<double>(counts_[of][of]), labelled);
}

double ConfusionMatrix::f1_score(std::size_t of) const {
  const auto sum = static_cast<double>(predicted_count(of) + true_count(of));
  return share(2.0 * static_cast<double>(counts_[of][of]), sum);
}

}  // namespace folio
