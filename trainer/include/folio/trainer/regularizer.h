/// Regularizers: what a weight adds to the loss, with Keras' names, arguments and defaults.
#pragma once
#include <string>

namespace [[gnu::visibility("default")]] folio {

/// l1 times the sum of absolute values.
struct L1 {
  double l1 = 0.01;
};
/// l2 times the sum of squares (not halved).
struct L2 {
  double l2 = 0.01;
};
struct L1L2 {
  double l1 = 0.0;
  double l2 = 0.0;
};

/// Any regularizer, or none. Converts from each of them, and from a name (`"l2"`). A value.
///
/// Errors  Error (kUsage) for an unknown name, and for a factor that is negative or not finite.
class Regularizer {
 public:
  Regularizer() = default;
  Regularizer(L1 choice);                // NOLINT(*-explicit-*)
  Regularizer(L2 choice);                // NOLINT(*-explicit-*)
  Regularizer(L1L2 choice);              // NOLINT(*-explicit-*)
  Regularizer(const char* name);         // NOLINT(*-explicit-*)
  Regularizer(const std::string& name);  // NOLINT(*-explicit-*)

  /// Keras' class name, `L2`; empty for none.
  [[nodiscard]] const std::string& class_name() const { return class_name_; }
  [[nodiscard]] double l1() const { return l1_; }
  [[nodiscard]] double l2() const { return l2_; }

 private:
  Regularizer(std::string class_name, double l1, double l2);
  std::string class_name_;
  double l1_ = 0.0;
  double l2_ = 0.0;
};

}  // namespace folio
