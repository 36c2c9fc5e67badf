// What training allocates once it runs. A program of its own, as it replaces operator new.
#include <dlfcn.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/sequential.h>
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "onednn/primitives.h"

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> allocations{0};

/// oneDNN keeps the arguments of every call in a map, and TBB and OpenMP have pools of tasks and
/// threads; that is theirs. What counts is what folio asks for, also by way of the standard
/// library.
bool is_of_another_library(const void* caller) {
  Dl_info info{};
  if (dladdr(caller, &info) == 0 || info.dli_fname == nullptr) return false;
  for (const char* library : {"libdnnl", "libtbb", "libgomp"}) {
    if (std::strstr(info.dli_fname, library) != nullptr) return true;
  }
  return false;
}

void* take(std::size_t size, std::size_t alignment, const void* caller) {
  if (counting && !is_of_another_library(caller)) ++allocations;
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, whole == 0 ? alignment : whole);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

constexpr std::size_t kUsual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace

void* operator new(std::size_t size) { return take(size, kUsual, __builtin_return_address(0)); }
void* operator new[](std::size_t size) { return take(size, kUsual, __builtin_return_address(0)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take(size, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return take(size, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace folio {
namespace {

/// Allocations of folio's while `work` runs.
template <typename Work>
std::size_t allocations_of(Work work) {
  allocations = 0;
  counting = true;
  work();
  counting = false;
  return allocations;
}

Batch noise(std::int64_t count, const Shape& image) {
  Batch batch;
  batch.x = Tensor({count, image[0], image[1], image[2]});
  batch.y = Tensor({count, 10});
  for (std::size_t i = 0; i < batch.x.size(); ++i) {
    batch.x[i] = static_cast<float>(i * 2654435761U % 256) / 255.0F;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) batch.y.row(i)[i % 10] = 1.0F;
  batch.indices.resize(static_cast<std::size_t>(count));
  return batch;
}

/// Every thread of the pool runs a primitive: with its first one it makes a stream of its own.
void wake(int threads) {
  const internal::onednn::Activation relu = internal::onednn::make_activation(
      internal::onednn::Elementwise::kRelu, 0.0F, internal::onednn::vector(16));
  internal::run_in_pool([&] {
    std::atomic<int> there{0};
    const auto begin = std::chrono::steady_clock::now();
    tbb::parallel_for(
        0, threads, 1,
        [&](int) {
          ++there;
          while (there < threads &&
                 std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
            std::this_thread::yield();
          }
          alignas(64) float values[16] = {};
          alignas(64) float scratch[16] = {};
          const dnnl::memory data = internal::onednn::view(internal::onednn::vector(16), values);
          const dnnl::memory scratchpad =
              internal::onednn::view(internal::onednn::vector(16), scratch);
          relu.forward.run({{DNNL_ARG_SRC, data.get()},
                            {DNNL_ARG_DST, data.get()},
                            {DNNL_ARG_SCRATCHPAD, scratchpad.get()}});
        },
        tbb::simple_partitioner());
  });
}

TEST(AllocationTest, TheCountSeesWhatIsAllocated) {
  EXPECT_GE(allocations_of([] { const Tensor tensor({3, 4}); }), 2U);  // The shape, the values.
  EXPECT_EQ(allocations_of([] { std::string(100, 'a').append(200, 'b'); }), 2U);
}

TEST(AllocationTest, TrainingTakesNoMemoryOnceItRuns) {
  const Batch batch = noise(32, {28, 28, 1});
  const Batch odd = noise(13, {28, 28, 1});  // As the last of an epoch; no shard of it is rebuilt.
  for (const int threads : {1, 2}) {
    set_threads(threads);
    wake(threads);
    for (const Optimizer& optimizer :
         {Optimizer(SGD{}), Optimizer(SGD{.momentum = 0.9, .clipnorm = 1.0}),
          Optimizer(Adam{.weight_decay = 0.01, .use_ema = true})}) {
      Model model = model_by_name("mnist_cnn", 10);
      model.compile(
          {.optimizer = optimizer, .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
      model.prepare({28, 28, 1}, 10, 32);
      const auto steps = [&](int count) {
        for (int step = 0; step < count; ++step) model.train_on_batch(step % 4 == 3 ? odd : batch);
      };
      steps(4);
      model.test_on_batch(odd);
      EXPECT_EQ(allocations_of([&] { steps(12); }), 0U)
          << optimizer.class_name() << ", " << threads << " threads";
      EXPECT_EQ(allocations_of([&] { model.test_on_batch(batch); }), 0U);
    }
  }
  set_threads(0);
}

TEST(AllocationTest, NorDoOtherKindsOfLayers) {
  set_threads(1);
  const Batch batch = noise(16, {12, 12, 3});
  const auto branch = [](const SymbolicTensor& x) {
    return Activation("gelu")(BatchNormalization()(
        DepthwiseConv2D(3, {.padding = "same"})(Conv2D(24, 3, {.padding = "same"})(x))));
  };
  const Input x({12, 12, 3});
  const auto a = branch(x);
  const auto b = LayerNormalization()(branch(a));
  const auto c = Conv2D(24, 3, {.padding = "same", .groups = 4})(Add()({a, b}));
  const auto d = GlobalAveragePooling2D()(Dropout(0.3)(AveragePooling2D()(c)));
  Model model(x, Dense(10, {.activation = "softmax"})(d));
  model.compile({.loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  model.prepare({12, 12, 3}, 10, 16);
  for (int step = 0; step < 3; ++step) model.train_on_batch(batch);
  EXPECT_EQ(allocations_of([&] {
              for (int step = 0; step < 5; ++step) model.train_on_batch(batch);
            }),
            0U);
  set_threads(0);
}

}  // namespace
}  // namespace folio
