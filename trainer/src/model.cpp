#include <folio/datasets/error.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model.h>
#include <folio/trainer/model_file.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

#include "compiled_network.h"
#include "initializer.h"
#include "layer_definition.h"
#include "loss_function.h"
#include "metric_set.h"
#include "model_graph.h"
#include "optimizer_step.h"
#include "summary.h"

namespace folio {
namespace {

using internal::CompiledNetwork;
using internal::LabelledRows;
using internal::LossFunction;
using internal::MetricSet;
using internal::Network;
using internal::WeightStore;

/// Samples per shard: enough shards to keep a few cores busy, each large enough to be efficient.
/// Sees only batch and network, as results depend on it: gradients are added shard by shard.
int shard_size_for(std::size_t batch_size, std::size_t parameters) {
  constexpr std::size_t kLargeNetwork = 500000;
  const std::size_t most = parameters < kLargeNetwork ? 16 : 32;
  return static_cast<int>(std::clamp<std::size_t>((batch_size + 3) / 4, 1, most));
}

}  // namespace

struct Model::Impl {
  std::string name;
  std::string metadata;
  internal::ModelGraph graph;
  Shape input_shape;
  bool built = false;
  std::optional<std::uint64_t> seed;

  std::optional<CompileOptions> options;

  WeightStore weights;
  std::optional<Network> network;
  std::optional<CompiledNetwork> compiled;
  Shape output_shape;
  std::size_t parameters = 0;
  std::uint64_t iterations = 0;

  // Since reset_metrics().
  double loss_sum = 0.0;
  std::size_t seen = 0;
  MetricSet metrics;

  void require_built() const;
  void require_compiled() const;
  void compile_for(std::size_t batch_size);
  double run_batch(const Batch& batch, bool training);
  void check_images(const Tensor& x) const;
  void take_averages();
  template <typename Work>
  void for_each_shard(std::size_t count, bool training, Work work);
};

Model::Model(const SymbolicTensor& input, const SymbolicTensor& output, std::string name)
    : Model(internal::graph_between(input, output), std::move(name)) {}

Model::Model(internal::ModelGraph graph, std::string name) : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->input_shape = graph.input_shape;
  impl_->graph = std::move(graph);
}

Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

void Model::set_seed(std::uint64_t seed) {
  if (impl_->built) throw Error(ErrorKind::kUsage, "set_seed comes before the model is built");
  impl_->seed = seed;
}

std::uint64_t Model::seed() const {
  if (!impl_->seed) {
    std::random_device device;
    impl_->seed = (std::uint64_t{device()} << 32) | device();
  }
  return *impl_->seed;
}

void Model::compile(CompileOptions options) {
  impl_->metrics = MetricSet(options.metrics, options.weighted_metrics);
  impl_->options = std::move(options);
  impl_->iterations = 0;
  internal::reset_slots(impl_->options->optimizer, impl_->weights);
  reset_metrics();
}

void Model::build(const Shape& image_shape) {
  if (impl_->built) {
    if (image_shape == impl_->input_shape) return;
    throw Error(ErrorKind::kModel, "the model is built for images of shape " +
                                       to_string(impl_->input_shape) + ", got " +
                                       to_string(image_shape));
  }
  if (!impl_->input_shape.empty() && image_shape != impl_->input_shape) {
    throw Error(ErrorKind::kModel, "the model expects images of shape " +
                                       to_string(impl_->input_shape) + ", got " +
                                       to_string(image_shape));
  }
  // Everything that can fail comes before the first change.
  const internal::ModelGraph& graph = impl_->graph;
  std::vector<Shape> shapes;
  try {
    shapes = graph.shapes(image_shape);
  } catch (const Error& error) {
    throw Error(error.kind(),
                std::string(error.what()) + ", for images of shape " + to_string(image_shape));
  }

  const std::uint64_t seed = this->seed();
  Network network(image_shape, internal::preferred_block());
  WeightStore weights;
  std::vector<internal::Value> values;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    std::vector<int> indices;
    const std::vector<Shape> inputs = graph.input_shapes(i, image_shape, shapes);
    for (const internal::WeightSpec& spec : layer.definition().weights(inputs.front())) {
      const auto index = static_cast<std::uint32_t>(weights.size());
      indices.push_back(weights.add(layer.name(), spec.name,
                                    internal::initialize(spec.initializer, spec.shape, seed, index),
                                    spec.trainable));
      weights.set_rules(indices.back(), spec.regularizer, spec.constraint);
    }
    std::vector<internal::Value> from;
    for (const int input : graph.inputs[i]) {
      from.push_back(input == internal::kModelInput ? network.input()
                                                    : values[static_cast<std::size_t>(input)]);
    }
    values.push_back(layer.definition().lower_merged(network, from, indices));
  }
  // A model's result is rows; images at the end lie in Keras' order then.
  network.flatten(values.back());
  network.prepare();
  if (impl_->options) internal::reset_slots(impl_->options->optimizer, weights);
  impl_->weights = std::move(weights);
  impl_->network.emplace(std::move(network));
  impl_->input_shape = image_shape;
  impl_->output_shape = shapes.back();
  impl_->parameters = count_params();
  impl_->built = true;
}

bool Model::built() const { return impl_->built; }

void Model::Impl::require_built() const {
  if (!built)
    throw Error(ErrorKind::kUsage, "the model is not built: its input shape is not known");
}

void Model::Impl::require_compiled() const {
  if (!options) throw Error(ErrorKind::kUsage, "You must call compile() before using the model.");
}

void Model::Impl::compile_for(std::size_t batch_size) {
  const int shard = shard_size_for(batch_size, parameters);
  if (!compiled || compiled->shard_size() != shard) compiled.emplace(*network, weights, shard);
}

void Model::Impl::check_images(const Tensor& x) const {
  const bool fits = x.shape().size() == input_shape.size() + 1 &&
                    std::equal(input_shape.begin(), input_shape.end(), x.shape().begin() + 1);
  if (fits) return;
  throw Error(ErrorKind::kModel, "the model expects images of shape " + to_string(input_shape) +
                                     ", got a batch of shape " + to_string(x.shape()));
}

/// Ends a fit() under use_ema.
void Model::Impl::take_averages() {
  if (options) internal::take_averages(options->optimizer, iterations, weights);
}

/// work(shard, worker, first sample, number of samples) for all shards of a batch, on the pool.
template <typename Work>
void Model::Impl::for_each_shard(std::size_t count, bool training, Work work) {
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
  check_images(batch.x);
  const std::size_t count = static_cast<std::size_t>(batch.x.shape()[0]);
  if (!compiled) compile_for(count);
  Shape outputs = output_shape;
  outputs.insert(outputs.begin(), static_cast<std::int64_t>(count));
  const LossFunction loss(internal::resolved(options->loss, batch.y.shape(), outputs),
                          compiled->final_activation());
  loss.check_targets(batch.y.shape(), outputs);
  const bool scores = loss.before_activation();
  const std::size_t image = batch.x.size() / count;
  const std::size_t target = batch.y.size() / count;
  const std::size_t length = element_count(output_shape);
  const auto width = static_cast<std::size_t>(outputs.back());
  const auto rows_of = [&](const float* values, std::size_t first, std::size_t samples) {
    const float* weights = batch.sample_weight.empty() ? nullptr : batch.sample_weight.data();
    return LabelledRows{.outputs = values,
                        .targets = batch.y.data() + first * target,
                        .sample_weight = weights == nullptr ? nullptr : weights + first,
                        .count = samples * (length / width),
                        .width = width,
                        .rows_per_sample = length / width};
  };
  const double scale = loss.scale(rows_of(nullptr, 0, count));
  // Before the weights change.
  double total = weights.regularization_loss();

  std::vector<double> losses;
  internal::run_in_pool([&] {
    const auto size = static_cast<std::size_t>(compiled->shard_size());
    losses.resize((count + size - 1) / size);
    const auto shards = static_cast<int>(losses.size());
    metrics.begin_batch(batch.y.shape(), outputs, losses.size());
    const bool stop_before = scores && !metrics.needs_outputs();
    const auto run_of = [&](int worker, int shard, std::size_t samples) {
      return compiled->run(worker, shard, training, *seed, iterations, static_cast<int>(samples),
                           count);
    };
    // Phases that end where an op needs the whole batch, the last one with loss and gradients.
    const int last = compiled->phases(training) - 1;
    const auto forward = [&](const internal::Run& run, int phase, std::size_t first) {
      if (phase == 0) compiled->load(run, batch.x.data() + first * image, run.samples);
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
          losses[shard] = loss.compute(rows_of(run.workspace.values[result].data(), first, samples),
                                       scale, gradient);
          losses[shard] += compiled->added_loss(run);
          metrics.update(shard, rows_of(run.workspace.values[compiled->result(stop_before)].data(),
                                        first, samples));
          if (!training) return;
          // Samples that only fill up the shard teach nothing.
          std::fill(gradient + samples * length, gradient + size * length, 0.0F);
          compiled->backward(run, scores, last);
        });
    for (int phase = last - 1; phase >= 0; --phase) {
      compiled->combine_backward(phase, shards);
      for_each_shard(count, training, [&](int shard, int worker, std::size_t, std::size_t n) {
        compiled->backward(run_of(worker, shard, n), scores, phase);
      });
    }
    if (training) {
      internal::optimizer_step(options->optimizer, iterations, static_cast<int>(losses.size()),
                               internal::kernels(network->block()), weights);
      ++iterations;
    }
  });
  for (const double one : losses) total += one;
  metrics.end_batch();
  loss_sum += total * static_cast<double>(count);
  seen += count;
  return total;
}

void Model::build_for(const Tensor& x) {
  if (impl_->built || x.shape().size() < 2) return;
  build(Shape(x.shape().begin() + 1, x.shape().end()));
}

void Model::prepare(const Shape& image_shape, std::size_t num_classes, std::size_t batch_size) {
  // Predictions (no classes) need no loss.
  if (num_classes > 0) impl_->require_compiled();
  build(image_shape);
  const Shape& output = impl_->output_shape;
  // One output tells two classes apart.
  const bool binary = num_classes == 2 && element_count(output) == 1;
  if (num_classes > 0 && element_count(output) != num_classes && !binary) {
    throw Error(ErrorKind::kModel, "the model's last layer '" + impl_->graph.layers.back().name() +
                                       "' has " + std::to_string(element_count(output)) +
                                       " outputs, the data has " + std::to_string(num_classes) +
                                       " classes");
  }
  impl_->compile_for(batch_size);
}

double Model::train_on_batch(const Batch& batch) {
  build_for(batch.x);
  return impl_->run_batch(batch, true);
}

double Model::test_on_batch(const Batch& batch) {
  build_for(batch.x);
  return impl_->run_batch(batch, false);
}

Tensor Model::predict_on_batch(const Tensor& x) {
  build_for(x);
  impl_->require_built();
  impl_->check_images(x);
  const auto count = static_cast<std::size_t>(x.shape()[0]);
  if (!impl_->compiled) impl_->compile_for(count);
  Shape shape = impl_->output_shape;
  const std::size_t length = element_count(shape);
  shape.insert(shape.begin(), static_cast<std::int64_t>(count));
  Tensor outputs(shape);
  if (count == 0) return outputs;
  const std::size_t image = x.size() / count;
  internal::run_in_pool([&] {
    impl_->for_each_shard(
        count, false, [&](int, int worker, std::size_t first, std::size_t samples) {
          const internal::Run run = impl_->compiled->run(worker, 0, false, 0, 0);
          impl_->compiled->load(run, x.data() + first * image, static_cast<int>(samples));
          impl_->compiled->forward(run, false);
          std::copy_n(run.workspace.values[impl_->compiled->result(false)].data(), samples * length,
                      outputs.data() + first * length);
        });
  });
  return outputs;
}

std::vector<std::string> Model::metric_names() const {
  std::vector<std::string> names{"loss"};
  for (std::string& name : impl_->metrics.names()) names.push_back(std::move(name));
  return names;
}

Logs Model::metrics() const {
  const double seen = static_cast<double>(std::max<std::size_t>(1, impl_->seen));
  Logs logs{{"loss", impl_->loss_sum / seen}};
  for (auto& metric : impl_->metrics.results()) logs.push_back(std::move(metric));
  return logs;
}

void Model::reset_metrics() {
  impl_->loss_sum = 0.0;
  impl_->seen = 0;
  impl_->metrics.reset();
}

std::vector<NamedWeight> Model::named_weights() const {
  std::vector<NamedWeight> named;
  for (int i = 0; i < static_cast<int>(impl_->weights.size()); ++i) {
    named.push_back({impl_->weights[i].layer, impl_->weights[i].name, impl_->weights.value(i),
                     impl_->weights[i].trainable});
  }
  return named;
}

std::vector<Tensor> Model::weights() const {
  std::vector<Tensor> values;
  for (int i = 0; i < static_cast<int>(impl_->weights.size()); ++i) {
    values.push_back(impl_->weights.value(i));
  }
  return values;
}

void Model::set_weights(const std::vector<Tensor>& weights) {
  impl_->require_built();
  if (weights.size() != impl_->weights.size()) {
    throw Error(ErrorKind::kModel, "the model has " + std::to_string(impl_->weights.size()) +
                                       " weights, got " + std::to_string(weights.size()));
  }
  std::string differences;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& own = impl_->weights[static_cast<int>(i)];
    if (own.shape == weights[i].shape()) continue;
    differences += (differences.empty() ? "" : "; ") + own.layer + "/" + own.name + " has shape " +
                   to_string(own.shape) + ", got " + to_string(weights[i].shape());
  }
  if (!differences.empty()) throw Error(ErrorKind::kModel, "weights do not fit: " + differences);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    impl_->weights.set_value(static_cast<int>(i), weights[i]);
  }
}

State Model::state() const {
  State state;
  for (NamedWeight& weight : named_weights()) {
    state.tensors["weight/" + weight.layer + "/" + weight.name] = std::move(weight.value);
  }
  for (NamedWeight& slot : optimizer_slots()) {
    state.tensors["slot/" + slot.layer + "/" + slot.name] = std::move(slot.value);
  }
  state.put("iterations", static_cast<double>(impl_->iterations));
  state.values["seed"] = std::to_string(seed());
  if (impl_->options)
    state.put("learning_rate", learning_rate());  // Of a schedule, for the record.
  state.put("loss_sum", impl_->loss_sum);
  impl_->metrics.save(state);
  state.put("seen", static_cast<double>(impl_->seen));
  return state;
}

void Model::set_state(const State& state) {
  impl_->require_built();
  std::vector<Tensor> values;
  for (const NamedWeight& weight : named_weights()) {
    values.push_back(state.tensor("weight/" + weight.layer + "/" + weight.name));
  }
  std::vector<NamedWeight> slots = optimizer_slots();
  for (NamedWeight& slot : slots) {
    slot.value = state.tensor("slot/" + slot.layer + "/" + slot.name);
  }
  set_weights(values);
  set_optimizer_state(static_cast<std::uint64_t>(state.number("iterations")), slots);
  impl_->seed = std::stoull(state.text("seed"));  // Dropout draws from it.
  if (impl_->options && !impl_->options->optimizer.learning_rate().is_schedule()) {
    set_learning_rate(state.number("learning_rate"));
  }
  impl_->loss_sum = state.number("loss_sum");
  impl_->metrics.load(state);
  impl_->seen = static_cast<std::size_t>(state.number("seen"));
}

std::uint64_t Model::iterations() const { return impl_->iterations; }

std::vector<NamedWeight> Model::optimizer_slots() const {
  std::vector<NamedWeight> named;
  if (!impl_->options) return named;
  const auto slots = internal::optimizer_slots(impl_->options->optimizer);
  for (const int i : impl_->weights.trainable()) {
    const auto& weight = impl_->weights[i];
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      named.push_back({weight.layer, weight.name + "/" + slots[slot].name,
                       impl_->weights.slot(i, static_cast<int>(slot))});
    }
  }
  return named;
}

void Model::set_optimizer_state(std::uint64_t iterations, const std::vector<NamedWeight>& slots) {
  impl_->require_built();
  impl_->require_compiled();
  const std::vector<int> trainable = impl_->weights.trainable();
  const std::size_t each = internal::optimizer_slots(impl_->options->optimizer).size();
  const std::size_t expected = trainable.size() * each;
  if (slots.size() != expected) {
    throw Error(ErrorKind::kModel, "the optimizer has " + std::to_string(expected) +
                                       " slots, got " + std::to_string(slots.size()));
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const int weight = trainable[i / each];
    if (slots[i].value.shape() != impl_->weights[weight].shape) {
      throw Error(ErrorKind::kModel, "optimizer slot " + slots[i].layer + "/" + slots[i].name +
                                         " has shape " + to_string(slots[i].value.shape()) +
                                         ", expected " + to_string(impl_->weights[weight].shape));
    }
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    impl_->weights.set_slot(trainable[i / each], static_cast<int>(i % each), slots[i].value);
  }
  impl_->iterations = iterations;
}

double Model::learning_rate() const {
  impl_->require_compiled();
  const Optimizer& optimizer = impl_->options->optimizer;
  return optimizer.learning_rate().at(internal::updates_after(optimizer, impl_->iterations));
}

void Model::set_learning_rate(double rate) {
  impl_->require_compiled();
  impl_->options->optimizer.set_learning_rate(rate);
}

History Model::fit(BatchStream& data, const FitOptions& options) {
  History history = folio::fit(*this, data, options);
  impl_->take_averages();
  return history;
}
History Model::fit(Arrays data, const FitOptions& options) {
  History history = folio::fit(*this, std::move(data), options);
  impl_->take_averages();
  return history;
}
Logs Model::evaluate(BatchStream& data, const TestOptions& options) {
  return folio::evaluate(*this, data, options);
}
Logs Model::evaluate(Arrays data, const TestOptions& options) {
  return folio::evaluate(*this, std::move(data), options);
}
Tensor Model::predict(BatchStream& data, const TestOptions& options) {
  return folio::predict(*this, data, options);
}

Tensor Model::predict(const Tensor& x) { return predict_on_batch(x); }

std::string Model::summary() const {
  return internal::summary(impl_->name, impl_->graph, impl_->input_shape);
}

void Model::set_metadata(std::string json) { impl_->metadata = std::move(json); }
const std::string& Model::metadata() const { return impl_->metadata; }

const std::string& Model::name() const { return impl_->name; }
const std::vector<Layer>& Model::layers() const { return impl_->graph.layers; }
const std::vector<std::vector<int>>& Model::inbound_layers() const { return impl_->graph.inputs; }
bool Model::sequential() const { return impl_->graph.sequential; }
const Shape& Model::input_shape() const { return impl_->input_shape; }

Shape Model::output_shape() const {
  if (impl_->input_shape.empty()) impl_->require_built();
  return impl_->built ? impl_->output_shape : impl_->graph.shapes(impl_->input_shape).back();
}

std::size_t Model::count_params() const {
  if (impl_->input_shape.empty()) impl_->require_built();
  const std::vector<Shape> shapes = impl_->graph.shapes(impl_->input_shape);
  std::size_t count = 0;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto inputs = impl_->graph.input_shapes(i, impl_->input_shape, shapes);
    for (const auto& spec : impl_->graph.layers[i].definition().weights(inputs.front())) {
      count += element_count(spec.shape);
    }
  }
  return count;
}

bool Model::compiled() const { return impl_->options.has_value(); }

const CompileOptions& Model::compile_options() const {
  impl_->require_compiled();
  return *impl_->options;
}

void Model::save(const std::string& path) const { save_model(*this, path); }
void Model::save_weights(const std::string& path) const { save_model_weights(*this, path); }

}  // namespace folio
