/// Constraints: what a weight is brought back to after each update, with Keras' names, arguments
/// and defaults.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// Norms are at most max_value.
struct MaxNorm {
  double max_value = 2.0;  ///< Larger norms are scaled down to it.
  /// Over which axes a norm is taken: {0} for the inputs of each unit of a dense layer, {0, 1, 2}
  /// for each filter of a convolution.
  std::vector<int> axis{0};
};
/// Negative values become 0.
struct NonNeg {};
/// Norms are 1.
struct UnitNorm {
  std::vector<int> axis{0};  ///< As in MaxNorm.
};
/// Norms are between min_value and max_value; `rate` says which part of the way there each update
/// goes.
struct MinMaxNorm {
  double min_value = 0.0;    ///< Smaller norms are scaled up to it.
  double max_value = 1.0;    ///< Larger norms are scaled down to it.
  double rate = 1.0;         ///< In (0, 1]; 1: all of the way at once.
  std::vector<int> axis{0};  ///< As in MaxNorm.
};

/// Any constraint, or none. Converts from each of them, and from a name (`"max_norm"`). A value.
///
/// Errors  Error (kUsage) for a name that is not known, listing those that are, and for an argument
///         that is out of range, naming it.
class Constraint {
 public:
  /// Those there are; std::monostate is none.
  using Kind = std::variant<std::monostate, MaxNorm, NonNeg, UnitNorm, MinMaxNorm>;
  Constraint() = default;  ///< None.
  ///@{
  /// From one of them, or from Keras' name for it with its defaults.
  Constraint(MaxNorm choice);           // NOLINT(*-explicit-*)
  Constraint(NonNeg choice);            // NOLINT(*-explicit-*)
  Constraint(UnitNorm choice);          // NOLINT(*-explicit-*)
  Constraint(MinMaxNorm choice);        // NOLINT(*-explicit-*)
  Constraint(const char* name);         // NOLINT(*-explicit-*)
  Constraint(const std::string& name);  // NOLINT(*-explicit-*)
  ///@}

  /// Which one, with its arguments.
  [[nodiscard]] const Kind& kind() const { return kind_; }
  /// Whether weights are left as they are.
  [[nodiscard]] bool is_none() const { return kind_.index() == 0; }
  /// Keras' class name, `MaxNorm`; empty for none.
  [[nodiscard]] std::string class_name() const;

  /// Applies it to a weight in Keras' layout.
  ///
  /// Errors  Error (kModel) if the weight has no such axis.
  void apply(Tensor& weight) const;

 private:
  Kind kind_;
};

}  // namespace folio
