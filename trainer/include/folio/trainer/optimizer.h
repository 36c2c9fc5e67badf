/// Optimizers, with Keras' names, arguments and defaults.
#pragma once
#include <string>
#include <variant>

namespace folio {

/// Stochastic gradient descent. momentum 0: w -= learning_rate g.
struct SGD {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
};

/// Adam with Keras' epsilon, which stands outside the bias correction.
struct Adam {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
};

/// Any optimizer. Converts from each of them, and from a name (`"adam"`) with its defaults.
class Optimizer {
 public:
  using Kind = std::variant<SGD, Adam>;
  template <typename Choice>
  requires std::is_constructible_v<Kind, Choice> Optimizer(Choice choice)
      : kind_(choice) {}  // NOLINT(*-explicit-*)
  /// Errors  Error (kUsage) for a name that is not known, listing those that are.
  Optimizer(const char* name) : Optimizer(std::string(name)) {}  // NOLINT(*-explicit-*)
  Optimizer(const std::string& name);                            // NOLINT(*-explicit-*)

  [[nodiscard]] const Kind& kind() const { return kind_; }
  [[nodiscard]] double learning_rate() const;
  void set_learning_rate(double rate);

  /// Throws Error (kUsage) naming an argument that is out of range.
  void validate() const;

 private:
  Kind kind_;
};

}  // namespace folio
