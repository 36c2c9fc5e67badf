/// The arguments of optimizers and schedules by Keras' names, for whatever treats all alike.
#pragma once
#include <folio/trainer/optimizer.h>

#include <type_traits>

namespace folio::internal {

/// visit(name, field) for each argument, in Keras' order.
template <typename Choice, typename Visit>
void visit_arguments(Choice& it, Visit visit) {
  using Kind = std::remove_const_t<Choice>;
  constexpr bool kAdamW = std::is_same_v<Kind, AdamW>;
  visit("learning_rate", it.learning_rate);
  if constexpr (kAdamW) visit("weight_decay", it.weight_decay);
  if constexpr (std::is_same_v<Kind, SGD>) {
    visit("momentum", it.momentum);
    visit("nesterov", it.nesterov);
  }
  if constexpr (std::is_same_v<Kind, RMSprop> || std::is_same_v<Kind, Adadelta>) {
    visit("rho", it.rho);
  }
  if constexpr (std::is_same_v<Kind, RMSprop>) visit("momentum", it.momentum);
  if constexpr (requires { it.beta_1; }) {
    visit("beta_1", it.beta_1);
    visit("beta_2", it.beta_2);
  }
  if constexpr (std::is_same_v<Kind, Ftrl>) visit("learning_rate_power", it.learning_rate_power);
  if constexpr (requires { it.initial_accumulator_value; }) {
    visit("initial_accumulator_value", it.initial_accumulator_value);
  }
  if constexpr (std::is_same_v<Kind, Ftrl>) {
    visit("l1_regularization_strength", it.l1_regularization_strength);
    visit("l2_regularization_strength", it.l2_regularization_strength);
    visit("l2_shrinkage_regularization_strength", it.l2_shrinkage_regularization_strength);
    visit("beta", it.beta);
  }
  if constexpr (requires { it.epsilon; }) visit("epsilon", it.epsilon);
  if constexpr (requires { it.amsgrad; }) visit("amsgrad", it.amsgrad);
  if constexpr (std::is_same_v<Kind, RMSprop>) visit("centered", it.centered);
  if constexpr (!kAdamW) visit("weight_decay", it.weight_decay);
  visit("clipnorm", it.clipnorm);
  visit("clipvalue", it.clipvalue);
  visit("global_clipnorm", it.global_clipnorm);
  visit("use_ema", it.use_ema);
  visit("ema_momentum", it.ema_momentum);
  visit("ema_overwrite_frequency", it.ema_overwrite_frequency);
  visit("gradient_accumulation_steps", it.gradient_accumulation_steps);
}

/// The same for the schedules of a learning rate.
template <typename Choice, typename Visit>
void visit_schedule_arguments(Choice& it, Visit visit) {
  using Kind = std::remove_const_t<Choice>;
  if constexpr (std::is_same_v<Kind, PiecewiseConstantDecay>) {
    visit("boundaries", it.boundaries);
    visit("values", it.values);
  } else {
    visit("initial_learning_rate", it.initial_learning_rate);
    if constexpr (std::is_same_v<Kind, CosineDecayRestarts>) {
      visit("first_decay_steps", it.first_decay_steps);
      visit("t_mul", it.t_mul);
      visit("m_mul", it.m_mul);
    } else {
      visit("decay_steps", it.decay_steps);
    }
    if constexpr (requires { it.decay_rate; }) visit("decay_rate", it.decay_rate);
    if constexpr (requires { it.staircase; }) visit("staircase", it.staircase);
    if constexpr (std::is_same_v<Kind, PolynomialDecay>) {
      visit("end_learning_rate", it.end_learning_rate);
      visit("power", it.power);
      visit("cycle", it.cycle);
    }
    if constexpr (requires { it.alpha; }) visit("alpha", it.alpha);
    if constexpr (std::is_same_v<Kind, CosineDecay>) {
      visit("warmup_target", it.warmup_target);
      visit("warmup_steps", it.warmup_steps);
    }
  }
}

}  // namespace folio::internal
