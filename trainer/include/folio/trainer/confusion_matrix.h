/// ConfusionMatrix: which classes are taken for which.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// The class that a row of outputs says: that of the largest, the first of equals; for a single
/// output whether it is above the threshold.
std::size_t predicted_class(std::span<const float> outputs, double threshold = 0.5);

/// Counts of samples by true and predicted class.
class ConfusionMatrix {
 public:
  /// Zeros, for this many classes.
  explicit ConfusionMatrix(std::size_t classes);

  /// Counts one sample.
  ///
  /// Errors  Error (kData) for a class that does not exist.
  void add(std::size_t true_class, std::size_t predicted);
  /// Adds a batch.
  ///
  /// Shapes  outputs N x classes, or N x 1 for two classes; labels N x classes one-hot, or N
  ///         numbers of classes.
  /// Errors  Error (kData) if they do not fit.
  void add(const Tensor& labels, const Tensor& outputs, double threshold = 0.5);

  /// counts()[true class][predicted class]
  [[nodiscard]] const std::vector<std::vector<std::uint64_t>>& counts() const { return counts_; }
  /// How many samples are of class `of`.
  [[nodiscard]] std::uint64_t true_count(std::size_t of) const;
  /// How many samples are predicted as class `of`.
  [[nodiscard]] std::uint64_t predicted_count(std::size_t of) const;
  /// Sum of all counts.
  [[nodiscard]] std::uint64_t samples() const;

  // Shares in [0, 1]; 0 where there is nothing to share.

  /// Of all samples, those that are predicted right.
  [[nodiscard]] double accuracy() const;
  /// Of what is predicted as class `of`, what is of that class.
  [[nodiscard]] double precision(std::size_t of) const;
  /// Of what is of class `of`, what is predicted as it.
  [[nodiscard]] double recall(std::size_t of) const;
  /// The harmonic mean of precision and recall of class `of`.
  [[nodiscard]] double f1_score(std::size_t of) const;

 private:
  std::vector<std::vector<std::uint64_t>> counts_;
};

}  // namespace folio
