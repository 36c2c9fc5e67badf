#include "optimizer_step.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "kernels/optimizer_kernels.h"

namespace folio::internal {
namespace {

/// Values per task: a multiple of every tile, small enough to spread a small network.
constexpr std::size_t kStretch = 8192;

struct Stretch {
  int weight;
  std::size_t begin, end;
  double squares = 0.0;  ///< Of the gradient, where a norm is asked for.
};

/// A slot of an optimizer's own step, and its place in UpdateSlice::slots.
struct PlacedSlot {
  OptimizerSlot slot;
  int place;
};

std::vector<PlacedSlot> own_slots(const Optimizer& optimizer) {
  struct Slots {
    std::vector<PlacedSlot> operator()(const SGD& sgd) const {
      if (sgd.momentum == 0.0) return {};
      return {{{"momentum"}, 0}};
    }
    std::vector<PlacedSlot> adam(bool amsgrad) const {
      std::vector<PlacedSlot> slots{{{"m"}, 0}, {{"v"}, 1}};
      if (amsgrad) slots.push_back({{"vhat"}, 2});
      return slots;
    }
    std::vector<PlacedSlot> operator()(const Adam& it) const { return adam(it.amsgrad); }
    std::vector<PlacedSlot> operator()(const AdamW& it) const { return adam(it.amsgrad); }
    std::vector<PlacedSlot> operator()(const RMSprop& it) const {
      std::vector<PlacedSlot> slots{{{"rms"}, 0}};
      if (it.momentum > 0.0) slots.push_back({{"momentum"}, 1});
      if (it.centered) slots.push_back({{"mg"}, 2});
      return slots;
    }
    std::vector<PlacedSlot> operator()(const Adagrad& it) const {
      return {{{"accumulator", static_cast<float>(it.initial_accumulator_value)}, 0}};
    }
    std::vector<PlacedSlot> operator()(const Adadelta&) const {
      return {{{"accum_grad"}, 0}, {{"accum_var"}, 1}};
    }
    std::vector<PlacedSlot> operator()(const Adamax&) const { return {{{"m"}, 0}, {{"v"}, 1}}; }
    std::vector<PlacedSlot> operator()(const Nadam&) const { return {{{"m"}, 0}, {{"v"}, 1}}; }
    std::vector<PlacedSlot> operator()(const Ftrl& it) const {
      return {{{"accumulator", static_cast<float>(it.initial_accumulator_value)}, 0},
              {{"linear"}, 1}};
    }
    std::vector<PlacedSlot> operator()(const Lion&) const { return {{{"m"}, 0}}; }
  };
  return std::visit(Slots{}, optimizer.kind());
}

/// Where the slots lie that come after the own ones; -1 for those there are not.
struct CommonSlots {
  int average = -1;
  int accumulator = -1;
};

CommonSlots common_slots(const OptimizerOptions& common, int own) {
  CommonSlots slots;
  if (common.use_ema) slots.average = own++;
  if (common.gradient_accumulation_steps) slots.accumulator = own++;
  return slots;
}

using Step = std::variant<SgdStep, AdamStep, RmspropStep, AdagradStep, AdadeltaStep, AdamaxStep,
                          NadamStep, FtrlStep, LionStep>;

/// An optimizer's coefficients for one update, computed in double; `t` is 1 for the first.
struct MakeStep {
  double rate;
  double t;

  static float f(double value) { return static_cast<float>(value); }

  Step operator()(const SGD& it) const {
    return SgdStep{.learning_rate = f(rate), .momentum = f(it.momentum), .nesterov = it.nesterov};
  }
  template <typename Any>
  Step adam(const Any& it) const {
    // Keras does this in single precision, where 1 - 0.999 loses five digits. That shows in the
    // sixth digit of a first step, and grows in the loss of a training to a thousandth.
    const double corrected =
        rate * std::sqrt(1.0 - std::pow(it.beta_2, t)) / (1.0 - std::pow(it.beta_1, t));
    return AdamStep{.rate = f(corrected),
                    .one_minus_beta_1 = f(1.0 - it.beta_1),
                    .one_minus_beta_2 = f(1.0 - it.beta_2),
                    .epsilon = f(it.epsilon)};
  }
  Step operator()(const Adam& it) const { return adam(it); }
  Step operator()(const AdamW& it) const { return adam(it); }
  Step operator()(const RMSprop& it) const {
    return RmspropStep{.learning_rate = f(rate),
                       .rho = f(it.rho),
                       .momentum = f(it.momentum),
                       .epsilon = f(it.epsilon),
                       .centered = it.centered};
  }
  Step operator()(const Adagrad& it) const {
    return AdagradStep{.learning_rate = f(rate), .epsilon = f(it.epsilon)};
  }
  Step operator()(const Adadelta& it) const {
    return AdadeltaStep{.learning_rate = f(rate), .rho = f(it.rho), .epsilon = f(it.epsilon)};
  }
  Step operator()(const Adamax& it) const {
    return AdamaxStep{.rate = f(rate / (1.0 - std::pow(it.beta_1, t))),
                      .one_minus_beta_1 = f(1.0 - it.beta_1),
                      .beta_2 = f(it.beta_2),
                      .epsilon = f(it.epsilon)};
  }
  Step operator()(const Nadam& it) const {
    // Source  Dozat, Incorporating Nesterov Momentum into Adam (2016), with Keras' decay 0.96.
    const auto u = [&](double step) { return it.beta_1 * (1.0 - 0.5 * std::pow(0.96, step)); };
    double product = 1.0;  // u_1 ... u_t; too small to matter after some hundred factors.
    for (double step = 1.0; step <= t && product > 1e-20; ++step) product *= u(step);
    return NadamStep{.learning_rate = f(rate),
                     .one_minus_beta_1 = f(1.0 - it.beta_1),
                     .one_minus_beta_2 = f(1.0 - it.beta_2),
                     .epsilon = f(it.epsilon),
                     .momentum_share = f(u(t + 1.0) / (1.0 - product * u(t + 1.0))),
                     .gradient_share = f((1.0 - u(t)) / (1.0 - product)),
                     .velocity_share = f(1.0 / (1.0 - std::pow(it.beta_2, t)))};
  }
  Step operator()(const Ftrl& it) const {
    return FtrlStep{.learning_rate = f(rate),
                    .learning_rate_power = f(it.learning_rate_power),
                    .l1 = f(it.l1_regularization_strength),
                    .l2 = f(it.l2_regularization_strength + it.beta / (2.0 * rate)),
                    .l2_shrinkage = f(it.l2_shrinkage_regularization_strength)};
  }
  Step operator()(const Lion& it) const {
    return LionStep{.learning_rate = f(rate), .beta_1 = f(it.beta_1), .beta_2 = f(it.beta_2)};
  }
};

struct ApplyStep {
  const UpdateSlice& slice;
  void operator()(const SgdStep& step) const { optimizer_kernels().sgd(slice, step); }
  void operator()(const AdamStep& step) const { optimizer_kernels().adam(slice, step); }
  void operator()(const RmspropStep& step) const { optimizer_kernels().rmsprop(slice, step); }
  void operator()(const AdagradStep& step) const { optimizer_kernels().adagrad(slice, step); }
  void operator()(const AdadeltaStep& step) const { optimizer_kernels().adadelta(slice, step); }
  void operator()(const AdamaxStep& step) const { optimizer_kernels().adamax(slice, step); }
  void operator()(const NadamStep& step) const { optimizer_kernels().nadam(slice, step); }
  void operator()(const FtrlStep& step) const { optimizer_kernels().ftrl(slice, step); }
  void operator()(const LionStep& step) const { optimizer_kernels().lion(slice, step); }
};

std::vector<Stretch> cut(const WeightStore& weights) {
  std::vector<Stretch> stretches;
  for (int index = 0; index < static_cast<int>(weights.size()); ++index) {
    if (!weights[index].trainable) continue;
    const std::size_t size = weights[index].values.size();
    for (std::size_t begin = 0; begin < size; begin += kStretch) {
      stretches.push_back({index, begin, std::min(size, begin + kStretch)});
    }
  }
  return stretches;
}

UpdateSlice slice_of(const StoredWeight& weight, const Stretch& stretch, int shards) {
  UpdateSlice slice{.weight = weight.values.data(),
                    .gradients = weight.gradient_pointers.data(),
                    .shards = shards,
                    .slots = {},
                    .begin = stretch.begin,
                    .end = stretch.end};
  slice.l1 = static_cast<float>(weight.regularizer.l1());
  slice.l2 = static_cast<float>(weight.regularizer.l2());
  return slice;
}

/// min(1, limit / norm), which leaves a norm of 0 alone.
float clip_scale(double squares, double limit) {
  const double norm = std::sqrt(squares);
  // Not `norm <= limit ? ...`: a norm that is not a number must not go unnoticed.
  return static_cast<float>(norm > limit || std::isnan(norm) ? limit / norm : 1.0);
}

}  // namespace

/// Which tensors there are and which passes a step makes over them.
class OptimizerStep::Update {
 public:
  Update(const Optimizer& optimizer, const Kernels& kernels, WeightStore& weights)
      : optimizer_(optimizer),
        common_(optimizer.options()),
        own_(own_slots(optimizer)),
        slots_(common_slots(common_, static_cast<int>(own_.size()))),
        kernels_(kernels),
        weights_(weights),
        trainable_(weights.trainable()),
        stretches_(cut(weights)) {
    if (common_.clipnorm || common_.global_clipnorm) {
      squares_.resize(weights.size());
      scales_.resize(weights.size());
    }
  }

  void step(std::uint64_t iterations, int shards) {
    updates_ = updates_after(optimizer_, iterations);
    shards_ = shards;
    measured_ = false;
    updates_after(optimizer_, iterations + 1) > updates_ ? apply() : accumulate();
  }

 private:
  /// Adds the gradients to those of the batches before.
  void accumulate() {
    for_stretches([&](Stretch& stretch) {
      StoredWeight& weight = weights_[stretch.weight];
      UpdateSlice slice = slice_of(weight, stretch, shards_);
      slice.accumulated = weight.slots[slots_.accumulator].data();
      optimizer_kernels().sum_gradients(slice, weight.slots[slots_.accumulator].data());
    });
  }

  void apply() {
    const double rate = optimizer_.learning_rate().at(updates_);
    const Step step =
        std::visit(MakeStep{rate, static_cast<double>(updates_ + 1)}, optimizer_.kind());
    if (common_.clipnorm || common_.global_clipnorm) measure_gradients();
    for_stretches([&](Stretch& stretch) {
      StoredWeight& weight = weights_[stretch.weight];
      UpdateSlice slice = prepared_slice(weight, stretch);
      if (common_.clipvalue) slice.limit = static_cast<float>(*common_.clipvalue);
      if (measured_) slice.scale = scales_[stretch.weight];
      slice.decay = static_cast<float>(common_.weight_decay.value_or(0.0) * rate);
      for (std::size_t i = 0; i < own_.size(); ++i) {
        slice.slots[own_[i].place] = weight.slots[i].data();
      }
      std::visit(ApplyStep{slice}, step);
      if (slots_.accumulator >= 0) {
        float* accumulated = weight.slots[slots_.accumulator].data();
        std::fill(accumulated + stretch.begin, accumulated + stretch.end, 0.0F);
      }
      if (slots_.average >= 0) follow(weight, stretch);
      if (weight.tiles_transposed) {
        kernels_.transpose_tiles(weight.values.data(), weight.backward_values.data(), stretch.begin,
                                 stretch.end);
      }
    });
    const bool overwrite =
        common_.ema_overwrite_frequency &&
        (updates_ + 1) % static_cast<std::uint64_t>(*common_.ema_overwrite_frequency) == 0;
    tbb::parallel_for(std::size_t{0}, trainable_.size(), [&](std::size_t at) {
      if (overwrite) {
        weights_.take_slot(trainable_[at], slots_.average);
      } else {
        weights_.refresh_backward(trainable_[at]);
      }
    });
    weights_.apply_constraints();
  }

  template <typename Work>
  void for_stretches(Work work) {
    tbb::parallel_for(std::size_t{0}, stretches_.size(),
                      [&](std::size_t at) { work(stretches_[at]); });
  }

  /// The gradient of a stretch as it is before clipping, wherever it is by now.
  UpdateSlice prepared_slice(const StoredWeight& weight, const Stretch& stretch) const {
    UpdateSlice slice = slice_of(weight, stretch, shards_);
    if (measured_) {  // measure_gradients() has put all of it into the first shard's.
      slice.shards = 1;
      slice.l1 = slice.l2 = 0.0F;
      return slice;
    }
    if (slots_.accumulator >= 0) {
      slice.accumulated = weight.slots[slots_.accumulator].data();
      slice.batches = static_cast<float>(*common_.gradient_accumulation_steps);
    }
    return slice;
  }

  /// Puts whole gradients into those of the first shard, and finds by how much to shorten each.
  void measure_gradients() {
    for_stretches([&](Stretch& stretch) {
      StoredWeight& weight = weights_[stretch.weight];
      stretch.squares = optimizer_kernels().sum_gradients(prepared_slice(weight, stretch),
                                                          weight.gradients[0].data());
    });
    measured_ = true;
    std::fill(squares_.begin(), squares_.end(), 0.0);
    double all = 0.0;
    for (const Stretch& stretch : stretches_) {
      squares_[static_cast<std::size_t>(stretch.weight)] += stretch.squares;
      all += stretch.squares;
    }
    for (std::size_t i = 0; i < squares_.size(); ++i) {
      scales_[i] = common_.clipnorm ? clip_scale(squares_[i], *common_.clipnorm)
                                    : clip_scale(all, *common_.global_clipnorm);
    }
  }

  /// The moving average starts as the weights after the first update.
  void follow(const StoredWeight& weight, const Stretch& stretch) const {
    const float momentum = updates_ == 0 ? 0.0F : static_cast<float>(common_.ema_momentum);
    float* average = weight.slots[slots_.average].data();
    const float* value = weight.values.data();
    for (std::size_t i = stretch.begin; i < stretch.end; ++i) {
      average[i] = momentum * average[i] + (1.0F - momentum) * value[i];
    }
  }

  const Optimizer& optimizer_;
  const OptimizerOptions common_;
  const std::vector<PlacedSlot> own_;
  const CommonSlots slots_;
  const Kernels& kernels_;
  WeightStore& weights_;
  const std::vector<int> trainable_;
  std::vector<Stretch> stretches_;
  // For each weight, where a norm is asked for.
  std::vector<double> squares_;
  std::vector<float> scales_;
  // Of the step at hand.
  std::uint64_t updates_ = 0;
  int shards_ = 0;
  bool measured_ = false;
};

OptimizerStep::OptimizerStep(const Optimizer& optimizer, const Kernels& kernels,
                             WeightStore& weights)
    : update_(std::make_unique<Update>(optimizer, kernels, weights)) {}
OptimizerStep::~OptimizerStep() = default;

void OptimizerStep::apply(std::uint64_t iterations, int shards) {
  update_->step(iterations, shards);
}

std::vector<OptimizerSlot> optimizer_slots(const Optimizer& optimizer) {
  std::vector<OptimizerSlot> slots;
  for (const PlacedSlot& own : own_slots(optimizer)) slots.push_back(own.slot);
  const OptimizerOptions common = optimizer.options();
  if (common.use_ema) slots.push_back({"average"});
  if (common.gradient_accumulation_steps) slots.push_back({"gradient_accumulator"});
  return slots;
}

void reset_slots(const Optimizer& optimizer, WeightStore& weights) {
  std::vector<float> initial;
  for (const OptimizerSlot& slot : optimizer_slots(optimizer)) initial.push_back(slot.initial);
  weights.reset_slots(initial);
}

std::uint64_t updates_after(const Optimizer& optimizer, std::uint64_t iterations) {
  const auto steps = optimizer.options().gradient_accumulation_steps;
  return iterations / static_cast<std::uint64_t>(steps.value_or(1));
}

void take_averages(const Optimizer& optimizer, std::uint64_t iterations, WeightStore& weights) {
  const OptimizerOptions common = optimizer.options();
  if (!common.use_ema || common.ema_overwrite_frequency) return;
  if (updates_after(optimizer, iterations) == 0) return;
  const int average = static_cast<int>(own_slots(optimizer).size());
  for (const int index : weights.trainable()) {
    weights.take_slot(index, average);
  }
}

}  // namespace folio::internal
