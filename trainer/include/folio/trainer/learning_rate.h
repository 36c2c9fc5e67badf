/// LearningRate: a step size, constant or as a schedule; with Keras' schedules.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// rate = initial_learning_rate * decay_rate ^ (step / decay_steps); `staircase` takes whole
/// multiples of decay_steps only.
struct ExponentialDecay {
  double initial_learning_rate;
  double decay_steps;
  double decay_rate;
  bool staircase = false;
};

/// values[i] up to and including step boundaries[i], the last value after all of them.
struct PiecewiseConstantDecay {
  std::vector<double> boundaries;
  std::vector<double> values;  ///< One more than there are boundaries.
};

/// From initial_learning_rate to end_learning_rate in decay_steps; `cycle` starts again from
/// there, each time with a whole multiple of decay_steps.
struct PolynomialDecay {
  double initial_learning_rate;
  double decay_steps;
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;
};

/// rate = initial_learning_rate / (1 + decay_rate * step / decay_steps).
struct InverseTimeDecay {
  double initial_learning_rate;
  double decay_steps;
  double decay_rate;
  bool staircase = false;
};

/// Half a cosine wave from the initial rate down to alpha times it. With warmup_steps the rate
/// first rises in a line from initial_learning_rate to warmup_target, and decays from there.
struct CosineDecay {
  double initial_learning_rate;
  double decay_steps;
  double alpha = 0.0;
  double warmup_target = 0.0;  ///< Read where warmup_steps is not 0.
  double warmup_steps = 0.0;
};

/// Cosine decays one after the other, each t_mul times as long and starting at m_mul times the rate
/// of the one before.
///
/// Source  Loshchilov and Hutter, SGDR (ICLR 2017).
struct CosineDecayRestarts {
  double initial_learning_rate;
  double first_decay_steps;
  double t_mul = 2.0;
  double m_mul = 1.0;
  double alpha = 0.0;
};

/// A number or a schedule. Converts from either. A value.
///
/// Errors  Error (kUsage) naming the argument if a rate is negative or not finite, or a schedule's
///         arguments are out of range.
class LearningRate {
 public:
  using Kind = std::variant<double, ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay,
                            InverseTimeDecay, CosineDecay, CosineDecayRestarts>;
  LearningRate(double rate);                      // NOLINT(*-explicit-*)
  LearningRate(ExponentialDecay schedule);        // NOLINT(*-explicit-*)
  LearningRate(PiecewiseConstantDecay schedule);  // NOLINT(*-explicit-*)
  LearningRate(PolynomialDecay schedule);         // NOLINT(*-explicit-*)
  LearningRate(InverseTimeDecay schedule);        // NOLINT(*-explicit-*)
  LearningRate(CosineDecay schedule);             // NOLINT(*-explicit-*)
  LearningRate(CosineDecayRestarts schedule);     // NOLINT(*-explicit-*)

  [[nodiscard]] bool is_schedule() const { return kind_.index() != 0; }
  /// Keras' class name of the schedule; empty for a number.
  [[nodiscard]] std::string class_name() const;
  /// The rate after this many updates.
  [[nodiscard]] double at(std::uint64_t step) const;

  [[nodiscard]] const Kind& kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace folio
