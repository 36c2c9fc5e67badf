// One batch through a Model: shards forward and backward on the pool, loss, metrics, the step.
#include <folio/datasets/error.h>
#include <folio/pipeline/threads.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <functional>

#include "loss_function.h"
#include "model_impl.h"

namespace folio {
namespace {

using internal::LabelledRows;
using internal::LossFunction;

/// Samples per shard: enough shards to keep a few cores busy, each large enough to be efficient.
/// Sees only batch and network, as results depend on it: gradients are added shard by shard.
int shard_size_for(std::size_t batch_size, std::size_t parameters) {
  constexpr std::size_t kLargeNetwork = 500000;
  const std::size_t most = parameters < kLargeNetwork ? 16 : 32;
  return static_cast<int>(std::clamp<std::size_t>((batch_size + 3) / 4, 1, most));
}

/// Runs `work` in the pool; a reference, as a copy of what it captures would take memory.
template <typename Work>
void run_in_pool(const Work& work) {
  internal::run_in_pool(std::cref(work));
}

}  // namespace

void Model::Impl::compile_for(std::size_t batch_size) {
  const int shard = shard_size_for(batch_size, parameters);
  if (compiled && compiled->shard_size() == shard) return;
  step.reset();
  compiled.emplace(*network, weights, shard, winograd);
}

bool Model::Impl::has_channels_first(const Tensor& x) const {
  const auto fits = [&](const Shape& shape) {
    return x.shape().size() == shape.size() + 1 &&
           std::equal(shape.begin(), shape.end(), x.shape().begin() + 1);
  };
  if (fits(input_shape)) return network->channels_first();
  if (network->channels_first() && fits(internal::with_channels_last(input_shape))) return false;
  throw Error(ErrorKind::kModel, "the model expects images of shape " + to_string(input_shape) +
                                     ", got a batch of shape " + to_string(x.shape()));
}

/// work(shard, worker, first sample, number of samples) for all shards of a batch, on the pool.
template <typename Work>
void Model::Impl::for_each_shard(std::size_t count, bool training, const Work& work) {
  const auto size = static_cast<std::size_t>(compiled->shard_size());
  const auto shards = static_cast<int>((count + size - 1) / size);
  compiled->reserve(tbb::this_task_arena::max_concurrency(), shards, training);
  tbb::parallel_for(
      0, shards, 1,
      [&](int shard) {
        const std::size_t first = static_cast<std::size_t>(shard) * size;
        work(shard, tbb::this_task_arena::current_thread_index(), first,
             std::min(size, count - first));
      },
      tbb::simple_partitioner());
}

double Model::Impl::run_batch(const Batch& batch, bool training) {
  require_built();
  require_compiled();
  const bool channels_first = has_channels_first(batch.x);
  const std::size_t count = static_cast<std::size_t>(batch.x.shape()[0]);
  if (!compiled) compile_for(count);
  if (training && !step) {
    step.emplace(options->optimizer, internal::kernels(network->block()), weights);
  }
  batch_outputs.assign(1, static_cast<std::int64_t>(count));
  batch_outputs.insert(batch_outputs.end(), output_shape.begin(), output_shape.end());
  const LossFunction loss(internal::resolved(options->loss, batch.y.shape(), batch_outputs),
                          compiled->final_activation());
  loss.check_targets(batch.y.shape(), batch_outputs);
  const bool scores = loss.before_activation();
  const std::size_t image = batch.x.size() / count;
  const std::size_t target = batch.y.size() / count;
  const std::size_t length = element_count(output_shape);
  const auto width = static_cast<std::size_t>(batch_outputs.back());
  const auto rows_of = [&](const float* values, std::size_t first, std::size_t samples) {
    const float* factors = batch.sample_weight.empty() ? nullptr : batch.sample_weight.data();
    return LabelledRows{.outputs = values,
                        .targets = batch.y.data() + first * target,
                        .sample_weight = factors == nullptr ? nullptr : factors + first,
                        .count = samples * (length / width),
                        .width = width,
                        .rows_per_sample = length / width};
  };
  const double scale = loss.scale(rows_of(nullptr, 0, count));
  // Before the weights change.
  double total = weights.regularization_loss();

  run_in_pool([&] {
    const auto size = static_cast<std::size_t>(compiled->shard_size());
    shard_losses.resize((count + size - 1) / size);
    const auto shards = static_cast<int>(shard_losses.size());
    metrics.begin_batch(batch.y.shape(), batch_outputs, shard_losses.size());
    const bool stop_before = scores && !metrics.needs_outputs();
    const auto run_of = [&](int worker, int shard, std::size_t samples) {
      return compiled->run(worker, shard, training, *seed, iterations, static_cast<int>(samples),
                           count);
    };
    // Phases that end where an op needs the whole batch, the last one with loss and gradients.
    const int last = compiled->phases(training) - 1;
    const auto forward = [&](const internal::Run& run, int phase, std::size_t first) {
      if (phase == 0)
        compiled->load(run, batch.x.data() + first * image, run.samples, channels_first);
      compiled->forward(run, stop_before, phase);
    };
    for (int phase = 0; phase < last; ++phase) {
      for_each_shard(count, training, [&](int shard, int worker, std::size_t first, std::size_t n) {
        forward(run_of(worker, shard, n), phase, first);
      });
      compiled->combine_forward(phase, shards);
    }
    for_each_shard(
        count, training, [&](int shard, int worker, std::size_t first, std::size_t samples) {
          const internal::Run run = run_of(worker, shard, samples);
          forward(run, last, first);
          const internal::Value result = compiled->result(scores);
          float* gradient = training ? run.workspace.gradients[result].data() : nullptr;
          double& shard_loss = shard_losses[static_cast<std::size_t>(shard)];
          shard_loss = loss.compute(rows_of(run.workspace.values[result].data(), first, samples),
                                    scale, gradient);
          shard_loss += compiled->added_loss(run);
          metrics.update(
              static_cast<std::size_t>(shard),
              rows_of(run.workspace.values[compiled->result(stop_before)].data(), first, samples));
          if (!training) return;
          // Samples that only fill up the shard teach nothing.
          std::fill(gradient + samples * length, gradient + size * length, 0.0F);
          compiled->backward(run, scores, last);
        });
    if (!training) return;
    for (int phase = last - 1; phase >= 0; --phase) {
      compiled->combine_backward(phase, shards);
      for_each_shard(count, training, [&](int shard, int worker, std::size_t, std::size_t n) {
        compiled->backward(run_of(worker, shard, n), scores, phase);
      });
    }
    step->apply(iterations, shards);
    ++iterations;
  });
  for (const double one : shard_losses) total += one;
  metrics.end_batch();
  loss_sum += total * static_cast<double>(count);
  seen += count;
  return total;
}

Tensor Model::Impl::predict(const Tensor& x) {
  require_built();
  const bool channels_first = has_channels_first(x);
  const auto count = static_cast<std::size_t>(x.shape()[0]);
  if (!compiled) compile_for(count);
  Shape shape = output_shape;
  const std::size_t length = element_count(shape);
  shape.insert(shape.begin(), static_cast<std::int64_t>(count));
  Tensor outputs(shape);
  if (count == 0) return outputs;
  const std::size_t image = x.size() / count;
  run_in_pool([&] {
    for_each_shard(count, false, [&](int, int worker, std::size_t first, std::size_t samples) {
      const internal::Run run = compiled->run(worker, 0, false, 0, 0);
      compiled->load(run, x.data() + first * image, static_cast<int>(samples), channels_first);
      compiled->forward(run, false);
      std::copy_n(run.workspace.values[compiled->result(false)].data(), samples * length,
                  outputs.data() + first * length);
    });
  });
  return outputs;
}

}  // namespace folio
