// Loading and saving a model of about 100 MB, beside reading its file and copying its weights.
#include <benchmark/benchmark.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

folio::Sequential large_model() {
  std::vector<folio::Layer> layers{folio::Input({32, 32, 3}),
                                   folio::Conv2D(512, 3, {.padding = "same"})};
  for (int i = 0; i < 10; ++i) layers.push_back(folio::Conv2D(512, 3, {.padding = "same"}));
  layers.insert(layers.end(), {folio::MaxPooling2D(), folio::MaxPooling2D(), folio::Flatten(),
                               folio::Dense(64), folio::Dense(10, {.activation = "softmax"})});
  folio::Sequential model(layers);
  model.set_seed(1);
  model.build({32, 32, 3});
  return model;
}

// Written once, in a temporary folder that lives as long as the program.
struct Files {
  Files() {
    std::string name = (fs::temp_directory_path() / "folio-benchmark-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    root = name;
    folio::Sequential plain = large_model();
    plain.save(path("plain.h5"));
    plain.save(path("plain.keras"));
    folio::Sequential adam = large_model();
    adam.compile({.optimizer = folio::Adam{}, .loss = "categorical_crossentropy"});
    adam.save(path("adam.h5"));
  }
  ~Files() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  [[nodiscard]] std::string path(const char* name) const { return (root / name).string(); }
  fs::path root;
};

const Files& files() {
  static const Files made;
  return made;
}

void report(benchmark::State& state, const std::string& path) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(fs::file_size(path)));
}

void read(benchmark::State& state, const char* name) {
  const std::string path = files().path(name);
  for (auto _ : state) benchmark::DoNotOptimize(folio::read_file(path).data());
  report(state, path);
}
BENCHMARK_CAPTURE(read, h5, "plain.h5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, h5_with_optimizer, "adam.h5")->Unit(benchmark::kMillisecond);

void load(benchmark::State& state, const char* name) {
  const std::string path = files().path(name);
  for (auto _ : state) benchmark::DoNotOptimize(folio::load_model(path).built());
  report(state, path);
}
BENCHMARK_CAPTURE(load, h5, "plain.h5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, keras, "plain.keras")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, h5_with_optimizer, "adam.h5")->Unit(benchmark::kMillisecond);

void copy_weights(benchmark::State& state) {
  const folio::Model model = folio::load_model(files().path("plain.h5"));
  for (auto _ : state) benchmark::DoNotOptimize(model.weights().data());
  report(state, files().path("plain.h5"));
}
BENCHMARK(copy_weights)->Unit(benchmark::kMillisecond);

// What training waits for: files are written in the background.
void prepare_save(benchmark::State& state, const char* name) {
  const folio::Model model = folio::load_model(files().path("plain.h5"));
  const std::string path = files().path(name);
  std::function<void()> write;
  for (auto _ : state) {
    write = model.prepare_save(path, false);
    state.PauseTiming();
    write = nullptr;
    state.ResumeTiming();
  }
  report(state, files().path("plain.h5"));
}
BENCHMARK_CAPTURE(prepare_save, h5, "saved.h5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prepare_save, keras, "saved.keras")->Unit(benchmark::kMillisecond);

void save(benchmark::State& state, const char* name) {
  const folio::Model model = folio::load_model(files().path("plain.h5"));
  const std::string path = files().path(name);
  for (auto _ : state) model.save(path);
  report(state, path);
}
BENCHMARK_CAPTURE(save, h5, "saved.h5")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(save, keras, "saved.keras")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
