// A trainer of one's own under folio's fit(): how often guessing the commonest class is wrong.
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/predictions.h>
#include <iostream>

struct CommonestClass : folio::Trainer {
  explicit CommonestClass(std::int64_t classes) : counts({1, classes}) {}
  void prepare(const folio::Shape&, std::size_t, std::size_t) override {}  // Any image will do.
  double train_on_batch(const folio::Batch& batch) override {
    for (const int label : folio::argmax(batch.y)) counts[static_cast<std::size_t>(label)] += 1;
    return test_on_batch(batch);
  }
  double test_on_batch(const folio::Batch& batch) override {
    for (const int label : folio::argmax(batch.y)) wrong += label != folio::argmax(counts)[0];
    return wrong / (seen += static_cast<double>(batch.size()));
  }
  folio::Tensor predict_on_batch(const folio::Tensor& x) override {
    folio::Tensor rows({x.shape()[0], counts.shape()[1]});
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = counts[i % counts.size()];
    return rows;
  }
  std::vector<std::string> metric_names() const override { return {"loss"}; }
  folio::Logs metrics() const override { return {{"loss", wrong / seen}}; }
  void reset_metrics() override { wrong = seen = 0; }
  std::vector<folio::Tensor> weights() const override { return {counts}; }
  void set_weights(const std::vector<folio::Tensor>& values) override { counts = values.at(0); }
  void save(const std::string&) const override {}  // Nothing worth a file.
  void save_weights(const std::string&) const override {}
  double learning_rate() const override { return 1; }
  void set_learning_rate(double) override {}
  folio::Tensor counts;
  double wrong = 0, seen = 0;
};
int main(int, char** argv) {
  folio::BatchStream data = folio::ImageDataGenerator().flow_from_directory(argv[1], {.seed = 1});
  CommonestClass trainer(static_cast<std::int64_t>(data.num_classes()));
  folio::fit(trainer, data);
  std::cout << "wrong: " << folio::evaluate(trainer, data)[0].second << '\n';
}
