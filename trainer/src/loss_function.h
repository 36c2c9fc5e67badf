/// LossFunction: a loss as it is computed: from outputs and labels to a number and its gradient.
#pragma once
#include <cstddef>

#include <folio/datasets/tensor.h>
#include <folio/trainer/loss.h>

#include "network.h"

namespace folio::internal {

/// Rows of outputs and what they should be. A model whose output has more axes than one has several
/// rows for each sample.
struct LabelledRows {
  const float* outputs;        ///< count x width
  const float* targets;        ///< count x width, or count.
  const float* sample_weight;  ///< count / rows_per_sample factors, or null for 1.
  std::size_t count;
  std::size_t width;
  std::size_t rows_per_sample = 1;

  [[nodiscard]] double weight(std::size_t row) const {
    return sample_weight == nullptr ? 1.0 : sample_weight[row / rows_per_sample];
  }
};

/// The loss itself, or the kind of Crossentropy that fits targets of this shape and outputs of that
/// one, both with the batch axis.
Loss resolved(const Loss& loss, const Shape& targets, const Shape& outputs);

/// See the top of this file. A loss computes from the values before a final softmax or sigmoid
/// where that is exact and its formula after it is not.
class LossFunction {
 public:
  LossFunction(Loss loss, ActivationKind final_activation);

  [[nodiscard]] const Loss& loss() const { return loss_; }
  /// Whether `outputs` are the values before the final activation.
  [[nodiscard]] bool before_activation() const { return before_activation_; }

  /// Throws Error (kData) if targets of this shape cannot be compared with outputs of that one,
  /// both with the batch axis.
  void check_targets(const Shape& targets, const Shape& outputs) const;

  /// What each weighted row loss of a batch is multiplied by, as the reduction says.
  [[nodiscard]] double scale(const LabelledRows& batch) const;

  /// The sum of the weighted row losses times `scale`. `gradient` (if not null, count x width) gets
  /// its derivative.
  ///
  /// Errors  Error (kData) for a label that is no class of the model.
  double compute(const LabelledRows& rows, double scale, float* gradient) const;

 private:
  Loss loss_;
  bool before_activation_ = false;
};

}  // namespace folio::internal
