/// TorchTrainer: a network and an optimizer of LibTorch, driven by folio's fit().
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include <folio/augment/options.h>
#include <folio/trainer/trainer.h>

namespace [[gnu::visibility("default")]] folio {

/// A number for every sample, from what the network gives and what it should give.
///
/// Shapes  outputs N x ..., labels as Batch::y (images N x C x H x W); the result N.
using TorchRowFunction =
    std::function<torch::Tensor(const torch::Tensor& outputs, const torch::Tensor& labels)>;

/// Cross-entropy of scores, as they are without a softmax at the end, with one-hot rows or the
/// numbers of classes.
torch::Tensor torch_cross_entropy(const torch::Tensor& outputs, const torch::Tensor& labels);
/// 1 where the largest output is that of the class, else 0.
torch::Tensor torch_accuracy(const torch::Tensor& outputs, const torch::Tensor& labels);

/// A number in the logs: the mean of a function over all samples.
struct TorchMetric {
  std::string name;           ///< The key in the logs.
  TorchRowFunction function;  ///< Of every sample.
};

/// Arguments of TorchTrainer beside network and optimizer.
struct TorchTrainerOptions {
  TorchRowFunction loss = torch_cross_entropy;         ///< Of every sample; the mean is minimised.
  std::vector<TorchMetric> metrics{};                  ///< `{{"accuracy", folio::torch_accuracy}}`
  DataFormat data_format = DataFormat::kChannelsLast;  ///< Of the batches.
  /// Of what the network draws in training (dropout): it depends on this and the number of the
  /// step, so a resumed run draws what one that never stopped would.
  std::uint64_t seed = 0;
  /// LibTorch's own threads. Results may depend on their number; with one they are the same on
  /// every machine with the same processor.
  int threads = 1;
};

/// The second trainer. Images go in as LibTorch wants them, N x C x H x W.
///
///     torch::nn::Sequential network(torch::nn::Flatten(), torch::nn::Linear(784, 10));
///     folio::TorchTrainer trainer(
///         network, std::make_unique<torch::optim::SGD>(network->parameters(), 0.01));
///     folio::fit(trainer, stream, {.epochs = 5});
///
/// weights() are the parameters, then the buffers (the moving statistics of a batch normalization);
/// state() has the optimizer's state as well. Files are LibTorch's archives, which
/// `torch::load(network, path)` reads.
///
/// Errors  Error (kModel) with LibTorch's reason for whatever it refuses; Error (kUsage) for
///         parameters that are not float32, threads below 1 and files that do not end in .pt or
///         .pth.
/// Threads One caller at a time.
/// Owns    The optimizer; the network together with the caller.
class TorchTrainer : public Trainer {
 public:
  /// `network` is a module of torch::nn, or a std::shared_ptr to one, with a
  /// `Tensor forward(Tensor)`; the optimizer was made from its parameters.
  template <typename Network>
  TorchTrainer(Network network, std::unique_ptr<torch::optim::Optimizer> optimizer,
               TorchTrainerOptions options = {})
      : TorchTrainer(
            module_of(network),
            [network](const torch::Tensor& x) mutable { return network->forward(x); },
            std::move(optimizer), std::move(options)) {}
  ~TorchTrainer() override;

  void prepare(const Shape& image_shape, std::size_t num_classes, std::size_t batch_size) override;
  double train_on_batch(const Batch& batch) override;
  double test_on_batch(const Batch& batch) override;
  Tensor predict_on_batch(const Tensor& x) override;
  [[nodiscard]] std::vector<std::string> metric_names() const override;
  [[nodiscard]] Logs metrics() const override;
  void reset_metrics() override;
  [[nodiscard]] std::vector<Tensor> weights() const override;
  void set_weights(const std::vector<Tensor>& weights) override;
  [[nodiscard]] State state() const override;
  void set_state(const State& state) override;
  void check_file_name(const std::string& path, bool weights_only) const override;
  void save(const std::string& path) const override;
  void save_weights(const std::string& path) const override;
  [[nodiscard]] double learning_rate() const override;
  void set_learning_rate(double rate) override;

 private:
  using Forward = std::function<torch::Tensor(const torch::Tensor&)>;
  TorchTrainer(std::shared_ptr<torch::nn::Module> module, Forward forward,
               std::unique_ptr<torch::optim::Optimizer> optimizer, TorchTrainerOptions options);

  template <typename Network>
  static std::shared_ptr<torch::nn::Module> module_of(const Network& network) {
    if constexpr (std::is_convertible_v<Network, std::shared_ptr<torch::nn::Module>>) {
      return network;
    } else {
      return network.ptr();
    }
  }

  struct NamedTensor {
    std::string name;
    torch::Tensor value;  // Shares the network's memory.
  };
  [[nodiscard]] std::vector<NamedTensor> tensors() const;
  [[nodiscard]] torch::Tensor to_torch(const Tensor& values) const;
  [[nodiscard]] Tensor to_folio(const torch::Tensor& values) const;
  torch::Tensor rows_of(const TorchRowFunction& function, const char* what,
                        const torch::Tensor& outputs, const torch::Tensor& labels) const;
  torch::Tensor loss_of(const Batch& batch);

  std::shared_ptr<torch::nn::Module> module_;
  Forward forward_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  TorchTrainerOptions options_;
  std::uint64_t steps_ = 0;

  // Since reset_metrics().
  double loss_sum_ = 0.0;
  std::vector<double> metric_sums_;
  double seen_ = 0.0;
};

}  // namespace folio
