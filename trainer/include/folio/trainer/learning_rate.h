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
  double initial_learning_rate;  ///< At step 0. Steps are updates, not epochs, in all schedules.
  double decay_steps;            ///< Updates in which the rate falls by decay_rate.
  double decay_rate;             ///< Factor for each decay_steps.
  bool staircase = false;        ///< Fall in jumps.
};

/// values[i] up to and including step boundaries[i], the last value after all of them.
struct PiecewiseConstantDecay {
  std::vector<double> boundaries;  ///< Updates, rising.
  std::vector<double> values;      ///< One more than there are boundaries.
};

/// From initial_learning_rate to end_learning_rate in decay_steps; `cycle` starts again from
/// there, each time with a whole multiple of decay_steps.
struct PolynomialDecay {
  double initial_learning_rate;       ///< At step 0.
  double decay_steps;                 ///< Updates until the end.
  double end_learning_rate = 0.0001;  ///< From then on.
  double power = 1.0;                 ///< 1: a straight line.
  bool cycle = false;                 ///< Start again at the end.
};

/// rate = initial_learning_rate / (1 + decay_rate * step / decay_steps).
struct InverseTimeDecay {
  double initial_learning_rate;  ///< At step 0.
  double decay_steps;            ///< Updates that count as one unit of time.
  double decay_rate;             ///< 1: half the rate after one unit, a third after two.
  bool staircase = false;        ///< Whole units only.
};

/// Half a cosine wave from the initial rate down to alpha times it. With warmup_steps the rate
/// first rises in a line from initial_learning_rate to warmup_target, and decays from there.
struct CosineDecay {
  double initial_learning_rate;  ///< At step 0.
  double decay_steps;            ///< Updates of the decay, after the warmup.
  double alpha = 0.0;            ///< Share of the rate that stays at the end.
  double warmup_target = 0.0;    ///< Read where warmup_steps is not 0.
  double warmup_steps = 0.0;     ///< Updates until the rate is there; 0: no warmup.
};

/// Cosine decays one after the other, each t_mul times as long and starting at m_mul times the rate
/// of the one before.
///
/// Source  Loshchilov and Hutter, SGDR (ICLR 2017).
struct CosineDecayRestarts {
  double initial_learning_rate;  ///< At step 0.
  double first_decay_steps;      ///< Updates of the first decay.
  double t_mul = 2.0;            ///< Length of each to the one before.
  double m_mul = 1.0;            ///< Start of each to that of the one before.
  double alpha = 0.0;            ///< Share of the rate that stays at the end of each.
};

/// A number or a schedule. Converts from either. A value.
///
/// Errors  Error (kUsage) naming the argument if a rate is negative or not finite, or a schedule's
///         arguments are out of range.
class LearningRate {
 public:
  /// A number, or one of the schedules.
  using Kind = std::variant<double, ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay,
                            InverseTimeDecay, CosineDecay, CosineDecayRestarts>;
  ///@{
  /// From either.
  LearningRate(double rate);                      // NOLINT(*-explicit-*)
  LearningRate(ExponentialDecay schedule);        // NOLINT(*-explicit-*)
  LearningRate(PiecewiseConstantDecay schedule);  // NOLINT(*-explicit-*)
  LearningRate(PolynomialDecay schedule);         // NOLINT(*-explicit-*)
  LearningRate(InverseTimeDecay schedule);        // NOLINT(*-explicit-*)
  LearningRate(CosineDecay schedule);             // NOLINT(*-explicit-*)
  LearningRate(CosineDecayRestarts schedule);     // NOLINT(*-explicit-*)
  ///@}

  /// Whether the rate follows the updates; it cannot be set then.
  [[nodiscard]] bool is_schedule() const { return kind_.index() != 0; }
  /// Keras' class name of the schedule; empty for a number.
  [[nodiscard]] std::string class_name() const;
  /// The rate after this many updates.
  [[nodiscard]] double at(std::uint64_t step) const;

  /// The number or the schedule with its arguments.
  [[nodiscard]] const Kind& kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace folio
