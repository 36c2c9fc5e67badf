#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/decode_image.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/filesystem/operations.hpp>
#include <opencv2/core.hpp>
#include <set>
#include <thread>

#include "digits.h"
#include "folder_copy.h"
#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::kDigits;
using test::message_of;
using test::small_flow;
using testing::AllOf;
using testing::HasSubstr;

ImageDataGenerator augmenting() {
  return ImageDataGenerator({.rotation_range = 20.0,
                             .width_shift_range = 0.1,
                             .shear_range = 5.0,
                             .zoom_range = 0.2,
                             .rescale = 1.0 / 255});
}

/// The pixels and files of the next `count` batches.
std::vector<std::pair<std::vector<float>, std::vector<std::string>>> take(BatchStream& stream,
                                                                          int count) {
  std::vector<std::pair<std::vector<float>, std::vector<std::string>>> batches;
  for (int i = 0; i < count; ++i) {
    const Batch& batch = stream.next();
    batches.emplace_back(std::vector<float>(batch.x.values().begin(), batch.x.values().end()),
                         batch.files);
  }
  return batches;
}

/// A copy of the digits that a test may damage.
class DamagedFolder : public testing::Test {
 protected:
  DamagedFolder() : files_(test::copy_files(kDigits, directory_.path())) {}
  void damage(std::size_t file) { write_file(files_.at(file), "this is text, not an image"); }

  test::TemporaryDirectory directory_;
  std::vector<std::string> files_;
};

TEST(BatchStreamTest, BatchesDoNotDependOnThreadsOrPrefetch) {
  std::vector<std::pair<std::vector<float>, std::vector<std::string>>> expected;
  for (const int count : {1, 2, 4, 8}) {
    set_threads(count);
    for (const int prefetch : {1, 3, 16}) {
      FlowOptions flow = small_flow();
      flow.prefetch = prefetch;
      BatchStream stream = augmenting().flow_from_directory(kDigits, flow);
      const auto batches = take(stream, 12);
      if (expected.empty()) expected = batches;
      ASSERT_EQ(batches, expected) << count << " threads, prefetch " << prefetch;
    }
  }
  set_threads(0);
}

TEST(BatchStreamTest, SeekContinuesAsIfItHadReadOn) {
  BatchStream whole = augmenting().flow_from_directory(kDigits, small_flow());
  const auto expected = take(whole, 12);
  for (const std::uint64_t start : {0U, 3U, 5U, 9U}) {
    BatchStream stream = augmenting().flow_from_directory(kDigits, small_flow());
    stream.next();
    stream.seek(start);
    EXPECT_EQ(stream.position(), start);
    const auto batches = take(stream, 2);
    EXPECT_EQ(batches[0], expected[start]);
    EXPECT_EQ(batches[1], expected[start + 1]);
  }
}

TEST(BatchStreamTest, EpochHoldsEverySampleOnce) {
  BatchStream stream = augmenting().flow_from_directory(kDigits, small_flow());
  EXPECT_EQ(stream.size(), 5U);
  std::multiset<std::string> seen;
  std::vector<std::size_t> sizes;
  for (const Batch& batch : stream.epoch()) {
    seen.insert(batch.files.begin(), batch.files.end());
    sizes.push_back(batch.size());
  }
  EXPECT_THAT(sizes, testing::ElementsAre(16, 16, 16, 16, 6));
  EXPECT_EQ(seen, std::multiset<std::string>(stream.filenames().begin(), stream.filenames().end()));
  EXPECT_EQ(stream.position(), 5U);
}

TEST(BatchStreamTest, AugmentFalseLeavesImagesAsTheyAre) {
  FlowOptions flow = small_flow();
  flow.augment = false;
  BatchStream plain = augmenting().flow_from_directory(kDigits, flow);
  BatchStream expected =
      ImageDataGenerator({.rescale = 1.0 / 255}).flow_from_directory(kDigits, small_flow());
  EXPECT_EQ(take(plain, 6), take(expected, 6));
}

TEST(BatchStreamTest, EndsPromptlyWhileBatchesAreInTheMaking) {
  for (int i = 0; i < 20; ++i) {
    FlowOptions flow = small_flow();
    flow.prefetch = 32;
    BatchStream stream = augmenting().flow_from_directory(kDigits, flow);
    if (i % 2 == 0) stream.next();
  }
}

TEST(BatchStreamTest, MovesWithItsBatches) {
  BatchStream stream = augmenting().flow_from_directory(kDigits, small_flow());
  const auto first = take(stream, 1);
  BatchStream moved = std::move(stream);
  EXPECT_EQ(moved.next().number, 1U);
  moved.reset();
  EXPECT_EQ(take(moved, 1), first);
}

TEST(BatchStreamTest, SlowConsumerLetsOnlySoManyBatchesAhead) {
  std::atomic<int> loaded{0};
  ImageDataGenerator counting({.preprocessing_function = [&](cv::Mat&) { ++loaded; }});
  FlowOptions flow = small_flow();
  flow.prefetch = 2;
  BatchStream stream = counting.flow_from_directory(kDigits, flow);
  stream.next();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LE(loaded, 16 * 3);
}

TEST(BatchStreamTest, WhatAPreprocessingFunctionThrowsComesOutOfNext) {
  ImageDataGenerator failing(
      {.preprocessing_function = [](cv::Mat&) { throw std::runtime_error("out of luck"); }});
  BatchStream stream = failing.flow_from_directory(kDigits, small_flow());
  EXPECT_THAT(message_of([&] { stream.next(); }), HasSubstr("out of luck"));
  EXPECT_THAT(message_of([&] { stream.next(); }), HasSubstr("out of luck"));
}

TEST(BatchStreamTest, SubsetsFollowKerasSplit) {
  const ImageDataGenerator generator({.validation_split = 0.2});
  FlowOptions flow = small_flow();
  flow.subset = Subset::kTraining;
  EXPECT_EQ(generator.flow_from_directory(kDigits, flow).samples(), 60U);
  flow.subset = Subset::kValidation;
  EXPECT_EQ(generator.flow_from_directory(kDigits, flow).samples(), 10U);
  EXPECT_THAT(message_of([&] { (void)ImageDataGenerator().flow_from_directory(kDigits, flow); }),
              HasSubstr("needs a validation_split"));
}

TEST(BatchStreamTest, SubsetsOfASplitListAreItsParts) {
  const SampleList list =
      assign_parts(scan_class_folders(kDigits),
                   {.validation = 0.3, .test = 0.2, .strategy = SplitStrategy::kBalanced});
  const ImageDataGenerator generator;
  FlowOptions flow = small_flow();
  const std::pair<Subset, SplitPart> parts[] = {{Subset::kTraining, SplitPart::kTraining},
                                                {Subset::kValidation, SplitPart::kValidation},
                                                {Subset::kTest, SplitPart::kTest}};
  for (const auto& [subset, part] : parts) {
    flow.subset = subset;
    const SampleList expected = take_part(list, part);
    const BatchStream stream = generator.flow_from_list(list, flow);
    ASSERT_EQ(stream.samples(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(stream.filenames()[i], expected.samples[i].path);
    }
  }
  EXPECT_THAT(message_of([&] { (void)generator.flow_from_directory(kDigits, flow); }),
              HasSubstr("subset 'test' needs a list that is split into parts"));
  const ImageDataGenerator splitting({.validation_split = 0.2});
  EXPECT_THAT(message_of([&] { (void)splitting.flow_from_list(list, flow); }),
              HasSubstr("the list is split already"));
}

TEST(BatchStreamTest, WrongDirectoriesAreNamed) {
  const ImageDataGenerator generator;
  EXPECT_THAT(message_of([&] { (void)generator.flow_from_directory("/no/such/place"); }),
              HasSubstr("no such directory: /no/such/place"));
  const test::TemporaryDirectory empty;
  EXPECT_THAT(message_of([&] { (void)generator.flow_from_directory(empty.path()); }),
              AllOf(HasSubstr(empty.path()), HasSubstr("no class folder")));
  boost::filesystem::create_directories(empty.path("cats"));
  EXPECT_THAT(message_of([&] { (void)generator.flow_from_directory(empty.path()); }),
              AllOf(HasSubstr("/cats"), HasSubstr("holds no image")));
}

TEST(BatchStreamTest, ArraysFlowLikeFiles) {
  Tensor x({5, 4, 3, 1});
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  Tensor y({5, 2});
  for (std::size_t i = 0; i < 5; ++i) y.row(i)[i % 2] = 1.0F;
  BatchStream stream = ImageDataGenerator({.rescale = 2.0})
                           .flow(x, y, {.batch_size = 2, .shuffle = false, .seed = 1});
  EXPECT_EQ(stream.num_classes(), 2U);
  EXPECT_EQ(stream.image_shape(), (Shape{4, 3, 1}));
  stream.next();
  const Batch& batch = stream.next();
  EXPECT_EQ(batch.x.shape(), (Shape{2, 4, 3, 1}));
  EXPECT_EQ(batch.x[0], 48.0F);
  EXPECT_EQ(batch.y[0], 1.0F);
  EXPECT_EQ(batch.y[3], 1.0F);
}

TEST_F(DamagedFolder, ErrorNamesFileAndReasonAndLeavesTheStreamUsable) {
  damage(3);
  FlowOptions flow = small_flow();
  flow.shuffle = false;
  BatchStream stream = ImageDataGenerator().flow_from_directory(directory_.path(), flow);
  EXPECT_THAT(message_of([&] { stream.next(); }),
              AllOf(HasSubstr(files_[3]), HasSubstr("not an image")));
  EXPECT_EQ(stream.next().number, 1U);
}

TEST_F(DamagedFolder, SkipKeepsBatchesFullAndLosesNoGoodFile) {
  for (const std::size_t file : {0, 1, 2, 20, 33, 34, 69}) damage(file);
  std::vector<std::pair<std::vector<float>, std::vector<std::string>>> expected;
  for (const int count : {1, 2, 4}) {
    set_threads(count);
    FlowOptions flow = small_flow();
    flow.on_bad_file = OnBadFile::kSkip;
    BatchStream stream = augmenting().flow_from_directory(directory_.path(), flow);
    const auto batches = take(stream, 10);
    if (expected.empty()) expected = batches;
    EXPECT_EQ(batches, expected) << count << " threads";
    std::set<std::string> seen;
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(batches[i].second.size(), i < 4 ? 16U : 6U);
      seen.insert(batches[i].second.begin(), batches[i].second.end());
    }
    EXPECT_EQ(seen.size(), 63U);
    EXPECT_EQ(stream.report().bad_files.size(), 7U);
    EXPECT_THAT(stream.report().bad_files[0].reason, HasSubstr("not an image"));
  }
  set_threads(0);
}

TEST_F(DamagedFolder, ZeroKeepsThePlaceWithoutWeight) {
  damage(0);
  FlowOptions flow = small_flow();
  flow.shuffle = false;
  flow.on_bad_file = OnBadFile::kZero;
  BatchStream stream = ImageDataGenerator().flow_from_directory(directory_.path(), flow);
  const Batch& batch = stream.next();
  EXPECT_EQ(batch.sample_weight[0], 0.0F);
  EXPECT_EQ(batch.sample_weight[1], 1.0F);
  EXPECT_THAT(batch.x.row(0), testing::Each(0.0F));
}

TEST_F(DamagedFolder, MaxBadEndsTheStreamWithTheCount) {
  for (std::size_t file = 0; file < 8; ++file) damage(file);
  FlowOptions flow = small_flow();
  flow.shuffle = false;
  flow.on_bad_file = OnBadFile::kSkip;
  flow.max_bad = 0.1;
  BatchStream stream = ImageDataGenerator().flow_from_directory(directory_.path(), flow);
  EXPECT_THAT(message_of([&] { stream.next(); }),
              AllOf(HasSubstr("8 of 70 files"), HasSubstr("max_bad")));
}

TEST_F(DamagedFolder, NothingUsableIsAnErrorUnderSkip) {
  for (std::size_t file = 0; file < files_.size(); ++file) damage(file);
  FlowOptions flow = small_flow();
  flow.on_bad_file = OnBadFile::kSkip;
  BatchStream stream = ImageDataGenerator().flow_from_directory(directory_.path(), flow);
  EXPECT_THAT(message_of([&] { stream.next(); }), HasSubstr("no usable sample is left"));
}

TEST_F(DamagedFolder, BalancedEpochsShowEveryClassEquallyOften) {
  // Classes 0 to 3 with 1, 7, 7 and 7 files.
  for (int label = 4; label < 10; ++label) {
    boost::filesystem::remove_all(directory_.path(std::to_string(label)));
  }
  for (std::size_t file = 1; file < 7; ++file) boost::filesystem::remove(files_[file]);
  FlowOptions flow = small_flow();
  flow.balance_classes = true;
  BatchStream stream = augmenting().flow_from_directory(directory_.path(), flow);
  std::set<std::string> seen;
  for (int epoch = 0; epoch < 6; ++epoch) {
    std::vector<int> counts(4);
    for (const Batch& batch : stream.epoch()) {
      for (const std::string& file : batch.files) ++counts[static_cast<std::size_t>(file[0] - '0')];
      seen.insert(batch.files.begin(), batch.files.end());
    }
    for (const int count : counts) EXPECT_THAT(count, testing::AnyOf(5, 6));  // 22 / 4
  }
  EXPECT_EQ(seen.size(), 22U);  // Over the epochs every file has its turn.
  BatchStream again = augmenting().flow_from_directory(directory_.path(), flow);
  again.seek(7);
  stream.seek(7);
  EXPECT_EQ(take(again, 3), take(stream, 3));
  flow.shuffle = false;
  EXPECT_THAT(message_of([&] { (void)augmenting().flow_from_directory(directory_.path(), flow); }),
              HasSubstr("balance_classes"));
}

TEST_F(DamagedFolder, SaveToDirWritesEveryImageStretchedToItsRange) {
  FlowOptions flow = small_flow();
  flow.save_to_dir = directory_.path("saved/here");
  flow.save_prefix = "p";
  const ImageDataGenerator generator({.rotation_range = 20.0, .rescale = 0.01});
  BatchStream stream = generator.flow_from_directory(kDigits, flow);
  const Batch& batch = stream.next();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::string name =
        "saved/here/p_" + std::to_string(batch.indices[i]) + "_" + std::to_string(i) + ".png";
    const cv::Mat saved = read_image(directory_.path(name), ColorMode::kGrayscale);
    const auto row = batch.x.row(i);
    const auto [low, high] = std::minmax_element(row.begin(), row.end());
    for (std::size_t k = 0; k < row.size(); ++k) {
      ASSERT_NEAR(saved.data[k], 255.0 * (row[k] - *low) / (*high - *low), 1.001);
    }
  }
  flow.save_to_dir = files_[0];  // A file is in the way.
  BatchStream blocked = generator.flow_from_directory(kDigits, flow);
  EXPECT_THAT(message_of([&] { blocked.next(); }), HasSubstr(files_[0]));
  flow.save_format = "gif";
  EXPECT_THAT(message_of([&] { (void)generator.flow_from_directory(kDigits, flow); }),
              HasSubstr("save_format must be 'png' or 'jpeg', got 'gif'"));
}

TEST_F(DamagedFolder, ZeroUnderClassModeInputIsZeroInBoth) {
  for (std::size_t file = 0; file < 7; ++file) damage(file);
  FlowOptions flow = small_flow();
  flow.class_mode = ClassMode::kInput;
  flow.on_bad_file = OnBadFile::kZero;
  BatchStream stream = ImageDataGenerator().flow_from_directory(directory_.path(), flow);
  for (int k = 0; k < 12; ++k) {
    const Batch& batch = stream.next();
    EXPECT_THAT(batch.y.values(), testing::ElementsAreArray(batch.x.values()));
  }
}

TEST(SetThreadsTest, RefusesWhileAStreamLives) {
  set_threads(2);
  BatchStream stream = ImageDataGenerator().flow_from_directory(kDigits, small_flow());
  stream.next();
  EXPECT_THAT(message_of([] { set_threads(3); }), HasSubstr("set_threads"));
  EXPECT_THAT(message_of([] { set_threads(-1); }), HasSubstr("got -1"));
  EXPECT_EQ(threads(), 2);
}

}  // namespace
}  // namespace folio
