// However slow the consumer and however many the files: memory stays at what is in flight.
#include <folio/pipeline/image_data_generator.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FOLIO_SANITIZED
#elif defined(__has_feature)  // clang's way to say it.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FOLIO_SANITIZED
#endif
#endif
#ifdef FOLIO_SANITIZED
constexpr bool kSanitized = true;  // Their own memory counts too.
#else
constexpr bool kSanitized = false;
#endif

/// A line of /proc/self/status, in bytes.
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) * 1024.0;
  }
  return 0.0;
}

/// From here on VmHWM is the peak of what follows.
bool forget_peak() {
  std::ofstream references("/proc/self/clear_refs");
  references << "5" << std::flush;
  return references.good();
}

/// Files in ten classes that cost no space on the disk.
void link_files(const std::string& image, const std::string& root, int count) {
  namespace fs = std::filesystem;
  constexpr int kClasses = 10;
  for (int label = 0; label < kClasses; ++label) {
    const fs::path folder = fs::path(root) / std::to_string(label);
    fs::create_directories(folder);
    // A file system may allow few links to one file; each class has its own.
    fs::copy_file(image, folder / "0.png");
    for (int i = 1; i < count / kClasses; ++i) {
      fs::create_hard_link(folder / "0.png", folder / (std::to_string(i) + ".png"));
    }
  }
}

TEST(MemoryTest, ASlowConsumerNeverMakesItGrow) {
  if (kSanitized) GTEST_SKIP() << "SKIPPED: a sanitizer's memory counts too";
  test::TemporaryDirectory directory;
  const std::string digits = test::data_path("pipeline/images/digits");
  const std::string image =
      digits + "/" + ImageDataGenerator().flow_from_directory(digits).filenames()[0];
  link_files(image, directory.path(), 100000);

  const ImageDataGenerator generator({.rotation_range = 10});
  BatchStream stream = generator.flow_from_directory(
      directory.path(), {.target_size = {224, 224}, .batch_size = 32, .seed = 1, .prefetch = 7});
  ASSERT_EQ(stream.samples(), 100000U);
  // Code, the list of files and the pool's threads are there before.
  {
    BatchStream warm_up = generator.flow_from_directory(digits, {.batch_size = 8});
    warm_up.next();
  }
  const double before = status_bytes("VmRSS");
  if (!forget_peak()) GTEST_SKIP() << "SKIPPED: this system does not tell the peak of a part";
  constexpr double kBatch = 32.0 * 224 * 224 * 3 * sizeof(float);
  constexpr double kInFlight = 8.0;  // prefetch, and the one that the consumer has.
  for (int batch = 0; batch < 60; ++batch) {
    stream.next();
    // Time in which a loader without a bound would run on.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double grown = status_bytes("VmHWM") - before;
  EXPECT_GT(grown, 0.8 * kInFlight * kBatch);
  EXPECT_LE(grown, 1.05 * kInFlight * kBatch)
      << grown / kBatch << " batches of " << kBatch << " bytes";
}

}  // namespace
}  // namespace folio
