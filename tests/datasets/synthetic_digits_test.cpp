#include <folio/datasets/class_folders.h>
#include <folio/datasets/file.h>
#include <folio/datasets/synthetic_digits.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

TEST(SyntheticDigitsTest, SameSeedGivesTheSameFiles) {
  const test::TemporaryDirectory directory;
  synthesize_digits(directory.path("a"), 3, 1);
  synthesize_digits(directory.path("b"), 3, 1);
  synthesize_digits(directory.path("c"), 3, 2);
  const SampleList list = scan_class_folders(directory.path("a"));
  EXPECT_EQ(list.size(), 30U);
  EXPECT_EQ(list.class_names.size(), 10U);
  int same_as_other_seed = 0;
  for (const Sample& sample : list.samples) {
    const auto bytes = read_file(directory.path("a/" + sample.path));
    EXPECT_EQ(bytes, read_file(directory.path("b/" + sample.path)));
    same_as_other_seed += bytes == read_file(directory.path("c/" + sample.path)) ? 1 : 0;
  }
  EXPECT_EQ(same_as_other_seed, 0);
}

TEST(SyntheticDigitsTest, NothingIsOverwritten) {
  const test::TemporaryDirectory directory;
  write_file(directory.path("precious"), "x");
  EXPECT_THAT(test::message_of([&] { synthesize_digits(directory.path(), 1, 1); }),
              testing::HasSubstr("exists already"));
  EXPECT_THAT(test::message_of([&] { synthesize_digits(directory.path("new"), 0, 1); }),
              testing::HasSubstr("per_class"));
}

}  // namespace
}  // namespace folio
