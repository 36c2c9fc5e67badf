/// A trainer that learns nothing and reports what a test has written down.
#pragma once
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/trainer.h>

namespace folio::test {

/// In epoch e the loss is losses[e], in training as in validation. Its one weight counts the
/// batches trained on; its files hold that weight as text.
class ScriptedTrainer : public Trainer {
 public:
  ScriptedTrainer(std::vector<double> losses, std::size_t steps_per_epoch)
      : losses_(std::move(losses)), steps_(steps_per_epoch) {}

  std::vector<std::uint64_t> trained;  ///< Number of every batch trained on.
  std::vector<std::uint64_t> tested;   ///< Number of every batch tested on.
  std::vector<float> train_weights;    ///< sample_weight of every batch trained on, if any.
  std::vector<float> test_weights;
  std::vector<float> train_pixels;  ///< The first pixel of every image.
  std::vector<float> test_pixels;
  std::size_t classes = 0;  ///< As prepare() was told.
  float weight = 0.0F;

  void prepare(const Shape&, std::size_t num_classes, std::size_t) override {
    classes = num_classes;
  }
  double train_on_batch(const Batch& batch) override {
    trained.push_back(batch.number);
    note(batch, train_weights, train_pixels);
    ++weight;
    ++steps_done_;
    return loss();
  }
  double test_on_batch(const Batch& batch) override {
    tested.push_back(batch.number);
    note(batch, test_weights, test_pixels);
    return loss();
  }
  Tensor predict_on_batch(const Tensor& x) override {
    Tensor first_pixels({x.shape()[0], 1});
    for (std::size_t i = 0; i < first_pixels.size(); ++i) first_pixels.row(i)[0] = x.row(i)[0];
    return first_pixels;
  }
  [[nodiscard]] std::vector<std::string> metric_names() const override {
    return {"loss", "accuracy"};
  }
  [[nodiscard]] Logs metrics() const override {
    return {{"loss", loss()}, {"accuracy", 1.0 - loss()}};
  }
  void reset_metrics() override {}
  [[nodiscard]] std::vector<Tensor> weights() const override {
    std::vector<Tensor> all(1, Tensor({1}));
    all[0].data()[0] = weight;
    return all;
  }
  void set_weights(const std::vector<Tensor>& weights) override {
    weight = weights.at(0).data()[0];
  }
  void save(const std::string& path) const override { std::ofstream(path) << "model " << weight; }
  void save_weights(const std::string& path) const override {
    std::ofstream(path) << "weights " << weight;
  }
  [[nodiscard]] State state() const override {
    State state = Trainer::state();
    state.put("steps_done", static_cast<double>(steps_done_));
    state.put("rate", rate_);
    return state;
  }
  void set_state(const State& state) override {
    Trainer::set_state(state);
    steps_done_ = static_cast<std::size_t>(state.number("steps_done"));
    rate_ = state.number("rate");
  }
  [[nodiscard]] double learning_rate() const override { return rate_; }
  void set_learning_rate(double rate) override { rate_ = rate; }

 private:
  static void note(const Batch& batch, std::vector<float>& weights, std::vector<float>& pixels) {
    const auto given = batch.sample_weight.values();
    weights.insert(weights.end(), given.begin(), given.end());
    for (std::size_t i = 0; i < batch.size(); ++i) pixels.push_back(batch.x.row(i)[0]);
  }
  [[nodiscard]] double loss() const {
    const std::size_t epoch = (std::max<std::size_t>(steps_done_, 1) - 1) / steps_;
    return losses_.at(std::min(epoch, losses_.size() - 1));
  }

  std::vector<double> losses_;
  std::size_t steps_;
  std::size_t steps_done_ = 0;
  double rate_ = 0.1;
};

/// `batches` batches of two 2 x 2 images whose values count up from 0; two classes.
inline BatchStream counting_stream(std::size_t batches) {
  const auto samples = static_cast<std::int64_t>(2 * batches);
  Tensor x({samples, 2, 2, 1});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i);
  Tensor y({samples, 2});
  for (std::size_t i = 0; i < static_cast<std::size_t>(samples); ++i) y.row(i)[i % 2] = 1.0F;
  return ImageDataGenerator().flow(std::move(x), std::move(y),
                                   {.batch_size = 2, .shuffle = false, .seed = 1});
}

}  // namespace folio::test
