/// BatchPlan: everything random about a batch, settled before any pixel is touched.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <folio/augment/transform.h>

namespace folio::internal {

/// Which samples a batch holds and what was drawn for each.
struct BatchPlan {
  std::uint64_t number = 0;
  std::size_t first = 0;  ///< Position of the first sample in the epoch's order.
  std::shared_ptr<const std::vector<std::size_t>> order;  ///< All samples, as the epoch has them.
  std::vector<std::size_t> indices;
  std::vector<TransformParameters> parameters;
};

/// What plans depend on.
struct PlanOptions {
  ImageDataGeneratorOptions generator{};
  std::uint32_t seed = 0;
  std::size_t samples = 0;
  std::size_t batch_size = 1;
  bool shuffle = true;
  bool augment = true;
  int height = 0;
  int width = 0;
  std::vector<int> labels{};  ///< Of all samples, if classes are to be balanced; empty otherwise.
};

/// Plans batches as Keras' iterator does along its next() path: before batch k the generator is
/// seeded with seed + k; the batch that opens an epoch draws the epoch's permutation first. A plan
/// is a pure function of the options and the batch number. What Keras does not have is drawn after
/// what it has.
///
/// Threads One caller at a time: the current epoch's order is kept.
class Planner {
 public:
  explicit Planner(PlanOptions options);

  [[nodiscard]] std::size_t batches_per_epoch() const;
  void plan(std::uint64_t number, BatchPlan& plan);

 private:
  /// Samples in the order of the given epoch.
  [[nodiscard]] std::vector<std::size_t> order(std::uint64_t epoch);
  /// Replaces an order by one in which the classes take turns.
  void balance(NumpyRandom& random, std::vector<std::size_t>& order) const;

  PlanOptions options_;
  std::uint64_t epoch_ = 0;
  std::shared_ptr<const std::vector<std::size_t>> order_;
  std::optional<NumpyRandom> after_permutation_;  ///< The epoch's stream, once shuffled.
};

}  // namespace folio::internal
