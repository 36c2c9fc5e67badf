// Training on real MNIST: $FOLIO_DATA/mnist/{train,test}/0..9 hold its images.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

class MnistTest : public CommandTest {
 protected:
  void SetUp() override {
    const char* data = std::getenv("FOLIO_DATA");
    if (data == nullptr || !fs::is_directory(fs::path(data) / "mnist" / "train")) {
      GTEST_SKIP() << "SKIPPED: set FOLIO_DATA to a folder that holds mnist/{train,test}/0..9";
    }
    train_ = (fs::path(data) / "mnist" / "train").string();
    test_ = (fs::path(data) / "mnist" / "test").string();
  }

  CommandResult train(const std::string& output, std::vector<std::string> more,
                      RunLimits limits = {}) const {
    std::vector<std::string> arguments = {"train",  train_,     "--model", "mnist_cnn",
                                          "--seed", "1",        "--json",  "--validation-split",
                                          "0.2",    "--output", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folio(arguments, limits);
  }

  // Trains, expects this validation accuracy, and that the test images agree within a point.
  // Leaves out the last batch of each epoch: it holds 4 images, and one step of SGD on those moves
  // the accuracy by anything up to 40 points until the next batches mend it, in PyTorch as here.
  void expect_accuracy(std::vector<std::string> options, double expected) const {
    options.insert(options.end(), {"--steps-per-epoch", "1500"});
    const CommandResult trained = train("run", options);
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    const double validation = Json::parse(trained.out).at("val_accuracy");
    EXPECT_GE(validation, expected);
    const CommandResult evaluated = folio({"evaluate", "run/model.h5", test_, "--json"});
    ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
    const Json figures = Json::parse(evaluated.out);
    EXPECT_EQ(figures.at("samples"), 10000);
    EXPECT_NEAR(figures.at("accuracy"), validation, 0.01);
    RecordProperty("validation_accuracy", std::to_string(validation));
    RecordProperty("test_accuracy", figures.at("accuracy").dump());
  }

  std::string train_;
  std::string test_;
};

TEST_F(MnistTest, FindsAndSplitsTheImages) {
  const CommandResult result = folio({"dataset", "stats", train_, "--validation-split", "0.2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.find("Found 48004 images belonging to 10 classes.\n"
                            "Found 11996 images belonging to 10 classes.\n"),
            0U)
      << result.out;
}

TEST_F(MnistTest, SgdReaches95PercentInFiveEpochs) {
  expect_accuracy({"--epochs", "5", "--optimizer", "sgd", "--learning-rate", "0.01"}, 0.95);
}

TEST_F(MnistTest, AdamReaches97PercentInThreeAugmentedEpochs) {
  expect_accuracy(
      {"--epochs", "3", "--optimizer", "adam", "--shear-range", "0.2", "--zoom-range", "0.2"},
      0.975);
}

TEST_F(MnistTest, WeightsAreTheSameForAnyNumberOfThreadsAndOnOneCore) {
  const std::vector<std::string> options = {
      "--epochs",         "2",  "--steps-per-epoch",   "150", "--validation-steps", "10",
      "--rotation-range", "10", "--width-shift-range", "0.1", "--log-every",        "1"};
  const auto run = [&](const std::string& output, const char* threads, RunLimits limits = {}) {
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"--threads", threads});
    const CommandResult result = train(output, arguments, limits);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  };
  run("one", "1");
  run("two", "2");
  run("four", "4");
  run("core", "0", {.one_core = true});
  for (const char* other : {"two", "four", "core"}) {
    EXPECT_EQ(text_of("one/steps.csv"), text_of(std::string(other) + "/steps.csv")) << other;
    // Not EXPECT_EQ, which would print the files.
    EXPECT_TRUE(text_of("one/model.h5") == text_of(std::string(other) + "/model.h5")) << other;
  }
}

}  // namespace
}  // namespace folio::test
