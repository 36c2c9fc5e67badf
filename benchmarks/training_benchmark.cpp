// Milliseconds of one training step on a batch in memory, for 1 and 2 threads and batches of
// several sizes: images a second must not fall off a cliff anywhere.
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>

namespace {

constexpr std::size_t kClasses = 10;

folio::Batch noise_batch(const folio::Shape& image, std::int64_t size) {
  const auto count = static_cast<std::size_t>(size);
  folio::Batch batch;
  batch.x = folio::Tensor({size, image[0], image[1], image[2]});
  batch.y = folio::Tensor({size, kClasses});
  std::mt19937 random(1);
  for (float& value : batch.x.values()) value = static_cast<float>(random() % 256) / 255.0F;
  for (std::size_t row = 0; row < count; ++row) batch.y.row(row)[random() % kClasses] = 1.0F;
  batch.indices.resize(count);
  batch.files.resize(count);
  return batch;
}

void train_step(benchmark::State& state, const std::string& name, const folio::Shape& image) {
  folio::set_threads(static_cast<int>(state.range(0)));
  const std::int64_t batch_size = state.range(1);
  folio::Model model = folio::model_by_name(name, kClasses);
  model.set_seed(1);
  model.compile({.optimizer = folio::SGD({.learning_rate = 0.01}),
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.prepare(image, kClasses, static_cast<std::size_t>(batch_size));
  const folio::Batch batch = noise_batch(image, batch_size);
  for (auto _ : state) benchmark::DoNotOptimize(model.train_on_batch(batch));
  state.SetItemsProcessed(state.iterations() * batch_size);
}

/// One line for each number of threads and each size of a batch.
void for_sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"threads", "batch"})
      ->ArgsProduct({{1, 2}, {1, 8, 32, 128, 256}})
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(train_step, mnist_cnn, "mnist_cnn", {28, 28, 1})->Apply(for_sizes);
BENCHMARK_CAPTURE(train_step, lenet, "lenet", {28, 28, 1})->Apply(for_sizes);
BENCHMARK_CAPTURE(train_step, vgg_small, "vgg_small", {32, 32, 3})->Apply(for_sizes);

}  // namespace
