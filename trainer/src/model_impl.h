/// What a Model holds, for the files that implement it: model.cpp (its public face),
/// model_build.cpp, model_batch.cpp and model_state.cpp.
#pragma once
#include <folio/trainer/model.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiled_network.h"
#include "metric_set.h"
#include "model_graph.h"
#include "network.h"
#include "optimizer_step.h"
#include "weight_store.h"

namespace folio {

struct Model::Impl {
  std::string name;
  std::string metadata;
  internal::ModelGraph graph;
  Shape input_shape;
  bool built = false;
  std::optional<std::uint64_t> seed;

  bool winograd = true;

  std::optional<CompileOptions> options;

  internal::WeightStore weights;
  std::optional<internal::Network> network;
  std::optional<internal::CompiledNetwork> compiled;
  std::optional<internal::OptimizerStep> step;  ///< Of `options`, `weights` and `network`.
  Shape output_shape;
  std::size_t parameters = 0;
  std::uint64_t iterations = 0;

  // Since reset_metrics().
  double loss_sum = 0.0;
  std::size_t seen = 0;
  internal::MetricSet metrics;

  // Of the latest batch, kept for their memory.
  Shape batch_outputs;
  std::vector<double> shard_losses;

  void require_built() const;
  void require_compiled() const;
  /// The layers' operations for images of this shape, ready to be bound to memory.
  [[nodiscard]] internal::Network lowered(const Shape& image_shape) const;
  /// Binds the network to memory for batches of this size.
  void compile_for(std::size_t batch_size);
  /// Whether the images of a batch are C x H x W. Those of a model with its channels first can have
  /// either order.
  ///
  /// Errors  Error (kModel) if they fit in neither.
  [[nodiscard]] bool has_channels_first(const Tensor& x) const;
  /// The shape as the model has it, if it is that of its images in the other order.
  [[nodiscard]] Shape in_own_order(const Shape& image_shape) const;
  /// Loss and metrics of a batch, and the step of learning from it. Returns the loss.
  double run_batch(const Batch& batch, bool training);
  Tensor predict(const Tensor& x);
  /// Ends a fit() under use_ema.
  void take_averages();

 private:
  template <typename Work>
  void for_each_shard(std::size_t count, bool training, const Work& work);
};

}  // namespace folio
