#include "batch_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace folio::internal {

Planner::Planner(PlanOptions options) : options_(std::move(options)) {}

std::size_t Planner::batches_per_epoch() const {
  return (options_.samples + options_.batch_size - 1) / options_.batch_size;
}

std::vector<std::size_t> Planner::order(std::uint64_t epoch) {
  if (!options_.shuffle) {
    std::vector<std::size_t> order(options_.samples);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
  }
  // Seeds wrap at 32 bits.
  NumpyRandom random(static_cast<std::uint32_t>(options_.seed + epoch * batches_per_epoch()));
  std::vector<std::size_t> order = random.permutation(options_.samples);
  after_permutation_ = random;
  if (!options_.labels.empty()) balance(random, order);
  return order;
}

void Planner::balance(NumpyRandom& random, std::vector<std::size_t>& order) const {
  const int classes = *std::max_element(options_.labels.begin(), options_.labels.end()) + 1;
  std::vector<std::vector<std::size_t>> members(static_cast<std::size_t>(classes));
  for (const std::size_t index : order) {
    members[static_cast<std::size_t>(options_.labels[index])].push_back(index);
  }
  std::erase_if(members, [](const auto& samples) { return samples.empty(); });
  order.clear();
  for (std::size_t round = 0; order.size() < options_.samples; ++round) {
    for (const std::size_t turn : random.permutation(members.size())) {
      if (order.size() == options_.samples) return;
      order.push_back(members[turn][round % members[turn].size()]);
    }
  }
}

void Planner::plan(std::uint64_t number, BatchPlan& plan) {
  const std::uint64_t batches = batches_per_epoch();
  const std::uint64_t epoch = number / batches;
  if (order_ == nullptr || epoch != epoch_) {
    order_ = std::make_shared<const std::vector<std::size_t>>(order(epoch));
    epoch_ = epoch;
  }
  plan.order = order_;
  plan.number = number;
  plan.first = static_cast<std::size_t>(number % batches) * options_.batch_size;
  const std::size_t last = std::min(plan.first + options_.batch_size, options_.samples);
  plan.indices.assign(order_->begin() + static_cast<std::ptrdiff_t>(plan.first),
                      order_->begin() + static_cast<std::ptrdiff_t>(last));
  plan.parameters.assign(plan.indices.size(), TransformParameters());
  if (!options_.augment) return;
  // The batch that opens an epoch goes on where the permutation ended.
  const bool opens = options_.shuffle && number % batches == 0;
  NumpyRandom random =
      opens ? *after_permutation_ : NumpyRandom(static_cast<std::uint32_t>(options_.seed + number));
  for (TransformParameters& parameters : plan.parameters) {
    parameters = draw_transform(options_.generator, options_.height, options_.width, random);
  }
  for (TransformParameters& parameters : plan.parameters) {
    draw_extras(options_.generator, options_.height, options_.width, random, parameters);
  }
  draw_mixes(options_.generator, options_.height, options_.width, random, plan.parameters);
}

}  // namespace folio::internal
