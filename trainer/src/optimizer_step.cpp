#include "optimizer_step.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace folio::internal {
namespace {

/// Values per task: a multiple of every tile, small enough to spread a small network.
constexpr std::size_t kStretch = 8192;

struct Stretch {
  int weight;
  std::size_t begin, end;
};

}  // namespace

int slot_count(const Optimizer& optimizer) {
  if (const auto* sgd = std::get_if<SGD>(&optimizer.kind())) return sgd->momentum > 0.0 ? 1 : 0;
  return 2;
}

void optimizer_step(const Optimizer& optimizer, std::uint64_t iterations, int shards,
                    const Kernels& kernels, WeightStore& weights) {
  thread_local std::vector<Stretch> stretches;
  stretches.clear();
  for (int index = 0; index < static_cast<int>(weights.size()); ++index) {
    const std::size_t size = weights[index].values.size();
    for (std::size_t begin = 0; begin < size; begin += kStretch) {
      stretches.push_back({index, begin, std::min(size, begin + kStretch)});
    }
  }

  const auto step = static_cast<double>(iterations + 1);
  const auto update = [&, list = stretches.data()](std::size_t at) {
    const Stretch& stretch = list[at];
    StoredWeight& weight = weights[stretch.weight];
    const UpdateSlice slice{.weight = weight.values.data(),
                            .gradients = weight.gradient_pointers.data(),
                            .shards = shards,
                            .slots = {weight.slots[0].data(), weight.slots[1].data()},
                            .begin = stretch.begin,
                            .end = stretch.end};
    if (const auto* sgd = std::get_if<SGD>(&optimizer.kind())) {
      kernels.sgd_update(slice, {.learning_rate = static_cast<float>(sgd->learning_rate),
                                 .momentum = static_cast<float>(sgd->momentum),
                                 .nesterov = sgd->nesterov});
    } else if (const auto* adam = std::get_if<Adam>(&optimizer.kind())) {
      const double rate = adam->learning_rate * std::sqrt(1.0 - std::pow(adam->beta_2, step)) /
                          (1.0 - std::pow(adam->beta_1, step));
      kernels.adam_update(slice, {.rate = static_cast<float>(rate),
                                  .one_minus_beta_1 = static_cast<float>(1.0 - adam->beta_1),
                                  .one_minus_beta_2 = static_cast<float>(1.0 - adam->beta_2),
                                  .epsilon = static_cast<float>(adam->epsilon)});
    }
    if (weight.tiles_transposed) {
      kernels.transpose_tiles(weight.values.data(), weight.backward_values.data(), stretch.begin,
                              stretch.end);
    }
  };
  tbb::parallel_for(std::size_t{0}, stretches.size(), update);
  for (int index = 0; index < static_cast<int>(weights.size()); ++index) {
    weights.refresh_backward(index);
  }
}

}  // namespace folio::internal
