#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;
using BenchCommandTest = CommandTest;

TEST_F(BenchCommandTest, LoaderIsMeasured) {
  make_digits(5);
  const CommandResult result = folio(
      {"bench", "digits", "--zoom-range", "0.2", "--seconds", "0.1", "--threads", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_GT(figures.at("images_per_second"), 0.0);
  EXPECT_EQ(figures.at("threads"), 1);
}

TEST_F(BenchCommandTest, TrainerIsMeasured) {
  const CommandResult result = folio({"bench", "--model", "mnist_cnn", "--input", "28x28x1",
                                      "--batch-size", "16", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_GT(figures.at("ms_per_step"), 0.0);
  EXPECT_EQ(figures.at("batch_size"), 16);
}

TEST_F(BenchCommandTest, BothTogetherAreMeasured) {
  make_digits(5);
  const CommandResult result =
      folio({"bench", "digits", "--model", "mnist_cnn", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_GT(figures.at("ms_per_step"), 0.0);
  EXPECT_GT(figures.at("images_per_second"), 0.0);
}

}  // namespace
}  // namespace folio::test
