#include <folio/datasets/error.h>
#include <folio/trainer/model.h>
#include <folio/trainer/model_file.h>

#include <algorithm>
#include <random>
#include <utility>

#include "layer_definition.h"
#include "model_impl.h"
#include "model_saving.h"
#include "summary.h"

namespace folio {

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

void Model::set_winograd(bool allowed) {
  if (allowed == impl_->winograd) return;
  impl_->winograd = allowed;
  impl_->step.reset();
  impl_->compiled.reset();
}

bool Model::winograd() const { return impl_->winograd; }

void Model::compile(CompileOptions options) {
  impl_->metrics = internal::MetricSet(options.metrics, options.weighted_metrics);
  impl_->options = std::move(options);
  impl_->iterations = 0;
  impl_->step.reset();
  internal::reset_slots(impl_->options->optimizer, impl_->weights);
  reset_metrics();
}

bool Model::built() const { return impl_->built; }

void Model::Impl::require_built() const {
  if (!built)
    throw Error(ErrorKind::kUsage, "the model is not built: its input shape is not known");
}

void Model::Impl::require_compiled() const {
  if (!options) throw Error(ErrorKind::kUsage, "You must call compile() before using the model.");
}

void Model::Impl::take_averages() {
  if (options) internal::take_averages(options->optimizer, iterations, weights);
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
  return impl_->predict(x);
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

DataFormat Model::data_format() const {
  using internal::ChannelAxis;
  const internal::ModelGraph& graph = impl_->graph;
  const Shape& input = impl_->input_shape;
  if (!input.empty()) {
    return graph.channels_first(input, graph.shapes(input)) ? DataFormat::kChannelsFirst
                                                            : DataFormat::kChannelsLast;
  }
  const auto decides = std::ranges::find_if(graph.layers, [](const Layer& layer) {
    return layer.definition().channel_axis() != ChannelAxis::kAny;
  });
  return decides != graph.layers.end() &&
                 decides->definition().channel_axis() == ChannelAxis::kFirst
             ? DataFormat::kChannelsFirst
             : DataFormat::kChannelsLast;
}

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

void Model::check_file_name(const std::string& path, bool weights_only) const {
  internal::check_model_file_name(path, weights_only);
}
std::function<void()> Model::prepare_save(const std::string& path, bool weights_only) const {
  return internal::prepare_save(*this, path, weights_only);
}
void Model::save(const std::string& path) const { save_model(*this, path); }
void Model::save_weights(const std::string& path) const { save_model_weights(*this, path); }

}  // namespace folio
