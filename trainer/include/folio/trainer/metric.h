/// Metrics, with Keras' names, arguments and defaults.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <folio/trainer/loss.h>

namespace [[gnu::visibility("default")]] folio {

/// BinaryAccuracy for models of one output; else the share of samples whose largest output is that
/// of their class, whether labels are one-hot or numbers of classes.
struct Accuracy {};
/// Share of outputs that are on the label's side of the threshold.
struct BinaryAccuracy {
  double threshold = 0.5;  ///< Outputs above it mean 1.
};
/// Share of samples whose largest output is that of their class, the first of equals.
struct CategoricalAccuracy {};
/// The same for labels that are numbers of classes.
struct SparseCategoricalAccuracy {};
/// Share of samples whose class is among the k largest outputs.
struct TopKCategoricalAccuracy {
  int k = 5;  ///< At least 1.
};
/// The same for labels that are numbers of classes.
struct SparseTopKCategoricalAccuracy {
  int k = 5;  ///< At least 1.
};
/// One threshold or several, each in [0, 1].
class Thresholds {
 public:
  ///@{
  /// None, one, or a list: `0.3`, `{0.3, 0.5}`.
  Thresholds() = default;
  Thresholds(double one) : values_{one} {}                                 // NOLINT(*-explicit-*)
  Thresholds(std::initializer_list<double> several) : values_(several) {}  // NOLINT(*-explicit-*)
  explicit Thresholds(std::vector<double> values) : values_(std::move(values)) {}
  ///@}
  /// In the order given.
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
};

/// Share of the outputs above the threshold that are right; of all classes together, or of
/// class_id. With top_k instead of a threshold the k largest outputs of each sample count. Several
/// thresholds make several values in the logs, `precision_0.3`, where Keras has one that is a list.
struct Precision {
  Thresholds thresholds{};        ///< 0.5 without top_k.
  std::optional<int> top_k{};     ///< How many outputs of a sample count.
  std::optional<int> class_id{};  ///< The only class that counts.
};
/// Share of what should be above the threshold that is. Arguments as for Precision.
struct Recall {
  Thresholds thresholds{};        ///< 0.5 without top_k.
  std::optional<int> top_k{};     ///< How many outputs of a sample count.
  std::optional<int> class_id{};  ///< The only class that counts.
};
/// Area under the curve of true over false positives (`ROC`) or of precision over recall (`PR`).
struct AUC {
  int num_thresholds = 200;                        ///< Points of the curve; at least 2.
  std::string curve = "ROC";                       ///< Or `PR`.
  std::string summation_method = "interpolation";  ///< Or `minoring`, `majoring`.
};
/// Harmonic mean of precision and recall. Without a threshold the largest output of each sample is
/// the prediction. Keras' default average is a list of the classes; here it is one number.
struct F1Score {
  std::string average = "macro";      ///< Or `micro`, `weighted`.
  std::optional<double> threshold{};  ///< Outputs above it mean 1.
};
/// The root of the mean of (y - p)^2 over all outputs of all samples.
struct RootMeanSquaredError {};

/// Any metric. Converts from each of them, from a loss (whose mean over samples it is), and from a
/// name or alias of Keras. A value.
///
/// Errors  Error (kUsage) for a name that is not known, listing those that are, and for an argument
///         that is out of range, naming it.
class Metric {
 public:
  /// Those there are, losses among them.
  using Kind =
      std::variant<Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
                   TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy, Precision, Recall, AUC,
                   F1Score, RootMeanSquaredError, Loss>;
  /// `name` is the key in the logs; by default the metric's own, `top_k_categorical_accuracy`.
  template <typename Choice>
  requires std::is_constructible_v<Kind, Choice> &&
      (!std::is_convertible_v<Choice, std::string>)Metric(  // NOLINT(*-explicit-*)
          Choice choice, std::string name = "")
      : kind_(std::move(choice)), name_(std::move(name)) {
    validate();
    if (name_.empty()) name_ = default_name();
  }
  ///@{
  /// From a name. The key in the logs is the string as it is written here, as in Keras 3.
  Metric(const char* name) : Metric(std::string(name)) {}  // NOLINT(*-explicit-*)
  Metric(const std::string& name);                         // NOLINT(*-explicit-*)
  ///@}

  /// Which one, with its arguments.
  [[nodiscard]] const Kind& kind() const { return kind_; }
  /// The key in the logs.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void validate() const;
  [[nodiscard]] std::string default_name() const;
  Kind kind_;
  std::string name_;
};

/// `accuracy`, ...; not those that are losses.
std::vector<std::string> metric_names();

}  // namespace folio
