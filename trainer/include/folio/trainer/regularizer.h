/// Regularizers: what a weight adds to the loss, with Keras' names, arguments and defaults.
#pragma once
#include <string>

namespace [[gnu::visibility("default")]] folio {

/// l1 times the sum of absolute values.
struct L1 {
  double l1 = 0.01;  ///< Factor.
};
/// l2 times the sum of squares (not halved).
struct L2 {
  double l2 = 0.01;  ///< Factor.
};
/// Both together.
struct L1L2 {
  double l1 = 0.0;  ///< Factor of the absolute values.
  double l2 = 0.0;  ///< Factor of the squares.
};

/// Any regularizer, or none. Converts from each of them, and from a name (`"l2"`). A value.
///
/// Errors  Error (kUsage) for an unknown name, and for a factor that is negative or not finite.
class Regularizer {
 public:
  Regularizer() = default;  ///< None.
  ///@{
  /// From one of them, or from Keras' name for it with its defaults.
  Regularizer(L1 choice);                // NOLINT(*-explicit-*)
  Regularizer(L2 choice);                // NOLINT(*-explicit-*)
  Regularizer(L1L2 choice);              // NOLINT(*-explicit-*)
  Regularizer(const char* name);         // NOLINT(*-explicit-*)
  Regularizer(const std::string& name);  // NOLINT(*-explicit-*)
  ///@}

  /// Keras' class name, `L2`; empty for none.
  [[nodiscard]] const std::string& class_name() const { return class_name_; }
  ///@{
  /// Factors of the absolute values and of the squares; 0 for what there is none of.
  [[nodiscard]] double l1() const { return l1_; }
  [[nodiscard]] double l2() const { return l2_; }
  ///@}

 private:
  Regularizer(std::string class_name, double l1, double l2);
  std::string class_name_;
  double l1_ = 0.0;
  double l2_ = 0.0;
};

}  // namespace folio
