/// Losses: from a model's outputs and the true classes to a number and its gradient.
#pragma once
#include <cstddef>
#include <string>

#include <folio/datasets/tensor.h>

namespace folio::internal {

/// What a shard contributes to loss and accuracy of its batch.
struct LossSums {
  double loss = 0.0;  ///< Sum over samples, times their weights.
  std::size_t correct = 0;
};

/// Rows of a batch and what they should be.
struct LossRows {
  const float* outputs;        ///< count x classes
  const float* targets;        ///< count x classes one-hot, or count class indices when sparse.
  const float* sample_weight;  ///< count factors, or null for 1.
  std::size_t count;
  std::size_t classes;
};

/// Crossentropy over classes.
class CrossEntropy {
 public:
  /// Errors  Error (kUsage) for a loss of another name, listing those there are.
  CrossEntropy(const std::string& name, bool outputs_are_scores);

  [[nodiscard]] bool sparse() const { return sparse_; }

  /// Throws Error (kData) if targets of this shape cannot be compared with `count` x `classes`.
  void check_targets(const Shape& targets, std::size_t count, std::size_t classes) const;

  /// Loss and correct classes of the rows; the largest output wins, the first of equals.
  ///
  /// `gradient` (if not null, count x classes) gets the derivative of the loss times `scale`.
  /// Scores go through a stable log-softmax. Probabilities are normalised to sum 1 and clipped to
  /// [1e-7, 1 - 1e-7] as Keras does.
  [[nodiscard]] LossSums compute(const LossRows& rows, float scale, float* gradient) const;

 private:
  bool sparse_;
  bool scores_;
};

}  // namespace folio::internal
