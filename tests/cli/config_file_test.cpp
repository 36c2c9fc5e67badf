// --config: a file instead of a long line.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command_runner.h"

namespace folio::test {
namespace {

class ConfigFileTest : public CommandTest {
 protected:
  void SetUp() override { make_digits(3); }
  [[nodiscard]] std::string index_of(const std::vector<std::string>& line) const {
    const CommandResult result = folio(line);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return text_of("b/index.json") + text_of("b/0_x.npy");
  }
};

TEST_F(ConfigFileTest, FileSaysWhatTheLineWould) {
  write("run.json", R"({"directory": "digits", "target_size": [14, 14], "color_mode": "grayscale",
                        "augment": {"rotation_range": 20.0, "zoom_range": [0.5, 1.5]},
                        "horizontal_flip": true, "shuffle": false, "batch-size": 4, "classes": null,
                        "seed": 7, "out": "b"})");
  const std::string from_file = index_of({"batches", "--config", "run.json"});
  const std::string from_line =
      index_of({"batches", "digits", "--target-size", "14x14", "--color-mode", "grayscale",
                "--rotation-range", "20", "--zoom-range", "0.5,1.5", "--horizontal-flip",
                "--no-shuffle", "--batch-size", "4", "--seed", "7", "--out", "b"});
  EXPECT_EQ(from_file, from_line);
}

TEST_F(ConfigFileTest, LineWinsOverFile) {
  write("run.json", R"({"directory": "none", "batch_size": 4, "seed": 7, "out": "b",
                        "shuffle": true})");
  const std::string mixed =
      index_of({"batches", "digits", "--batch-size=3", "--no-shuffle", "--config=run.json"});
  EXPECT_EQ(mixed, index_of({"batches", "digits", "--batch-size", "3", "--no-shuffle", "--seed",
                             "7", "--out", "b"}));
}

TEST_F(ConfigFileTest, MistakesNameFileAndKey) {
  write("run.json", R"({"rotation_rnge": 3})");
  const CommandResult unknown = folio({"preview", "digits", "--config", "run.json"});
  expect_failure(unknown, 2, "run.json");
  expect_failure(unknown, 2, "did you mean \"rotation-range\"?");
  write("run.json", R"({"horizontal_flip": 3})");
  expect_failure(folio({"preview", "digits", "--config", "run.json"}), 2, "true or false");
  write("run.json", "[]");
  expect_failure(folio({"preview", "digits", "--config", "run.json"}), 2, "run.json");
  expect_failure(folio({"preview", "digits", "--config", "none.json"}), 1, "none.json");
  expect_failure(folio({"preview", "digits", "--config"}), 2, "--config");
}

TEST_F(ConfigFileTest, RecordOfARunSaysWhatItWasTrainedOn) {
  const CommandResult run = folio({"train",
                                   "digits",
                                   "--model",
                                   "lenet",
                                   "--epochs",
                                   "0",
                                   "--rotation-range",
                                   "20",
                                   "--batch-size",
                                   "5",
                                   "--seed",
                                   "9",
                                   "--validation-split",
                                   "0.34",
                                   "--optimizer",
                                   "adam",
                                   "--save-to-dir",
                                   "augmented",
                                   "--output",
                                   "run"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::filesystem::remove_all(at("augmented"));
  const std::string from_run =
      index_of({"batches", "--config", "run/config.json", "--subset", "training", "--out", "b"});
  EXPECT_EQ(from_run, index_of({"batches",
                                "digits",
                                "--target-size",
                                "28x28",
                                "--color-mode",
                                "grayscale",
                                "--rotation-range",
                                "20",
                                "--rescale",
                                "1/255",
                                "--batch-size",
                                "5",
                                "--seed",
                                "9",
                                "--validation-split",
                                "0.34",
                                "--subset",
                                "training",
                                "--out",
                                "b"}));
  EXPECT_FALSE(std::filesystem::exists(at("augmented")));
  const CommandResult preview =
      folio({"preview", "--config", "run/config.json", "--out", "p.html"});
  EXPECT_EQ(preview.exit_code, 0) << preview.err;
  EXPECT_NE(text_of("p.html").find("\"rotation_range\":20"), std::string::npos);
  const CommandResult bench =
      folio({"bench", "--config", "run/config.json", "--seconds", "0.1", "--json"});
  EXPECT_EQ(bench.exit_code, 0) << bench.err;
  EXPECT_NE(bench.out.find("training_ms_per_step"), std::string::npos) << bench.out;
}

}  // namespace
}  // namespace folio::test
