// Images a second from folders to augmented batches, for 1 and 2 threads: shear 0.2, zoom 0.2.
// $FOLIO_DATA/mnist/train and $FOLIO_DATA/cifar10/train where they exist, digits drawn for the
// occasion otherwise.
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <folio/datasets/synthetic_digits.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>

namespace {

namespace fs = std::filesystem;

// Digits in a temporary folder that lives as long as the program.
struct DrawnDigits {
  DrawnDigits() {
    std::string name = (fs::temp_directory_path() / "folio-benchmark-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    root = name;
    folio::synthesize_digits((root / "digits").string(), 1000, 1);
  }
  ~DrawnDigits() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  fs::path root;
};

std::string directory(const char* name) {
  if (const char* data = std::getenv("FOLIO_DATA")) {
    const fs::path train = fs::path(data) / name / "train";
    if (fs::is_directory(train)) return train.string();
  }
  static const DrawnDigits digits;
  return (digits.root / "digits").string();
}

void load(benchmark::State& state, const std::string& from, int size, folio::ColorMode mode) {
  folio::set_threads(static_cast<int>(state.range(0)));
  const folio::ImageDataGenerator generator(
      {.shear_range = 0.2, .zoom_range = 0.2, .rescale = 1.0 / 255});
  folio::BatchStream stream = generator.flow_from_directory(
      from, {.target_size = {size, size}, .color_mode = mode, .seed = 1});
  for (const folio::Batch& batch : stream.epoch()) benchmark::DoNotOptimize(batch.x.data());
  std::int64_t images = 0;
  for (auto _ : state) images += static_cast<std::int64_t>(stream.next().size());
  state.SetItemsProcessed(images);
  state.SetLabel(from);
}

void load_mnist(benchmark::State& state) {
  load(state, directory("mnist"), 28, folio::ColorMode::kGrayscale);
}
BENCHMARK(load_mnist)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->MinTime(2);

void load_cifar10(benchmark::State& state) {
  load(state, directory("cifar10"), 32, folio::ColorMode::kRgb);
}
BENCHMARK(load_cifar10)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->MinTime(2);

}  // namespace
