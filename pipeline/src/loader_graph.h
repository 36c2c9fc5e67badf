/// LoaderGraph: batches prepared ahead on a oneTBB flow graph.
///
///     input_node (batch numbers) -> limiter_node (batches in flight)
///         -> multifunction_node (plans a batch, cuts it into slices)
///         -> function_node (loads the samples of a slice into their slots of the batch)
///         -> multifunction_node (lets a batch pass with its last slice)
///         -> sequencer_node (by number) -> next();  next() -> limiter's decrementer
///
/// A slice writes into its slots of a preallocated batch, so that nothing is copied, tiny images
/// cost no message each and large ones spread over the threads. Every number that enters comes out:
/// a sample that fails carries its reason in its slot.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <folio/pipeline/batch.h>

#include "batch_plan.h"

namespace folio::internal {

/// A batch in the making.
struct Slot {
  BatchPlan plan;
  Batch batch;
  std::vector<std::string> errors;  ///< One per sample; empty where all went well.
  std::vector<char> blank;          ///< Whether a black image stands in for a bad sample.
};

struct LoaderWork {
  /// Called in order, one at a time: fills slot.plan and sizes the batch for it.
  std::function<void(std::uint64_t number, Slot& slot)> plan;
  /// Called on any thread: loads samples [first, last) of the slot. Does not throw.
  std::function<void(Slot& slot, std::size_t first, std::size_t last)> load;
  /// Called on any thread when all samples are loaded. Does not throw.
  std::function<void(Slot& slot)> finish;
  std::size_t slice = 1;      ///< Samples per message.
  std::size_t in_flight = 4;  ///< Batches between plan and consumer.
};

/// Threads One consumer.
/// Owns    Its slots; the destructor stops the graph, wherever the consumer is.
class LoaderGraph {
 public:
  /// Starts at batch `first`.
  LoaderGraph(LoaderWork work, std::uint64_t first);
  ~LoaderGraph();
  LoaderGraph(const LoaderGraph&) = delete;
  LoaderGraph& operator=(const LoaderGraph&) = delete;

  /// The next batch; helps with the work until it is there. The previous one is recycled.
  Slot& next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace folio::internal
