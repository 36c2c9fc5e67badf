/// Optimizers, with Keras' names, arguments and defaults.
#pragma once
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <folio/trainer/learning_rate.h>

namespace [[gnu::visibility("default")]] folio {

/// The arguments that every optimizer below has after its own.
///
/// An update goes: gradients are added up over gradient_accumulation_steps batches, clipped, the
/// weights decay, the optimizer steps, the moving average follows, constraints act. What counts
/// updates (the bias correction, a schedule, ema_overwrite_frequency) does not count batches that
/// only accumulate.
struct OptimizerOptions {
  /// Weights shrink by learning_rate * weight_decay times themselves before each step.
  std::optional<double> weight_decay{};
  // At most one of these three.
  std::optional<double> clipnorm{};         ///< Largest norm of the gradient of one weight.
  std::optional<double> clipvalue{};        ///< Largest size of a value of a gradient.
  std::optional<double> global_clipnorm{};  ///< Largest norm of all gradients together.
  /// Keeps an exponential moving average of the weights: average = ema_momentum * average +
  /// (1 - ema_momentum) * weight. It replaces the weights every ema_overwrite_frequency updates, or
  /// without one at the end of fit().
  bool use_ema = false;
  double ema_momentum = 0.99;                        ///< Nearer to 1 follows more slowly.
  std::optional<int> ema_overwrite_frequency{};      ///< In updates.
  std::optional<int> gradient_accumulation_steps{};  ///< At least 2.
};

/// Stochastic gradient descent. momentum 0: w -= learning_rate g.
struct SGD {
  LearningRate learning_rate = 0.01;  ///< The step size; a number or a schedule.
  double momentum = 0.0;              ///< Share of the last step that is added; 0: none.
  bool nesterov = false;              ///< Looks ahead along the momentum.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Adam with Keras' epsilon, which stands outside the bias correction.
struct Adam {
  LearningRate learning_rate = 0.001;  ///< The step size; a number or a schedule.
  double beta_1 = 0.9;                 ///< Share of the old mean of gradients.
  double beta_2 = 0.999;               ///< Share of the old mean of squared gradients.
  double epsilon = 1e-7;               ///< Keeps divisors from 0.
  bool amsgrad = false;                ///< Divides by the largest mean of squares so far.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Adam whose weights decay by default.
struct AdamW {
  LearningRate learning_rate = 0.001;          ///< The step size; a number or a schedule.
  std::optional<double> weight_decay = 0.004;  ///< As in OptimizerOptions; none: no decay.
  double beta_1 = 0.9;                         ///< Share of the old mean of gradients.
  double beta_2 = 0.999;                       ///< Share of the old mean of squared gradients.
  double epsilon = 1e-7;                       ///< Keeps divisors from 0.
  bool amsgrad = false;                        ///< Divides by the largest mean of squares so far.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Steps divided by the root of a moving mean of squared gradients.
struct RMSprop {
  LearningRate learning_rate = 0.001;  ///< The step size; a number or a schedule.
  double rho = 0.9;                    ///< Share of the old mean of squared gradients.
  double momentum = 0.0;               ///< Share of the last step that is added.
  double epsilon = 1e-7;               ///< Keeps divisors from 0.
  bool centered = false;               ///< Divides by the gradient's variance instead.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Steps divided by the root of the sum of all squared gradients.
struct Adagrad {
  LearningRate learning_rate = 0.001;      ///< The step size; a number or a schedule.
  double initial_accumulator_value = 0.1;  ///< What the sum of squares starts from.
  double epsilon = 1e-7;                   ///< Keeps divisors from 0.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Steps as large as former ones in proportion to the gradients.
struct Adadelta {
  LearningRate learning_rate = 0.001;  ///< The step size; a number or a schedule.
  double rho = 0.95;                   ///< Share of the old mean of squared gradients.
  double epsilon = 1e-7;               ///< Keeps divisors from 0.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Adam with the infinity norm.
struct Adamax {
  LearningRate learning_rate = 0.001;  ///< The step size; a number or a schedule.
  double beta_1 = 0.9;                 ///< Share of the old mean of gradients.
  double beta_2 = 0.999;               ///< Decay of the largest size of a gradient.
  double epsilon = 1e-7;               ///< Keeps divisors from 0.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Adam with Nesterov momentum.
struct Nadam {
  LearningRate learning_rate = 0.001;  ///< The step size; a number or a schedule.
  double beta_1 = 0.9;                 ///< Share of the old mean of gradients.
  double beta_2 = 0.999;               ///< Share of the old mean of squared gradients.
  double epsilon = 1e-7;               ///< Keeps divisors from 0.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Follow the regularised leader. A learning rate of 0 is refused.
struct Ftrl {
  LearningRate learning_rate = 0.001;       ///< The step size; a number or a schedule.
  double learning_rate_power = -0.5;        ///< At most 0; -0.5 is as in Adagrad.
  double initial_accumulator_value = 0.1;   ///< What the sum of squares starts from.
  double l1_regularization_strength = 0.0;  ///< Makes weights exactly 0.
  double l2_regularization_strength = 0.0;  ///< Makes weights small.
  double l2_shrinkage_regularization_strength =
      0.0;            ///< Makes weights small, by way of the gradient.
  double beta = 0.0;  ///< Added to the root of the sum of squares.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Steps of one size: the sign of a mean of gradients.
struct Lion {
  LearningRate learning_rate = 0.001;  ///< The step size; a number or a schedule.
  double beta_1 = 0.9;                 ///< Share of the mean in what gives the sign.
  double beta_2 = 0.99;                ///< Share of the old mean of gradients.
  ///@{
  /// As in OptimizerOptions.
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency{}, gradient_accumulation_steps{};
  ///@}
};

/// Any optimizer. Converts from each of them, and from a name (`"adam"`) with its defaults. A
/// value.
///
/// Errors  Error (kUsage) for a name that is not known, listing those that are, and for an argument
///         that is out of range, naming it.
class Optimizer {
 public:
  /// Those there are.
  using Kind =
      std::variant<SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Adamax, Nadam, Ftrl, Lion>;
  ///@{
  /// From one of them, or from Keras' name for it with its defaults.
  template <typename Choice>
  requires std::is_constructible_v<Kind, Choice> Optimizer(Choice choice)  // NOLINT(*-explicit-*)
      : kind_(std::move(choice)) {
    validate();
  }
  Optimizer(const char* name) : Optimizer(std::string(name)) {}  // NOLINT(*-explicit-*)
  Optimizer(const std::string& name);                            // NOLINT(*-explicit-*)
  ///@}

  /// Which one, with its arguments.
  [[nodiscard]] const Kind& kind() const { return kind_; }
  /// Keras' class name, `RMSprop`.
  [[nodiscard]] std::string class_name() const;
  /// The arguments that all have.
  [[nodiscard]] OptimizerOptions options() const;

  /// The step size, as it was given or set.
  [[nodiscard]] const LearningRate& learning_rate() const;
  /// Replaces a constant step size.
  ///
  /// Errors  Error (kUsage) if the learning rate is a schedule, as in Keras.
  void set_learning_rate(double rate);

 private:
  void validate() const;
  Kind kind_;
};

/// Keras' `{"class_name": "Adam", "config": {"name": "Adam", "learning_rate": 0.001, ...}}`.
std::string to_json(const Optimizer& optimizer);

/// Keras' names, `sgd`, `adam`, ...
std::vector<std::string> optimizer_names();

}  // namespace folio
