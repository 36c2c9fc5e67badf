// A trainer of one's own under folio's fit(): how often guessing the commonest class is wrong.
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/predictions.h>
#include <iostream>

class CommonestClass : public folio::Trainer {
 public:
  void prepare(const folio::Shape&, std::size_t num_classes, std::size_t) override {
    if (counts_.empty()) counts_ = folio::Tensor({1, static_cast<std::int64_t>(num_classes)});
  }
  double train_on_batch(const folio::Batch& batch) override {
    for (const int label : folio::argmax(batch.y)) counts_[static_cast<std::size_t>(label)] += 1;
    return test_on_batch(batch);
  }
  double test_on_batch(const folio::Batch& batch) override {
    for (const int label : folio::argmax(batch.y)) wrong_ += label != folio::argmax(counts_)[0];
    return wrong_ / (seen_ += static_cast<double>(batch.size()));
  }
  folio::Tensor predict_on_batch(const folio::Tensor& x) override {
    folio::Tensor rows({x.shape()[0], counts_.shape()[1]});
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = counts_[i % counts_.size()];
    return rows;
  }
  std::vector<std::string> metric_names() const override { return {"loss"}; }
  folio::Logs metrics() const override { return {{"loss", seen_ > 0 ? wrong_ / seen_ : 0}}; }
  void reset_metrics() override { wrong_ = seen_ = 0; }
  std::vector<folio::Tensor> weights() const override { return {counts_}; }
  void set_weights(const std::vector<folio::Tensor>& weights) override { counts_ = weights.at(0); }
  void save(const std::string&) const override {}  // Nothing worth a file.
  void save_weights(const std::string&) const override {}
  double learning_rate() const override { return 1; }
  void set_learning_rate(double) override {}
  folio::Tensor counts_;
  double wrong_ = 0, seen_ = 0;
};
int main(int, char** argv) {
  folio::BatchStream data = folio::ImageDataGenerator().flow_from_directory(argv[1], {.seed = 1});
  CommonestClass trainer;
  folio::fit(trainer, data);
  std::cout << "wrong: " << folio::evaluate(trainer, data)[0].second << '\n';
}
