/// The inner loops of the optimizers, compiled for several instruction sets like those of
/// kernels.h.
#pragma once
#include <cstddef>
#include <limits>

namespace folio::internal {

inline constexpr int kMostSlots = 3;  ///< That an optimizer's own step uses.

/// What an update needs of one stretch of a weight.
struct UpdateSlice {
  float* weight;
  const float* const* gradients;  ///< One per shard, to be added in this order.
  int shards;
  float* slots[kMostSlots];
  std::size_t begin, end;

  // What happens to a gradient, in this order, before the step.
  float l1 = 0.0F, l2 = 0.0F;          ///< Adds l1 sign(w) + 2 l2 w.
  const float* accumulated = nullptr;  ///< Adds this, and divides the sum by `batches`.
  float batches = 1.0F;
  float scale = 1.0F;
  float limit = std::numeric_limits<float>::infinity();  ///< Clips to [-limit, limit].
  // And to the weight: w -= decay w.
  float decay = 0.0F;
};

struct SgdStep {
  float learning_rate, momentum;
  bool nesterov;
};

struct AdamStep {
  float rate;  ///< Learning rate with both bias corrections.
  float one_minus_beta_1, one_minus_beta_2, epsilon;
};

struct RmspropStep {
  float learning_rate, rho, momentum, epsilon;
  bool centered;
};

struct AdagradStep {
  float learning_rate, epsilon;
};

struct AdadeltaStep {
  float learning_rate, rho, epsilon;
};

struct AdamaxStep {
  float rate;  ///< Learning rate with the bias correction of m.
  float one_minus_beta_1, beta_2, epsilon;
};

struct NadamStep {
  float learning_rate, one_minus_beta_1, one_minus_beta_2, epsilon;
  float momentum_share;  ///< u_(t+1) / (1 - u_1 ... u_(t+1))
  float gradient_share;  ///< (1 - u_t) / (1 - u_1 ... u_t)
  float velocity_share;  ///< 1 / (1 - beta_2^t)
};

struct FtrlStep {
  float learning_rate, learning_rate_power, l1, l2, l2_shrinkage;
};

struct LionStep {
  float learning_rate, beta_1, beta_2;
};

struct OptimizerKernels {
  // dst[i] = the gradient before clipping; returns the sum of its squares, always added up in the
  // same order.
  double (*sum_gradients)(const UpdateSlice&, float* dst);

  // Slots in the order of optimizer_slots(); those of an option that is off are null.
  void (*sgd)(const UpdateSlice&, const SgdStep&);            // momentum
  void (*adam)(const UpdateSlice&, const AdamStep&);          // m, v, vhat
  void (*rmsprop)(const UpdateSlice&, const RmspropStep&);    // rms, momentum, mg
  void (*adagrad)(const UpdateSlice&, const AdagradStep&);    // accumulator
  void (*adadelta)(const UpdateSlice&, const AdadeltaStep&);  // accum_grad, accum_var
  void (*adamax)(const UpdateSlice&, const AdamaxStep&);      // m, v
  void (*nadam)(const UpdateSlice&, const NadamStep&);        // m, v
  void (*ftrl)(const UpdateSlice&, const FtrlStep&);          // accumulator, linear
  void (*lion)(const UpdateSlice&, const LionStep&);          // m
};

/// The fastest ones of this processor.
const OptimizerKernels& optimizer_kernels();

}  // namespace folio::internal
