#include <folio/libtorch/torch_trainer.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <sstream>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

namespace folio {
namespace {

template <typename Work>
auto with_torch_errors(Work work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::kModel, std::string("LibTorch: ") + error.what_without_backtrace());
  }
}

/// LibTorch's number of threads for as long as it lives.
class ThreadCount {
 public:
  explicit ThreadCount(int count) : before_(torch::get_num_threads()) {
    torch::set_num_threads(count);
  }
  ~ThreadCount() { torch::set_num_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

/// Makes what LibTorch draws a function of seed and step, and leaves its generator as it was.
class StepRandomness {
 public:
  StepRandomness(std::uint64_t seed, std::uint64_t step)
      : generator_(at::detail::getDefaultCPUGenerator()) {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    before_ = generator_.get_state();
    generator_.set_current_seed(mixed(seed, step));
  }
  ~StepRandomness() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    generator_.set_state(before_);
  }
  StepRandomness(const StepRandomness&) = delete;
  StepRandomness& operator=(const StepRandomness&) = delete;

 private:
  /// The generator takes only the lower 32 bits of a seed, so these must depend on all.
  ///
  /// Source  Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014 (SplitMix64).
  static std::uint64_t mixed(std::uint64_t seed, std::uint64_t step) {
    std::uint64_t z = seed + (step + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  at::Generator generator_;
  torch::Tensor before_;
};

Shape shape_of(const torch::Tensor& values) {
  return {values.sizes().begin(), values.sizes().end()};
}

Tensor copy_of(const torch::Tensor& values) {
  const torch::Tensor plain = values.detach().to(torch::kFloat32).contiguous();
  Tensor copy(shape_of(plain));
  std::copy_n(plain.data_ptr<float>(), copy.size(), copy.data());
  return copy;
}

/// The same memory.
torch::Tensor view_of(const Tensor& values) {
  return torch::from_blob(const_cast<float*>(values.data()), torch::IntArrayRef(values.shape()));
}

template <typename Savable>
std::string archive_of(const Savable& savable) {
  torch::serialize::OutputArchive archive;
  savable.save(archive);
  std::ostringstream stream;
  archive.save_to(stream);
  return std::move(stream).str();
}

// Any bytes as a tensor, which is what a State keeps binary.
Tensor tensor_of(const std::string& bytes) {
  Tensor tensor({static_cast<std::int64_t>((bytes.size() + sizeof(float) - 1) / sizeof(float))});
  std::memcpy(static_cast<void*>(tensor.data()), bytes.data(), bytes.size());
  return tensor;
}

}  // namespace

torch::Tensor torch_cross_entropy(const torch::Tensor& outputs, const torch::Tensor& labels) {
  const bool one_hot = labels.dim() > 1;
  return torch::nn::functional::cross_entropy(
      outputs, one_hot ? labels : labels.to(torch::kLong),
      torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kNone));
}

torch::Tensor torch_accuracy(const torch::Tensor& outputs, const torch::Tensor& labels) {
  const torch::Tensor classes = labels.dim() > 1 ? labels.argmax(1) : labels.to(torch::kLong);
  return (outputs.argmax(1) == classes).to(torch::kFloat32);
}

TorchTrainer::TorchTrainer(std::shared_ptr<torch::nn::Module> module, Forward forward,
                           std::unique_ptr<torch::optim::Optimizer> optimizer,
                           TorchTrainerOptions options)
    : module_(std::move(module)),
      forward_(std::move(forward)),
      optimizer_(std::move(optimizer)),
      options_(std::move(options)),
      metric_sums_(options_.metrics.size()) {
  if (options_.threads < 1) {
    throw Error(ErrorKind::kUsage, "TorchTrainer: threads must be at least 1, got " +
                                       std::to_string(options_.threads));
  }
  if (optimizer_ == nullptr || optimizer_->param_groups().empty()) {
    throw Error(ErrorKind::kUsage, "TorchTrainer: the optimizer has no parameters");
  }
  for (const auto& parameter : module_->named_parameters()) {
    if (parameter.value().scalar_type() == torch::kFloat32) continue;
    throw Error(ErrorKind::kUsage, "TorchTrainer: parameter '" + parameter.key() +
                                       "' must be float32, got " +
                                       c10::toString(parameter.value().scalar_type()));
  }
}

TorchTrainer::~TorchTrainer() = default;

std::vector<TorchTrainer::NamedTensor> TorchTrainer::tensors() const {
  std::vector<NamedTensor> all;
  for (const auto& item : module_->named_parameters()) all.push_back({item.key(), item.value()});
  for (const auto& item : module_->named_buffers()) all.push_back({item.key(), item.value()});
  return all;
}

/// Images get their channels to the front.
torch::Tensor TorchTrainer::to_torch(const Tensor& values) const {
  const torch::Tensor view = view_of(values);
  const bool images = view.dim() == 4 && options_.data_format == DataFormat::kChannelsLast;
  return images ? view.permute({0, 3, 1, 2}).contiguous() : view;
}

Tensor TorchTrainer::to_folio(const torch::Tensor& values) const {
  const bool images = values.dim() == 4 && options_.data_format == DataFormat::kChannelsLast;
  return copy_of(images ? values.permute({0, 2, 3, 1}) : values);
}

void TorchTrainer::prepare(const Shape& image_shape, std::size_t num_classes, std::size_t) {
  Shape one = image_shape;
  one.insert(one.begin(), 1);
  Shape outputs;
  try {
    outputs = predict_on_batch(Tensor(one)).shape();
  } catch (const Error& error) {
    throw Error(error.kind(),
                std::string(error.what()) + ", for images of shape " + to_string(image_shape));
  }
  const std::size_t count = element_count(outputs);
  const bool binary = num_classes == 2 && count == 1;
  if (num_classes > 0 && count != num_classes && !binary) {
    throw Error(ErrorKind::kModel, "the network has " + std::to_string(count) +
                                       " outputs, the data has " + std::to_string(num_classes) +
                                       " classes");
  }
}

torch::Tensor TorchTrainer::rows_of(const TorchRowFunction& function, const char* what,
                                    const torch::Tensor& outputs,
                                    const torch::Tensor& labels) const {
  torch::Tensor rows = function(outputs, labels);
  if (rows.dim() == 1 && rows.size(0) == outputs.size(0)) return rows;
  throw Error(ErrorKind::kUsage,
              std::string("TorchTrainer: ") + what + " must give a number for every sample, (" +
                  std::to_string(outputs.size(0)) + "), got " + to_string(shape_of(rows)) +
                  "; LibTorch's losses do with reduction(torch::kNone)");
}

/// The loss of a batch, a scalar; counts it and the metrics.
torch::Tensor TorchTrainer::loss_of(const Batch& batch) {
  if (batch.y.empty()) throw Error(ErrorKind::kData, "TorchTrainer: the batch has no labels");
  const torch::Tensor labels = to_torch(batch.y);
  const torch::Tensor outputs = forward_(to_torch(batch.x));
  torch::Tensor rows = rows_of(options_.loss, "the loss", outputs, labels);
  if (!batch.sample_weight.empty()) rows = rows * view_of(batch.sample_weight);
  torch::Tensor loss = rows.mean();

  const torch::NoGradGuard no_gradient;
  const auto count = static_cast<double>(outputs.size(0));
  for (std::size_t i = 0; i < options_.metrics.size(); ++i) {
    const TorchMetric& metric = options_.metrics[i];
    metric_sums_[i] += rows_of(metric.function, metric.name.c_str(), outputs, labels)
                           .sum(torch::kFloat64)
                           .item<double>();
  }
  loss_sum_ += loss.item<double>() * count;
  seen_ += count;
  return loss;
}

double TorchTrainer::train_on_batch(const Batch& batch) {
  return with_torch_errors([&] {
    const ThreadCount threads(options_.threads);
    const StepRandomness randomness(options_.seed, steps_);
    module_->train();
    optimizer_->zero_grad();
    const torch::Tensor loss = loss_of(batch);
    loss.backward();
    optimizer_->step();
    ++steps_;
    return loss.item<double>();
  });
}

double TorchTrainer::test_on_batch(const Batch& batch) {
  return with_torch_errors([&] {
    const ThreadCount threads(options_.threads);
    const torch::NoGradGuard no_gradient;
    module_->eval();
    return loss_of(batch).item<double>();
  });
}

Tensor TorchTrainer::predict_on_batch(const Tensor& x) {
  return with_torch_errors([&] {
    const ThreadCount threads(options_.threads);
    const torch::NoGradGuard no_gradient;
    module_->eval();
    return to_folio(forward_(to_torch(x)));
  });
}

std::vector<std::string> TorchTrainer::metric_names() const {
  std::vector<std::string> names{"loss"};
  for (const TorchMetric& metric : options_.metrics) names.push_back(metric.name);
  return names;
}

Logs TorchTrainer::metrics() const {
  const double seen = std::max(1.0, seen_);
  Logs logs{{"loss", loss_sum_ / seen}};
  for (std::size_t i = 0; i < options_.metrics.size(); ++i) {
    logs.emplace_back(options_.metrics[i].name, metric_sums_[i] / seen);
  }
  return logs;
}

void TorchTrainer::reset_metrics() {
  loss_sum_ = seen_ = 0.0;
  std::fill(metric_sums_.begin(), metric_sums_.end(), 0.0);
}

std::vector<Tensor> TorchTrainer::weights() const {
  std::vector<Tensor> values;
  for (const NamedTensor& tensor : tensors()) values.push_back(copy_of(tensor.value));
  return values;
}

void TorchTrainer::set_weights(const std::vector<Tensor>& weights) {
  std::vector<NamedTensor> own = tensors();
  if (weights.size() != own.size()) {
    throw Error(ErrorKind::kModel, "the network has " + std::to_string(own.size()) +
                                       " weights, got " + std::to_string(weights.size()));
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (shape_of(own[i].value) == weights[i].shape()) continue;
    throw Error(ErrorKind::kModel, "weight '" + own[i].name + "' has shape " +
                                       to_string(shape_of(own[i].value)) + ", got " +
                                       to_string(weights[i].shape()));
  }
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < own.size(); ++i) own[i].value.copy_(view_of(weights[i]));
}

State TorchTrainer::state() const {
  State state;
  for (const NamedTensor& tensor : tensors()) {
    state.tensors["weight/" + tensor.name] = copy_of(tensor.value);
  }
  const std::string optimizer = with_torch_errors([&] { return archive_of(*optimizer_); });
  state.tensors["optimizer"] = tensor_of(optimizer);
  state.put("optimizer_bytes", static_cast<double>(optimizer.size()));
  state.put("steps", static_cast<double>(steps_));
  state.put("loss_sum", loss_sum_);
  for (std::size_t i = 0; i < metric_sums_.size(); ++i) {
    state.put("metric/" + options_.metrics[i].name, metric_sums_[i]);
  }
  state.put("seen", seen_);
  return state;
}

void TorchTrainer::set_state(const State& state) {
  std::vector<Tensor> values;
  for (const NamedTensor& tensor : tensors()) {
    values.push_back(state.tensor("weight/" + tensor.name));
  }
  const Tensor& optimizer = state.tensor("optimizer");
  const auto bytes = static_cast<std::size_t>(state.number("optimizer_bytes"));
  if (bytes > optimizer.size() * sizeof(float)) {
    throw Error(ErrorKind::kModel, "the state's optimizer is cut off");
  }
  set_weights(values);
  with_torch_errors([&] {
    torch::serialize::InputArchive archive;
    archive.load_from(reinterpret_cast<const char*>(optimizer.data()), bytes);
    optimizer_->load(archive);
  });
  steps_ = static_cast<std::uint64_t>(state.number("steps"));
  loss_sum_ = state.number("loss_sum");
  for (std::size_t i = 0; i < metric_sums_.size(); ++i) {
    metric_sums_[i] = state.number("metric/" + options_.metrics[i].name);
  }
  seen_ = state.number("seen");
}

void TorchTrainer::check_file_name(const std::string& path, bool) const {
  if (path.ends_with(".pt") || path.ends_with(".pth")) return;
  throw Error(
      ErrorKind::kUsage,
      "a network of LibTorch is saved to a name that ends in .pt or .pth, got '" + path + "'");
}

void TorchTrainer::save(const std::string& path) const {
  check_file_name(path, false);
  write_file(path, with_torch_errors([&] { return archive_of(*module_); }));
}

void TorchTrainer::save_weights(const std::string& path) const { save(path); }

double TorchTrainer::learning_rate() const {
  return optimizer_->param_groups().front().options().get_lr();
}

void TorchTrainer::set_learning_rate(double rate) {
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
}

}  // namespace folio
