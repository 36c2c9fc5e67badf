// Milliseconds of one training step on a batch of 32 in memory, for 1 and 2 threads.
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>

namespace {

constexpr std::size_t kBatchSize = 32;
constexpr std::size_t kClasses = 10;

folio::Batch noise_batch(const folio::Shape& image) {
  folio::Batch batch;
  batch.x = folio::Tensor({kBatchSize, image[0], image[1], image[2]});
  batch.y = folio::Tensor({kBatchSize, kClasses});
  std::mt19937 random(1);
  for (float& value : batch.x.values()) value = static_cast<float>(random() % 256) / 255.0F;
  for (std::size_t row = 0; row < kBatchSize; ++row) batch.y.row(row)[random() % kClasses] = 1.0F;
  batch.indices.resize(kBatchSize);
  batch.files.resize(kBatchSize);
  return batch;
}

void train_step(benchmark::State& state, const std::string& name) {
  folio::set_threads(static_cast<int>(state.range(0)));
  folio::Model model = folio::model_by_name(name, kClasses);
  model.set_seed(1);
  model.compile({.optimizer = folio::SGD({.learning_rate = 0.01}),
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.prepare({28, 28, 1}, kClasses, kBatchSize);
  const folio::Batch batch = noise_batch({28, 28, 1});
  for (auto _ : state) benchmark::DoNotOptimize(model.train_on_batch(batch));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatchSize));
}
BENCHMARK_CAPTURE(train_step, mnist_cnn, "mnist_cnn")
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_step, lenet, "lenet")
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
