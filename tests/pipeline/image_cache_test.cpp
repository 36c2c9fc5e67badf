// Batches with a cache are those without one.
#include <fcntl.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/filesystem/operations.hpp>
#include <csignal>

#include "folder_copy.h"
#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using testing::HasSubstr;

class ImageCacheTest : public testing::Test {
 protected:
  ImageCacheTest() : files_(test::copy_files(kDigits, directory_.path("digits"))) {}

  [[nodiscard]] FlowOptions flow() const {
    return {.target_size = {20, 20},
            .color_mode = ColorMode::kGrayscale,
            .batch_size = 16,
            .seed = 5,
            .interpolation = Interpolation::kBilinear};
  }
  [[nodiscard]] FlowOptions flow_with_file() const {
    FlowOptions options = flow();
    options.cache_file = directory_.path("cache");
    return options;
  }
  [[nodiscard]] BatchStream stream(const FlowOptions& options) const {
    return ImageDataGenerator({.rotation_range = 20.0, .rescale = 1.0 / 255})
        .flow_from_directory(directory_.path("digits"), options);
  }
  /// The pixels of the next `count` batches.
  static std::vector<std::vector<float>> take(BatchStream& stream, int count) {
    std::vector<std::vector<float>> batches;
    for (int i = 0; i < count; ++i) {
      const Batch& batch = stream.next();
      batches.emplace_back(batch.x.values().begin(), batch.x.values().end());
    }
    return batches;
  }
  std::vector<std::vector<float>> batches(const FlowOptions& options, int count = 12) const {
    BatchStream made = stream(options);
    return take(made, count);
  }
  static inline const std::string kDigits = test::data_path("pipeline/images/digits");
  test::TemporaryDirectory directory_;
  std::vector<std::string> files_;
};

TEST_F(ImageCacheTest, BatchesAreThoseWithoutForAnySizeAndThreads) {
  const auto expected = batches(flow());
  for (const int count : {1, 4}) {
    set_threads(count);
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{400 * 20}, std::size_t{1} << 30}) {
      FlowOptions options = flow();
      options.cache_memory = bytes;
      EXPECT_EQ(batches(options), expected) << count << " threads, " << bytes << " bytes";
    }
    EXPECT_EQ(batches(flow_with_file()), expected) << count << " threads, file";
  }
  set_threads(0);
}

TEST_F(ImageCacheTest, BadFilesAreSkippedAlikeWithACache) {
  for (const std::size_t file : {0, 1, 33, 69}) write_file(files_[file], "text");
  FlowOptions options = flow();
  options.on_bad_file = OnBadFile::kSkip;
  const auto expected = batches(options);
  options.cache_memory = 1 << 20;
  EXPECT_EQ(batches(options), expected);
  BatchStream made = stream(options);
  take(made, 12);
  EXPECT_EQ(made.report().bad_files.size(), 4U);
}

TEST_F(ImageCacheTest, StreamsLeaveEachOthersImagesAlone) {
  // The cached images and the other stream's have one size: what a thread keeps from one must not
  // be written to by the other.
  FlowOptions cached = flow();
  cached.cache_memory = 1 << 20;
  BatchStream first = stream(cached);
  const auto expected = batches(flow(), 15);
  take(first, 5);  // All images are in the cache now.
  FlowOptions other = flow();
  other.seed = 99;
  BatchStream second = stream(other);
  take(second, 10);
  const auto later = take(first, 10);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(later[i], expected[5 + i]) << i;
}

TEST_F(ImageCacheTest, ArraysAreNotWrittenToByOtherStreams) {
  Tensor x({8, 20, 20, 1});
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 251);
  BatchStream arrays = ImageDataGenerator().flow(x, {}, {.batch_size = 8, .shuffle = false});
  take(arrays, 1);
  BatchStream files = stream(flow());
  take(files, 10);
  take(arrays, 4);  // What was prepared before the other stream ran.
  const auto again = take(arrays, 1);
  EXPECT_EQ(again[0], std::vector<float>(x.values().begin(), x.values().end()));
}

/// Gives a file another content, or the same again, without a trace in its size and time.
void overwrite_unnoticed(const std::string& path, std::vector<std::byte> bytes) {
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  ASSERT_EQ(static_cast<std::size_t>(status.st_size), bytes.size());
  write_file(path, std::span<const std::byte>(bytes));
  const timespec times[] = {status.st_atim, status.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST_F(ImageCacheTest, AFileServesLaterRunsUntilItsSourcesChange) {
  const auto expected = batches(flow_with_file());
  const std::vector<std::byte> bytes = read_file(files_[3]);
  overwrite_unnoticed(files_[3], std::vector<std::byte>(bytes.size()));
  EXPECT_EQ(batches(flow_with_file()), expected);  // The file itself was not read.
  ASSERT_EQ(::utimensat(AT_FDCWD, files_[3].c_str(), nullptr, 0), 0);
  EXPECT_THAT(test::message_of([&] { batches(flow_with_file()); }), HasSubstr("not an image"));
  write_file(files_[3], std::span<const std::byte>(bytes));
  EXPECT_EQ(batches(flow_with_file()), expected);
}

TEST_F(ImageCacheTest, DamagedImagesInAFileAreReadAnew) {
  const auto expected = batches(flow_with_file());
  std::vector<std::byte> cache = read_file(directory_.path("cache"));
  cache.back() ^= std::byte{0xFF};
  write_file(directory_.path("cache"), std::span<const std::byte>(cache));
  EXPECT_EQ(batches(flow_with_file()), expected);
}

TEST_F(ImageCacheTest, AFileForOtherImagesOrOptionsIsMadeAnew) {
  batches(flow_with_file());
  FlowOptions nearest = flow_with_file();
  nearest.interpolation = Interpolation::kNearest;
  FlowOptions plain = nearest;
  plain.cache_file.clear();
  EXPECT_EQ(batches(nearest), batches(plain));
  boost::filesystem::remove_all(directory_.path("digits/0"));
  EXPECT_EQ(batches(nearest), batches(plain));
}

TEST_F(ImageCacheTest, FilesThatAreNoCacheAreLeftAsTheyAre) {
  write_file(directory_.path("cache"), "a letter to a friend, longer than the header of a cache");
  EXPECT_THAT(test::message_of([&] { (void)stream(flow_with_file()); }),
              HasSubstr("exists and is not a cache"));
  EXPECT_EQ(read_file(directory_.path("cache")).size(), 55U);
  FlowOptions nowhere = flow();
  nowhere.cache_file = directory_.path("missing/cache");
  EXPECT_THAT(test::message_of([&] { (void)stream(nowhere); }),
              testing::AllOf(HasSubstr("missing/cache"), HasSubstr("No such file")));
}

TEST_F(ImageCacheTest, OneFileServesOneStreamAtATime) {
  BatchStream made = stream(flow_with_file());
  EXPECT_THAT(test::message_of([&] { (void)stream(flow_with_file()); }),
              HasSubstr("in use by another stream"));
}

TEST_F(ImageCacheTest, ADiskThatIsTooSmallIsAnErrorAtOnce) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = test::message_of([&] { (void)stream(flow_with_file()); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr("cannot reserve"));
  EXPECT_EQ(boost::filesystem::file_size(directory_.path("cache")), 0U);
}

TEST_F(ImageCacheTest, TwoCachesAreRefused) {
  FlowOptions both = flow_with_file();
  both.cache_memory = 1000;
  EXPECT_THAT(test::message_of([&] { (void)stream(both); }), HasSubstr("cache_memory"));
}

}  // namespace
}  // namespace folio
