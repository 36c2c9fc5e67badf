#include <folio/trainer/learning_rate.h>

#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

namespace folio {
namespace {

void check(bool holds, const char* what, double value, const char* expected) {
  if (holds) return;
  std::ostringstream text;
  text << what << " must be " << expected << ", got " << value;
  throw Error(ErrorKind::kUsage, text.str());
}

void check_rate(const char* what, double rate) {
  check(std::isfinite(rate) && rate >= 0.0, what, rate, "at least 0");
}

void check_positive(const char* what, double value) {
  check(std::isfinite(value) && value > 0.0, what, value, "greater than 0");
}

void check_fraction(const char* what, double value) {
  check(value >= 0.0 && value <= 1.0, what, value, "in [0, 1]");
}

double half_wave(double fraction) { return 0.5 * (1.0 + std::cos(std::numbers::pi * fraction)); }

double rate_at(double rate, double) { return rate; }

double rate_at(const ExponentialDecay& s, double step) {
  const double periods = step / s.decay_steps;
  return s.initial_learning_rate *
         std::pow(s.decay_rate, s.staircase ? std::floor(periods) : periods);
}

double rate_at(const PiecewiseConstantDecay& s, double step) {
  const auto boundary = std::lower_bound(s.boundaries.begin(), s.boundaries.end(), step);
  return s.values[static_cast<std::size_t>(boundary - s.boundaries.begin())];
}

double rate_at(const PolynomialDecay& s, double step) {
  double steps = s.decay_steps;
  if (s.cycle) {
    steps *= std::max(1.0, std::ceil(step / steps));
  } else {
    step = std::min(step, steps);
  }
  return (s.initial_learning_rate - s.end_learning_rate) * std::pow(1.0 - step / steps, s.power) +
         s.end_learning_rate;
}

double rate_at(const InverseTimeDecay& s, double step) {
  const double periods = step / s.decay_steps;
  return s.initial_learning_rate /
         (1.0 + s.decay_rate * (s.staircase ? std::floor(periods) : periods));
}

double rate_at(const CosineDecay& s, double step) {
  double top = s.initial_learning_rate;
  if (s.warmup_steps > 0.0) {
    if (step < s.warmup_steps) {
      return top + (s.warmup_target - top) * step / s.warmup_steps;
    }
    top = s.warmup_target;
    step -= s.warmup_steps;
  }
  const double fraction = std::min(step, s.decay_steps) / s.decay_steps;
  return top * ((1.0 - s.alpha) * half_wave(fraction) + s.alpha);
}

double rate_at(const CosineDecayRestarts& s, double step) {
  double fraction = step / s.first_decay_steps;
  double restarts = 0.0;
  if (s.t_mul == 1.0) {
    restarts = std::floor(fraction);
    fraction -= restarts;
  } else {
    // The sum of the lengths t_mul^0 ... of the periods before, solved for their number.
    restarts = std::floor(std::log(1.0 - fraction * (1.0 - s.t_mul)) / std::log(s.t_mul));
    const auto start = [&](double n) { return (1.0 - std::pow(s.t_mul, n)) / (1.0 - s.t_mul); };
    // Rounding of the logarithms must not miss a restart by one.
    if (fraction >= start(restarts + 1.0)) restarts += 1.0;
    if (fraction < start(restarts)) restarts -= 1.0;
    fraction = (fraction - start(restarts)) / std::pow(s.t_mul, restarts);
  }
  const double wave = std::pow(s.m_mul, restarts) * half_wave(fraction);
  return s.initial_learning_rate * ((1.0 - s.alpha) * wave + s.alpha);
}

}  // namespace

LearningRate::LearningRate(double rate) : kind_(rate) { check_rate("learning_rate", rate); }

LearningRate::LearningRate(ExponentialDecay schedule) : kind_(schedule) {
  check_rate("ExponentialDecay: initial_learning_rate", schedule.initial_learning_rate);
  check_positive("ExponentialDecay: decay_steps", schedule.decay_steps);
  check_positive("ExponentialDecay: decay_rate", schedule.decay_rate);
}

LearningRate::LearningRate(PiecewiseConstantDecay schedule) : kind_(schedule) {
  if (schedule.values.size() != schedule.boundaries.size() + 1) {
    throw Error(ErrorKind::kUsage,
                "PiecewiseConstantDecay: values must be one more than boundaries, got " +
                    std::to_string(schedule.values.size()) + " and " +
                    std::to_string(schedule.boundaries.size()));
  }
  for (std::size_t i = 1; i < schedule.boundaries.size(); ++i) {
    check(schedule.boundaries[i] > schedule.boundaries[i - 1], "PiecewiseConstantDecay: boundaries",
          schedule.boundaries[i], "in rising order");
  }
  for (const double value : schedule.values) check_rate("PiecewiseConstantDecay: values", value);
}

LearningRate::LearningRate(PolynomialDecay schedule) : kind_(schedule) {
  check_rate("PolynomialDecay: initial_learning_rate", schedule.initial_learning_rate);
  check_positive("PolynomialDecay: decay_steps", schedule.decay_steps);
  check_rate("PolynomialDecay: end_learning_rate", schedule.end_learning_rate);
  check_positive("PolynomialDecay: power", schedule.power);
}

LearningRate::LearningRate(InverseTimeDecay schedule) : kind_(schedule) {
  check_rate("InverseTimeDecay: initial_learning_rate", schedule.initial_learning_rate);
  check_positive("InverseTimeDecay: decay_steps", schedule.decay_steps);
  check_rate("InverseTimeDecay: decay_rate", schedule.decay_rate);
}

LearningRate::LearningRate(CosineDecay schedule) : kind_(schedule) {
  check_rate("CosineDecay: initial_learning_rate", schedule.initial_learning_rate);
  check_positive("CosineDecay: decay_steps", schedule.decay_steps);
  check_fraction("CosineDecay: alpha", schedule.alpha);
  check_rate("CosineDecay: warmup_steps", schedule.warmup_steps);
  check_rate("CosineDecay: warmup_target", schedule.warmup_target);
}

LearningRate::LearningRate(CosineDecayRestarts schedule) : kind_(schedule) {
  check_rate("CosineDecayRestarts: initial_learning_rate", schedule.initial_learning_rate);
  check_positive("CosineDecayRestarts: first_decay_steps", schedule.first_decay_steps);
  check(std::isfinite(schedule.t_mul) && schedule.t_mul >= 1.0, "CosineDecayRestarts: t_mul",
        schedule.t_mul, "at least 1");
  check_positive("CosineDecayRestarts: m_mul", schedule.m_mul);
  check_fraction("CosineDecayRestarts: alpha", schedule.alpha);
}

std::string LearningRate::class_name() const {
  constexpr const char* kNames[] = {"",
                                    "ExponentialDecay",
                                    "PiecewiseConstantDecay",
                                    "PolynomialDecay",
                                    "InverseTimeDecay",
                                    "CosineDecay",
                                    "CosineDecayRestarts"};
  static_assert(std::size(kNames) == std::variant_size_v<Kind>);
  return kNames[kind_.index()];
}

double LearningRate::at(std::uint64_t step) const {
  return std::visit([&](const auto& kind) { return rate_at(kind, static_cast<double>(step)); },
                    kind_);
}

}  // namespace folio
