#include <string>

#include <gtest/gtest.h>

#include "command_runner.h"

namespace folio::test {
namespace {

using SummaryCommandTest = CommandTest;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(SummaryCommandTest, MnistCnnHasTheParametersOfItsLayers) {
  const CommandResult result = folio({"summary", "mnist_cnn"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* count : {"320", "18496", "73856", "1290"}) {
    std::string grouped = count;
    if (grouped.size() > 3) grouped.insert(grouped.size() - 3, ",");
    EXPECT_TRUE(has(result.out, count) || has(result.out, grouped)) << count << "\n" << result.out;
  }
  EXPECT_TRUE(has(result.out, "Total params: 93,962") || has(result.out, "Total params: 93962"))
      << result.out;
}

TEST_F(SummaryCommandTest, LeNetHasItsParameters) {
  const CommandResult result = folio({"summary", "lenet"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has(result.out, "61,706") || has(result.out, "61706")) << result.out;
}

TEST_F(SummaryCommandTest, InputAndClassesChangeTheCounts) {
  const CommandResult result =
      folio({"summary", "mnist_cnn", "--input", "28x28x3", "--num-classes", "5"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has(result.out, "896")) << result.out;  // 3 x 3 x 3 x 32 + 32
  EXPECT_TRUE(has(result.out, "645")) << result.out;  // 128 x 5 + 5
}

TEST_F(SummaryCommandTest, ModelForLargerImagesAsksForTheirSize) {
  expect_failure(folio({"summary", "alexnet"}), 1, "--input HxWxC");
  expect_failure(folio({"bench", "--model", "alexnet"}), 1, "--input HxWxC");
  EXPECT_EQ(folio({"summary", "alexnet", "--input", "224x224x3"}).exit_code, 0);
}

TEST_F(SummaryCommandTest, TrainedModelIsShownFromItsFile) {
  make_digits(4);
  train_a_model();
  const CommandResult result = folio({"summary", "run/model.h5"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has(result.out, "93,962") || has(result.out, "93962")) << result.out;
  expect_failure(folio({"summary", "run/model.h5", "--input", "32x32x1"}), 2, "(28, 28, 1)");
}

}  // namespace
}  // namespace folio::test
