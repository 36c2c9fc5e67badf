/// Losses, with Keras' names, arguments and defaults.
#pragma once
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// How the losses of a batch become one number. With sample weights each loss is multiplied by its
/// weight first.
enum class Reduction {
  kSumOverBatchSize,      ///< Their sum by their number.
  kMean,                  ///< The same.
  kSum,                   ///< Their sum; grows with the batch.
  kMeanWithSampleWeight,  ///< Their sum by that of the weights.
};

/// -sum y log p over one-hot classes; p is normalised to sum 1.
struct CategoricalCrossentropy {
  bool from_logits = false;                            ///< Outputs are scores, not probabilities.
  double label_smoothing = 0.0;                        ///< s in y (1 - s) + s / classes, in [0, 1].
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number; so in all losses.
};
/// The same with the number of the class in place of a row.
struct SparseCategoricalCrossentropy {
  bool from_logits = false;                            ///< Outputs are scores.
  std::optional<int> ignore_class{};                   ///< Labels that count for nothing.
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of -(y log p + (1 - y) log(1 - p)).
struct BinaryCrossentropy {
  bool from_logits = false;                            ///< Outputs are scores.
  double label_smoothing = 0.0;                        ///< y (1 - s) + s / 2
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Each term of BinaryCrossentropy times (1 - the probability of what is true) ^ gamma.
///
/// Source  Lin et al., Focal Loss for Dense Object Detection (ICCV 2017).
struct BinaryFocalCrossentropy {
  bool apply_class_balancing = false;  ///< Times alpha for 1, 1 - alpha for 0.
  double alpha = 0.25;                 ///< Weight of what is 1.
  double gamma = 2.0;                  ///< 0: no focus; larger: easy samples count less.
  bool from_logits = false;            ///< Outputs are scores.
  double label_smoothing = 0.0;        ///< As in CategoricalCrossentropy.
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Each term of CategoricalCrossentropy times alpha (1 - p) ^ gamma.
struct CategoricalFocalCrossentropy {
  double alpha = 0.25;           ///< Factor of all terms.
  double gamma = 2.0;            ///< 0: no focus; larger: easy samples count less.
  bool from_logits = false;      ///< Outputs are scores.
  double label_smoothing = 0.0;  ///< As in CategoricalCrossentropy.
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of (y - p)^2 over a sample's outputs.
struct MeanSquaredError {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of |y - p|.
struct MeanAbsoluteError {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of 100 |y - p| / |y|, where |y| is at least 1e-7.
struct MeanAbsolutePercentageError {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of (log(y + 1) - log(p + 1))^2, where both are at least 1e-7.
struct MeanSquaredLogarithmicError {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Squares up to delta, a line beyond.
struct Huber {
  double delta = 1.0;                                  ///< Where the squares end.
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of log cosh(p - y): as squares for small differences, as a line for large ones.
struct LogCosh {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of max(1 - y p, 0); a label 0 means -1.
struct Hinge {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of max(1 - y p, 0)^2; a label 0 means -1.
struct SquaredHinge {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// max(largest output of a wrong class - output of the true class + 1, 0).
struct CategoricalHinge {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Sum of y log(y / p), both in [1e-7, 1].
struct KLDivergence {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Mean of p - y log p, for counts.
struct Poisson {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};
/// Negative: -1 where output and label point the same way.
struct CosineSimilarity {
  Reduction reduction = Reduction::kSumOverBatchSize;  ///< To one number.
};

/// The one of CategoricalCrossentropy, SparseCategoricalCrossentropy and BinaryCrossentropy that
/// fits: binary for one output, sparse for labels that are numbers of classes. Keras knows it by
/// name alone, `"crossentropy"` or `"ce"`.
struct Crossentropy {
  static constexpr Reduction reduction = Reduction::kSumOverBatchSize;  ///< Has no other.
};

/// Any loss. Converts from each of them, and from a name or alias of Keras (`"mse"`,
/// `"mean_squared_error"`) with its defaults. A value.
///
/// Errors  Error (kUsage) for a name that is not known, listing those that are, and for an argument
///         that is out of range, naming it.
class Loss {
 public:
  /// Those there are.
  using Kind =
      std::variant<CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryCrossentropy,
                   BinaryFocalCrossentropy, CategoricalFocalCrossentropy, MeanSquaredError,
                   MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError,
                   Huber, LogCosh, Hinge, SquaredHinge, CategoricalHinge, KLDivergence, Poisson,
                   CosineSimilarity, Crossentropy>;
  ///@{
  /// From one of them, or from Keras' name for it with its defaults.
  template <typename Choice>
  requires std::is_constructible_v<Kind, Choice> Loss(Choice choice)  // NOLINT(*-explicit-*)
      : kind_(std::move(choice)) {
    validate();
  }
  Loss(const char* name) : Loss(std::string(name)) {}  // NOLINT(*-explicit-*)
  Loss(const std::string& name);                       // NOLINT(*-explicit-*)
  ///@}

  /// Which one, with its arguments.
  [[nodiscard]] const Kind& kind() const { return kind_; }
  ///@{
  /// Keras' function name, `mean_squared_error`, and class name, `MeanSquaredError`.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string class_name() const;
  ///@}
  /// The reduction of whichever it is.
  [[nodiscard]] Reduction reduction() const;
  /// Whether labels are numbers of classes (class_mode `sparse`).
  [[nodiscard]] bool sparse() const {
    return std::holds_alternative<SparseCategoricalCrossentropy>(kind_);
  }

  /// The loss of a batch of outputs, as in Keras: loss(y_true, y_pred, sample_weight).
  ///
  /// Shapes  y_pred N x ... x K; y_true the same, or N x ... for a sparse loss or where K is 1;
  ///         sample_weight N, or empty for 1.
  /// Errors  Error (kData) if shapes or labels do not fit.
  double operator()(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight = Tensor()) const;
  /// The loss of each row of outputs, times its weight: what Keras gives for `reduction="none"`.
  ///
  /// Shapes  As above; N x ... out. Errors as above.
  [[nodiscard]] Tensor unreduced(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight = Tensor()) const;

 private:
  void validate() const;
  Kind kind_;
};

/// Keras' `{"class_name": ..., "config": {...}}`, or the name alone where all arguments have their
/// defaults.
std::string to_json(const Loss& loss);

/// `categorical_crossentropy`, ...
std::vector<std::string> loss_names();

}  // namespace folio
