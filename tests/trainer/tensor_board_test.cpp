// Event files are read back here by an own reader of their few fields.
#include <folio/trainer/fit.h>
#include <folio/trainer/tensor_board.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crc32c.h"
#include "scripted_trainer.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::counting_stream;
using test::ScriptedTrainer;

TEST(Crc32cTest, KnowsTheCheckValue) { EXPECT_EQ(internal::crc32c("123456789", 9), 0xE3069283U); }

template <typename Number>
Number take(const std::string& bytes, std::size_t at) {
  Number number{};
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// The messages of the only event file in `directory`, with their checksums checked.
std::vector<std::string> records(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  EXPECT_EQ(files.size(), 1U);
  std::ifstream file(files.at(0), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto masked = [&](std::size_t at, std::size_t count) {
    const std::uint32_t crc = internal::crc32c(bytes.data() + at, count);
    return (crc >> 15 | crc << 17) + 0xA282EAD8U;
  };
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = take<std::uint64_t>(bytes, at);
    EXPECT_EQ(take<std::uint32_t>(bytes, at + 8), masked(at, 8));
    EXPECT_EQ(take<std::uint32_t>(bytes, at + 12 + length), masked(at + 12, length));
    messages.push_back(bytes.substr(at + 12, length));
    at += 16 + length;
  }
  return messages;
}

/// How often a tag was written.
std::size_t count_of(const std::vector<std::string>& messages, const std::string& tag) {
  // A tag is field 1 of a value: its key, its length, itself.
  const std::string field = std::string("\n") + static_cast<char>(tag.size()) + tag;
  std::size_t count = 0;
  for (const std::string& message : messages) count += message.find(field) != std::string::npos;
  return count;
}

TEST(TensorBoardTest, WritesScalarsAndHistogramsWhereTheyBelong) {
  const test::TemporaryDirectory directory;
  ScriptedTrainer trainer({.5, .25}, 3);
  BatchStream data = counting_stream(3);
  BatchStream validation = counting_stream(1);
  fit(trainer, data,
      {.epochs = 2,
       .callbacks = {TensorBoard(directory.path(), {.histogram_freq = 1, .update_freq = 2})},
       .validation_data = &validation});
  const auto train = records(directory.path("train"));
  EXPECT_NE(train.at(0).find("brain.Event:2"), std::string::npos);
  EXPECT_EQ(count_of(train, "epoch_loss"), 2U);
  EXPECT_EQ(count_of(train, "epoch_accuracy"), 2U);
  EXPECT_EQ(count_of(train, "epoch_learning_rate"), 2U);
  EXPECT_EQ(count_of(train, "batch_loss"), 3U);  // Steps 0, 2 and 4.
  EXPECT_EQ(count_of(train, "0/histogram"), 2U);
  EXPECT_EQ(count_of(train, "epoch_val_loss"), 0U);
  const auto tested = records(directory.path("validation"));
  EXPECT_EQ(count_of(tested, "epoch_loss"), 2U);
  EXPECT_EQ(count_of(tested, "evaluation_loss_vs_iterations"), 2U);
}

TEST(TensorBoardTest, WithoutValidationThereIsNoSuchFolder) {
  const test::TemporaryDirectory directory;
  ScriptedTrainer trainer({.5}, 1);
  BatchStream data = counting_stream(1);
  fit(trainer, data, {.callbacks = {TensorBoard(directory.path())}});
  EXPECT_FALSE(std::filesystem::exists(directory.path("validation")));
}

}  // namespace
}  // namespace folio
