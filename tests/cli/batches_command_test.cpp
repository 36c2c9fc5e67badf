#include <algorithm>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <folio/datasets/npy.h>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;

class BatchesCommandTest : public CommandTest {
 protected:
  void SetUp() override { make_digits(5); }
  CommandResult batches(const std::string& output, std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"batches", "digits", "--out", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folio(arguments);
  }
  Tensor array(const std::string& name) const { return read_npy(at(name).string()); }
};

TEST_F(BatchesCommandTest, ArraysAndIndexHaveTheFixedForm) {
  const CommandResult result =
      batches("b", {"--batches", "3", "--seed", "7", "--target-size", "28x28", "--color-mode",
                    "grayscale", "--batch-size", "20", "--zoom-range", "0.2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(array("b/0_x.npy").shape(), (Shape{20, 28, 28, 1}));
  EXPECT_EQ(array("b/0_y.npy").shape(), (Shape{20, 10}));
  EXPECT_EQ(array("b/2_x.npy").shape(), (Shape{10, 28, 28, 1}));  // 50 = 20 + 20 + 10
  const Json index = Json::parse(text_of("b/index.json"));
  EXPECT_EQ(index.at("seed"), 7);
  ASSERT_EQ(index.at("batches").size(), 3U);
  const Json& batch = index.at("batches").at(0);
  EXPECT_EQ(batch.at("indices").size(), 20U);
  EXPECT_EQ(batch.at("files").size(), 20U);
  const std::string file = batch.at("files").at(0);
  EXPECT_EQ(file.find('/'), 1U) << file;  // Relative to the directory: "3/..."
  const Json& drawn = batch.at("parameters").at(0);
  for (const char* key : {"theta", "tx", "ty", "shear", "zx", "zy", "flip_horizontal",
                          "flip_vertical", "channel_shift_intensity", "brightness"}) {
    EXPECT_TRUE(drawn.contains(key)) << key;
  }
  EXPECT_GT(drawn.at("zx"), 0.8);
  EXPECT_LT(drawn.at("zx"), 1.2);
  EXPECT_TRUE(drawn.at("brightness").is_null());
  // Labels are one-hot rows of the class whose folder the file is in.
  const Tensor y = array("b/0_y.npy");
  EXPECT_EQ(y.row(0)[static_cast<std::size_t>(file[0] - '0')], 1.0F);
}

TEST_F(BatchesCommandTest, DefaultsAreKeras) {
  ASSERT_EQ(batches("b", {"--batch-size", "2"}).exit_code, 0);
  const Tensor x = array("b/0_x.npy");
  EXPECT_EQ(x.shape(), (Shape{2, 256, 256, 3}));
  float largest = 0.0F;
  for (const float value : x.values()) largest = std::max(largest, value);
  EXPECT_GT(largest, 1.0F);  // Not rescaled.
}

TEST_F(BatchesCommandTest, FilesAndOptionsMeanTheSame) {
  write("augment.json", R"({"shear_range": 10, "zoom_range": [0.8, 1.1], "width_shift_range": 2,
                            "horizontal_flip": true, "fill_mode": "reflect",
                            "rescale": 0.00392156862745098, "validation_split": 0.2})");
  write("flow.json", R"({"target_size": [20, 24], "color_mode": "rgb", "class_mode": "sparse",
                         "batch_size": 16, "seed": 11, "subset": "training"})");
  ASSERT_EQ(batches("a", {"--augment", "augment.json", "--flow", "flow.json"}).exit_code, 0);
  const CommandResult result = batches("b", {"--shear-range",
                                             "10",
                                             "--zoom-range",
                                             "0.8,1.1",
                                             "--width-shift-range",
                                             "2",
                                             "--horizontal-flip",
                                             "--fill-mode",
                                             "reflect",
                                             "--rescale",
                                             "1/255",
                                             "--validation-split",
                                             "0.2",
                                             "--target-size",
                                             "20x24",
                                             "--class-mode",
                                             "sparse",
                                             "--batch-size",
                                             "16",
                                             "--seed",
                                             "11",
                                             "--subset",
                                             "training"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(text_of("a/0_x.npy"), text_of("b/0_x.npy"));
  EXPECT_EQ(text_of("a/0_y.npy"), text_of("b/0_y.npy"));
  EXPECT_EQ(text_of("a/index.json"), text_of("b/index.json"));
}

TEST_F(BatchesCommandTest, OptionsWinOverFiles) {
  write("flow.json", R"({"target_size": [20, 24], "batch_size": 16, "seed": 11})");
  ASSERT_EQ(batches("b", {"--flow", "flow.json", "--batch-size", "4", "--seed", "12"}).exit_code,
            0);
  EXPECT_EQ(array("b/0_x.npy").shape(), (Shape{4, 20, 24, 3}));
  EXPECT_EQ(Json::parse(text_of("b/index.json")).at("seed"), 12);
}

TEST_F(BatchesCommandTest, ThreadsAndPrefetchDoNotChangeABit) {
  const std::vector<std::string> options = {"--batches",        "8",    "--seed",       "3",
                                            "--rotation-range", "20",   "--batch-size", "16",
                                            "--target-size",    "28x28"};
  const auto run = [&](const std::string& output, const char* threads, const char* prefetch) {
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"--threads", threads, "--prefetch", prefetch});
    ASSERT_EQ(batches(output, arguments).exit_code, 0);
  };
  run("one", "1", "1");
  run("four", "4", "9");
  for (int number = 0; number < 8; ++number) {
    const std::string name = std::to_string(number) + "_x.npy";
    EXPECT_EQ(text_of("one/" + name), text_of("four/" + name)) << name;
  }
  EXPECT_EQ(text_of("one/index.json"), text_of("four/index.json"));
}

TEST_F(BatchesCommandTest, SeedThatWasDrawnIsReportedAndRepeats) {
  ASSERT_EQ(batches("a", {"--target-size", "28"}).exit_code, 0);
  const std::string seed = Json::parse(text_of("a/index.json")).at("seed").dump();
  ASSERT_EQ(batches("b", {"--target-size", "28", "--seed", seed}).exit_code, 0);
  EXPECT_EQ(text_of("a/0_x.npy"), text_of("b/0_x.npy"));
}

TEST_F(BatchesCommandTest, WithoutLabelsThereIsNoLabelFile) {
  ASSERT_EQ(batches("b", {"--class-mode", "none", "--target-size", "28"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(at("b/0_y.npy")));
}

TEST_F(BatchesCommandTest, WhatKerasDoesNotHaveIsDrawnAfterwards) {
  const std::vector<std::string> common = {"--seed",       "3",  "--target-size",    "20x20",
                                           "--batch-size", "16", "--rotation-range", "20"};
  ASSERT_EQ(batches("plain", common).exit_code, 0);
  std::vector<std::string> more = common;
  for (const char* word : {"--contrast-range", "0.5,1.5", "--hue-range", "30", "--random-erase",
                           "1", "--mixup-alpha", "0.4", "--cache-memory", "2M"}) {
    more.emplace_back(word);
  }
  const CommandResult result = batches("more", more);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json plain = Json::parse(text_of("plain/index.json")).at("batches").at(0);
  const Json extended = Json::parse(text_of("more/index.json")).at("batches").at(0);
  EXPECT_EQ(plain.at("files"), extended.at("files"));
  for (std::size_t i = 0; i < 16; ++i) {
    const Json& drawn = extended.at("parameters").at(i);
    EXPECT_EQ(drawn.at("theta"), plain.at("parameters").at(i).at("theta"));
    for (const char* key : {"contrast", "hue", "erase", "mix"}) EXPECT_TRUE(drawn.contains(key));
  }
}

TEST_F(BatchesCommandTest, SharesMayBePercentages) {
  write("digits/0/bad.png", "text");
  const auto run = [&](const std::string& share) {
    return batches("b", {"--on-bad-file", "skip", "--max-bad", share, "--target-size", "8x8",
                         "--batches", "2"});
  };
  EXPECT_EQ(run("5%").exit_code, 0);
  expect_failure(run("1%"), 1, "more than max_bad allows");
  expect_failure(run("five"), 2, "--max-bad: expected a share such as 0.05 or 5%");
}

TEST_F(BatchesCommandTest, ACacheFileServesTheNextRun) {
  const std::vector<std::string> arguments = {"--seed",    "3", "--target-size", "20x20",
                                              "--batches", "2", "--cache-file",  "c"};
  ASSERT_EQ(batches("a", arguments).exit_code, 0);
  ASSERT_EQ(batches("b", arguments).exit_code, 0);
  EXPECT_EQ(text_of("a/1_x.npy"), text_of("b/1_x.npy"));
  expect_failure(batches("d", {"--cache-memory", "lots"}), 2,
                 "--cache-memory: expected a number of bytes such as 500M or 2G");
}

TEST_F(BatchesCommandTest, ATableNamesFilesAndClasses) {
  std::string table = "path,kind,w\r\n";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(at("digits"))) {
    if (entry.is_regular_file()) {
      files.push_back(std::filesystem::relative(entry.path(), at("digits")).string());
    }
  }
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i < 8; ++i) {
    table += files[i] + (i % 2 == 0 ? ",\"even, or so\"," : ",odd,") + std::to_string(i) + "\r\n";
  }
  write("t.csv", table);
  const std::vector<std::string> arguments = {"--csv",
                                              "t.csv",
                                              "--x-col",
                                              "path",
                                              "--y-col",
                                              "kind",
                                              "--weight-col",
                                              "w",
                                              "--target-size",
                                              "8x8",
                                              "--subset",
                                              "validation",
                                              "--no-shuffle",
                                              "--batch-size",
                                              "8",
                                              "--validation-split",
                                              "0.5"};
  const CommandResult result = batches("b", arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("Found 4 images belonging to 2 classes."), std::string::npos);
  const Json index = Json::parse(text_of("b/index.json"));
  EXPECT_EQ(index.at("batches").at(0).at("files"),
            Json(std::vector<std::string>(files.begin(), files.begin() + 4)));
  EXPECT_EQ(array("b/0_y.npy").row(1)[1], 1.0F);
  expect_failure(batches("c", {"--csv", "t.csv"}), 1, "no column 'filename', it has 'path'");
  expect_failure(batches("c", {"--x-col", "path"}), 2, "--csv");
}

}  // namespace
}  // namespace folio::test
