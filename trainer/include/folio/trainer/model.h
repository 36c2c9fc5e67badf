/// Model: folio's own trainer, a graph of layers with Keras' compile, fit, evaluate, predict.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/layer.h>
#include <folio/trainer/loss.h>
#include <folio/trainer/metric.h>
#include <folio/trainer/optimizer.h>
#include <folio/trainer/symbolic_tensor.h>
#include <folio/trainer/trainer.h>

namespace [[gnu::visibility("default")]] folio {

namespace internal {
struct ModelGraph;
}

/// Arguments of Model::compile().
struct CompileOptions {
  Optimizer optimizer = SGD{};  ///< With its learning rate.
  /// After a last softmax or sigmoid crossentropies are computed from the values before it, which
  /// is exact where clipping would not be.
  Loss loss;
  std::vector<Metric> metrics{};           ///< Logged beside the loss.
  std::vector<Metric> weighted_metrics{};  ///< Those that sample weights count for.
};

/// One weight of a model, as Keras stores it.
struct NamedWeight {
  std::string layer;      ///< `conv2d_1`
  std::string name;       ///< `kernel` or `bias`
  Tensor value;           ///< Kernels: kh x kw x in x out, or in x out.
  bool trainable = true;  ///< Moving statistics are not, nor what set_trainable() fixed.
};

/// A graph of layers. Weights depend on the seed and the data alone, never on the thread count.
///
///     const Input x({32, 32, 3});
///     const auto y = Conv2D(8, 3, {.padding = "same"})(x);
///     const auto z = Conv2D(8, 3, {.padding = "same"})(y);
///     Model model(x, Dense(10)(Flatten()(Add()({y, z}))));
///
/// Threads One caller at a time; computes on the shared pool.
class Model : public Trainer {
 public:
  /// The layers that lead from `input`, an Input, to `output`. Layers without a name get Keras'
  /// (`conv2d`, `conv2d_1`, ...), counted within the model.
  ///
  /// Errors  Error (kUsage) if the output does not depend on this input alone, if two layers have
  ///         one name, or if a layer with weights is applied twice.
  Model(const SymbolicTensor& input, const SymbolicTensor& output, std::string name = "model");
  /// @cond private
  explicit Model(internal::ModelGraph graph, std::string name);
  /// @endcond
  ~Model() override;
  ///@{
  /// Moving keeps everything; the model moved from can only be destroyed.
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ///@}

  /// Seeds initial weights and dropout. Only before the model is built; without it a seed is drawn.
  void set_seed(std::uint64_t seed);
  /// The seed given or drawn; with it the weights can be had again.
  [[nodiscard]] std::uint64_t seed() const;

  /// Whether 3 x 3 convolutions may be computed by Winograd's algorithm where that is faster, as
  /// they are unless this says otherwise. It rounds differently, in the sixth digit.
  void set_winograd(bool allowed);
  /// Whether they may.
  [[nodiscard]] bool winograd() const;

  /// Fixes the weights of a layer, or frees them: fine-tuning. A BatchNormalization that is fixed
  /// also normalizes by its moving statistics in training, and leaves them; regularizers of fixed
  /// weights add nothing to the loss. Layers in front of the first that learns cost no backward
  /// pass. Files keep it. Optimizer state and metrics start anew, as after compile().
  ///
  /// Errors  Error (kUsage) for a name that no layer has, listing those there are.
  void set_trainable(const std::string& layer, bool trainable);

  /// Chooses loss, optimizer and metrics. Optimizer state and metrics start anew.
  void compile(CompileOptions options);

  /// Creates the weights for images of this shape, H x W x C, or C x H x W if the layers have their
  /// channels first. Called by the first fit otherwise.
  ///
  /// Errors  Error (kModel) naming the first layer that does not fit, with its input shape.
  void build(const Shape& image_shape);
  /// The same with the values of these weights, in the order of named_weights(): none are drawn.
  ///
  /// Errors  As above, and listing every weight that has another number of values; Error (kUsage)
  ///         if there are weights already.
  void build(const Shape& image_shape, const std::vector<std::span<const float>>& weights);
  /// Whether there are weights.
  [[nodiscard]] bool built() const;

  ///@{
  /// The functions of these names, for this model.
  History fit(BatchStream& data, const FitOptions& options = {});
  History fit(Arrays data, const FitOptions& options = {});
  Logs evaluate(BatchStream& data, const TestOptions& options = {});
  Logs evaluate(Arrays data, const TestOptions& options = {});
  Tensor predict(BatchStream& data, const TestOptions& options = {});
  ///@}
  /// Outputs for images in memory, whose values are used as they are.
  ///
  /// Shapes  N x H x W x C (or N x C x H x W, see data_format()) in, N x outputs out.
  Tensor predict(const Tensor& x);

  /// Keras' table: layers, output shapes, parameters; then the totals.
  [[nodiscard]] std::string summary() const;

  /// A JSON text that travels with the model in its file: class names, how images were prepared.
  /// folio does not look into it; empty if there is none.
  void set_metadata(std::string json);
  /// That text; see Preprocessing for what folio's own commands write.
  [[nodiscard]] const std::string& metadata() const;

  /// As given, `sequential` or `model` otherwise; files keep it.
  [[nodiscard]] const std::string& name() const;
  /// In Keras' order, each after those it reads; the last one gives the output. A functional
  /// model's Input is among them, a Sequential's is not.
  [[nodiscard]] const std::vector<Layer>& layers() const;
  /// Of each layer the positions in layers() of those it reads, -1 for the model's input.
  [[nodiscard]] const std::vector<std::vector<int>>& inbound_layers() const;
  /// Whether the model is a plain stack, which files call `Sequential`.
  [[nodiscard]] bool sequential() const;
  /// H x W x C, or C x H x W if that is its data_format(); empty while neither an Input nor build()
  /// has said it.
  [[nodiscard]] const Shape& input_shape() const;
  /// Where the layers have the channels of images. A model with its channels first takes images in
  /// either order, and knows them by their shape.
  [[nodiscard]] DataFormat data_format() const;
  [[nodiscard]] Shape output_shape() const;  ///< Without the batch axis.
  /// Values in all weights, trainable or not.
  [[nodiscard]] std::size_t count_params() const;
  /// Whether compile() was called, or a file told how the model was trained.
  [[nodiscard]] bool compiled() const;
  /// What compile() was given.
  [[nodiscard]] const CompileOptions& compile_options() const;

  /// Copies of all weights in Keras' layout and order.
  [[nodiscard]] std::vector<NamedWeight> named_weights() const;

  ///@{
  /// Optimizer state, for files: the number of batches learnt from, and for each trainable weight
  /// in the order of named_weights() its slots, `kernel/momentum` or `kernel/m` and `kernel/v` and
  /// so on; with them the moving average of use_ema (`kernel/average`) and what is accumulated of a
  /// gradient (`kernel/gradient_accumulator`).
  [[nodiscard]] std::uint64_t iterations() const;
  [[nodiscard]] std::vector<NamedWeight> optimizer_slots() const;
  void set_optimizer_state(std::uint64_t iterations, const std::vector<NamedWeight>& slots);
  void set_optimizer_state(std::uint64_t iterations,
                           const std::vector<std::span<const float>>& slots);
  ///@}

  // Trainer
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
  [[nodiscard]] std::function<void()> prepare_save(const std::string& path,
                                                   bool weights_only) const override;
  [[nodiscard]] double learning_rate() const override;
  void set_learning_rate(double rate) override;

 private:
  /// Builds the model for the images of a batch, if it is not built yet.
  void build_for(const Tensor& x);
  /// Builds the model with the weights given, or drawn where that is null.
  void create(const Shape& image_shape, const std::vector<std::span<const float>>* given);

  struct Impl;  // oneDNN and TBB stay out of this header.
  std::unique_ptr<Impl> impl_;
};

}  // namespace folio
