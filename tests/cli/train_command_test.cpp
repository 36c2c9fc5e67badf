#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

class TrainCommandTest : public CommandTest {
 protected:
  void SetUp() override { make_digits(10); }
  CommandResult train(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"train", "digits", "--model", "mnist_cnn"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folio(arguments);
  }
  // The weights of a model as predictions show them.
  std::string fingerprint(const std::string& model) const {
    EXPECT_EQ(folio({"predict", model, "digits", "--out", "fingerprint.npy"}).exit_code, 0);
    return text_of("fingerprint.npy");
  }
};

TEST_F(TrainCommandTest, RunDirectoryHoldsEverything) {
  const CommandResult result =
      train({"--validation-split", "0.2", "--epochs", "2", "--output", "run", "--seed", "4",
             "--log-every", "1", "--zoom-range", "0.1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.find("Found 80 images belonging to 10 classes.\n"
                            "Found 20 images belonging to 10 classes.\n"),
            0U)
      << result.out;
  EXPECT_NE(result.out.find("val_accuracy: "), std::string::npos) << result.out;
  for (const char* name : {"model.h5", "class_indices.json", "history.csv", "steps.csv",
                           "report.html", "config.json"}) {
    EXPECT_TRUE(fs::is_regular_file(at("run") / name)) << name;
  }
  EXPECT_EQ(Json::parse(text_of("run/class_indices.json")).at("7"), 7);
  const Json config = Json::parse(text_of("run/config.json"));
  EXPECT_EQ(config.at("seed"), 4);
  EXPECT_EQ(config.at("augment").at("validation_split"), 0.2);
  EXPECT_EQ(config.at("flow").at("target_size"), Json::parse("[28, 28]"));
  EXPECT_EQ(line_count(text_of("run/history.csv")), 3U);
  // 80 images are 3 batches of 32; 2 epochs.
  const std::string steps = text_of("run/steps.csv");
  EXPECT_EQ(steps.substr(0, steps.find('\n')), "epoch,batch,loss");
  EXPECT_EQ(line_count(steps), 7U);
  EXPECT_NE(steps.find("\n0,0,"), std::string::npos);
  EXPECT_NE(steps.find("\n1,2,"), std::string::npos);
  const std::string report = text_of("run/report.html");
  EXPECT_EQ(report.find("http://"), std::string::npos);  // Nothing is loaded from elsewhere.
  EXPECT_NE(report.find("<svg"), std::string::npos);
}

TEST_F(TrainCommandTest, JsonResultIsTheOnlyThingOnStandardOutput) {
  const CommandResult result = train({"--epochs", "1", "--output", "run", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_EQ(figures.at("model"), "run/model.h5");
  EXPECT_TRUE(figures.contains("loss"));
  EXPECT_TRUE(figures.contains("accuracy"));
  EXPECT_TRUE(figures.contains("seed"));
}

TEST_F(TrainCommandTest, NoEpochsWriteTheInitialModel) {
  ASSERT_EQ(train({"--epochs", "0", "--seed", "4", "--output", "a"}).exit_code, 0);
  ASSERT_EQ(train({"--epochs", "0", "--seed", "4", "--output", "b"}).exit_code, 0);
  ASSERT_EQ(train({"--epochs", "0", "--seed", "5", "--output", "c"}).exit_code, 0);
  EXPECT_EQ(fingerprint("a/model.h5"), fingerprint("b/model.h5"));
  EXPECT_NE(fingerprint("a/model.h5"), fingerprint("c/model.h5"));
  EXPECT_TRUE(fs::exists(at("a/history.csv")));
}

TEST_F(TrainCommandTest, ThreadsDoNotChangeTheWeights) {
  const auto run = [&](const std::string& output, const char* threads) {
    ASSERT_EQ(train({"--epochs", "2", "--seed", "4", "--rotation-range", "10", "--output", output,
                     "--threads", threads, "--log-every", "1"})
                  .exit_code,
              0);
  };
  run("one", "1");
  run("two", "2");
  run("four", "4");
  EXPECT_EQ(text_of("one/steps.csv"), text_of("two/steps.csv"));
  EXPECT_EQ(text_of("one/steps.csv"), text_of("four/steps.csv"));
  EXPECT_TRUE(text_of("one/model.h5") == text_of("two/model.h5"));
  EXPECT_TRUE(text_of("one/model.h5") == text_of("four/model.h5"));
}

TEST_F(TrainCommandTest, WeightsCanBeTakenFromAFile) {
  ASSERT_EQ(train({"--epochs", "1", "--seed", "4", "--output", "a"}).exit_code, 0);
  ASSERT_EQ(
      train({"--epochs", "0", "--seed", "9", "--output", "b", "--weights", "a/model.h5"}).exit_code,
      0);
  EXPECT_EQ(fingerprint("a/model.h5"), fingerprint("b/model.h5"));
}

TEST_F(TrainCommandTest, TrainedModelCanBeTrainedOn) {
  ASSERT_EQ(train({"--epochs", "1", "--seed", "4", "--output", "a"}).exit_code, 0);
  const CommandResult result = folio({"train", "digits", "--model", "a/model.h5", "--epochs", "1",
                                      "--seed", "4", "--output", "b"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(fingerprint("a/model.h5"), fingerprint("b/model.h5"));
}

TEST_F(TrainCommandTest, FineTuningFixesWhatComesBeforeALayer) {
  ASSERT_EQ(train({"--epochs", "0", "--output", "first", "--seed", "1"}).exit_code, 0);
  const CommandResult tuned = train({"--epochs", "1", "--output", "second", "--seed", "2",
                                     "--weights", "first/model.h5", "--freeze-before", "dense"});
  ASSERT_EQ(tuned.exit_code, 0) << tuned.err;
  const CommandResult summary = folio({"summary", "second/model.h5"});
  EXPECT_NE(summary.out.find("Trainable params: 1,290 "), std::string::npos) << summary.out;
  EXPECT_NE(summary.out.find("Non-trainable params: 92,672 "), std::string::npos) << summary.out;
  EXPECT_NE(fingerprint("first/model.h5"), fingerprint("second/model.h5"));

  const CommandResult unknown = train({"--epochs", "1", "--freeze-before", "head"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("no layer 'head'"), std::string::npos) << unknown.err;
}

TEST_F(TrainCommandTest, ValidationDirectoryIsUsed) {
  ASSERT_EQ(folio({"dataset", "synthesize", "digits", "other", "--per-class", "3", "--seed", "8"})
                .exit_code,
            0);
  const CommandResult result =
      train({"--epochs", "1", "--validation-dir", "other", "--output", "run"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("Found 30 images belonging to 10 classes."), std::string::npos);
  EXPECT_NE(text_of("run/history.csv").find("val_loss"), std::string::npos);
}

TEST_F(TrainCommandTest, CheckpointsTakeTheirTemplate) {
  const CommandResult result = train({"--epochs", "2", "--validation-split", "0.2", "--output",
                                      "run", "--checkpoint", "weights-{epoch:02d}.h5"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(at("run/weights-01.h5")));
  EXPECT_TRUE(fs::exists(at("run/weights-02.h5")));
  EXPECT_EQ(fingerprint("run/weights-02.h5"), fingerprint("run/model.h5"));
}

TEST_F(TrainCommandTest, UnknownMonitorIsRefused) {
  const CommandResult result =
      train({"--epochs", "2", "--output", "run", "--monitor", "val_los", "--patience", "1"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.err.find("val_los"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(at("run/model.h5")));
}

TEST_F(TrainCommandTest, EarlyStoppingEndsTheRun) {
  // With no learning the loss cannot improve after the first epoch.
  const CommandResult result = train({"--epochs", "50", "--learning-rate", "0", "--output", "run",
                                      "--validation-split", "0.2", "--patience", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(line_count(text_of("run/history.csv")), 4U);
}

TEST_F(TrainCommandTest, SparseLabelsTrainToo) {
  const CommandResult result = train({"--epochs", "1", "--seed", "4", "--output", "a", "--loss",
                                      "sparse_categorical_crossentropy"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(train({"--epochs", "1", "--seed", "4", "--output", "b"}).exit_code, 0);
  EXPECT_EQ(fingerprint("a/model.h5"), fingerprint("b/model.h5"));
}

TEST_F(TrainCommandTest, RunsAreNumberedWithoutOutput) {
  ASSERT_EQ(train({"--epochs", "0"}).exit_code, 0);
  ASSERT_EQ(train({"--epochs", "0"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(at("runs/mnist_cnn-1/model.h5")));
  EXPECT_TRUE(fs::exists(at("runs/mnist_cnn-2/model.h5")));
}

TEST_F(TrainCommandTest, DigitsAreLearned) {
  fs::remove_all(at("digits"));
  make_digits(100);
  const CommandResult result = train({"--epochs", "6", "--seed", "1", "--optimizer", "adam",
                                      "--validation-split", "0.2", "--output", "run", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_GT(Json::parse(result.out).at("val_accuracy"), 0.9);
}

TEST_F(TrainCommandTest, ModelOfAnEarlierRunIsKept) {
  ASSERT_EQ(train({"--epochs", "0", "--seed", "4", "--output", "run"}).exit_code, 0);
  const std::string earlier = text_of("run/model.h5");
  const CommandResult again = train({"--epochs", "0", "--seed", "5", "--output", "run"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.err.find("its model is kept as run/model.previous.h5"), std::string::npos)
      << again.err;
  EXPECT_EQ(text_of("run/model.previous.h5"), earlier);
  EXPECT_NE(text_of("run/model.h5"), earlier);
}

TEST_F(TrainCommandTest, AModelOfAnEarlierRunIsNotTakenForThatOfOneThatFailed) {
  ASSERT_EQ(train({"--epochs", "0", "--seed", "4", "--output", "run"}).exit_code, 0);
  const std::string earlier = text_of("run/model.h5");
  write("digits/3/zz.png", "none");
  ASSERT_EQ(train({"--epochs", "1", "--output", "run"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(at("run/model.h5")));
  EXPECT_EQ(text_of("run/model.previous.h5"), earlier);
}

TEST_F(TrainCommandTest, WeightsAndLayersThatAreNotThereShowBeforeDataIsRead) {
  expect_failure(train({"--weights", "nosuch.h5"}), 1, "nosuch.h5: cannot be opened");
  ASSERT_EQ(train({"--epochs", "0", "--output", "run"}).exit_code, 0);
  const CommandResult result =
      folio({"train", "digits", "--model", "run/model.h5", "--freeze-before", "nosuch"});
  expect_failure(result, 2, "the model has no layer 'nosuch'");
  EXPECT_EQ(result.err.find("images are read as"), std::string::npos) << result.err;
}

TEST_F(TrainCommandTest, AFirstImageThatIsDamagedIsNotCommentedByItsDecoder) {
  const std::string image = text_of("digits/0/00000.png");
  write("digits/0/00000.png", image.substr(0, image.size() / 2));
  const CommandResult result = train({"--on-bad-file", "skip", "--epochs", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err.find("libpng"), std::string::npos) << result.err;
}

TEST_F(TrainCommandTest, AModelOfOneOutputWithoutAShapeTellsTwoClassesApart) {
  for (int digit = 2; digit < 10; ++digit) fs::remove_all(at("digits/" + std::to_string(digit)));
  write("net.json", R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
    {"class_name": "Flatten", "config": {"name": "flatten"}},
    {"class_name": "Dense", "config": {"name": "dense", "units": 1, "activation": "sigmoid"}}]}})");
  ASSERT_EQ(folio({"train", "digits", "--model", "net.json", "--epochs", "1", "--output", "run"})
                .exit_code,
            0);
  const Json config = Json::parse(text_of("run/config.json"));
  EXPECT_EQ(config.at("flow").at("class_mode"), "binary");
}

// Folders' images have their channels last; a model may have them first.
TEST_F(TrainCommandTest, ChannelsFirstTrainsAsChannelsLast) {
  const auto net = [](const std::string& format, const std::string& shape) {
    return R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
      {"class_name": "Conv2D", "config": {"name": "a", "filters": 4, "kernel_size": 3, )" +
           shape + R"("data_format": ")" + format + R"("}},
      {"class_name": "Flatten", "config": {"name": "b", "data_format": ")" +
           format + R"("}},
      {"class_name": "Dense", "config": {"name": "c", "units": 10, "activation": "softmax"}}]}})";
  };
  write("first.json", net("channels_first", R"("batch_input_shape": [null, 3, 20, 24], )"));
  write("last.json", net("channels_last", R"("batch_input_shape": [null, 20, 24, 3], )"));
  for (const std::string model : {"first", "last"}) {
    const CommandResult result = folio({"train", "digits", "--model", model + ".json", "--epochs",
                                        "1", "--seed", "3", "--output", model});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.err.find("read as 20x24 rgb"), std::string::npos) << result.err;
  }
  EXPECT_EQ(fingerprint("first/model.h5"), fingerprint("last/model.h5"));

  write("open.json", net("channels_first", ""));
  expect_failure(folio({"train", "digits", "--model", "open.json", "--output", "open"}), 1,
                 "channels_first and declares no input shape");
  // The usual mistake: the layer is changed, the shape is not.
  write("mixed.json", net("channels_first", R"("batch_input_shape": [null, 20, 24, 3], )"));
  expect_failure(folio({"train", "digits", "--model", "mixed.json", "--target-size", "20x24",
                        "--output", "mixed"}),
                 1, "(20, 24, 3) means 20 channels");
  write("same.json", net("channels_first", R"("batch_input_shape": [null, 3, 20, 3], )"));
  expect_failure(folio({"train", "digits", "--model", "same.json", "--target-size", "3x20",
                        "--output", "same"}),
                 1, "images of shape (20, 3, 3), got (3, 20, 3)");
  expect_failure(folio({"summary", "open.json"}), 1, "declares no input shape");
  EXPECT_NE(folio({"summary", "open.json", "--input", "20x24x3"}).out.find("(None, 4, 18, 22)"),
            std::string::npos);
  write("cube.json", net("channels_first", R"("batch_input_shape": [null, 3, 3, 3], )"));
  expect_failure(folio({"train", "digits", "--model", "cube.json", "--output", "cube"}), 1,
                 "(3, 3, 3), whose axes cannot be told apart");
}

TEST_F(TrainCommandTest, PartsOfWhatIsNotThereAreRefused) {
  expect_failure(train({"--min-delta", "0.1"}), 2, "--min-delta: needs --patience N");
  expect_failure(train({"--reduce-lr-factor", "0.5"}), 2, "needs --reduce-lr-patience N");
  expect_failure(train({"--validation-steps", "3"}), 2, "--validation-steps: needs validation");
}

TEST_F(TrainCommandTest, AFlagThatIsGivenTwiceIsRecordedOnce) {
  ASSERT_EQ(train({"--epochs", "0", "--tensorboard", "--tensorboard", "--output", "run"}).exit_code,
            0);
  EXPECT_EQ(Json::parse(text_of("run/config.json")).at("options").at("tensorboard"), true);
}

TEST_F(TrainCommandTest, ClassWeightsThatAreNoneAreRefused) {
  for (const char* wrong : {"3=1,3=2", "foo", "nothing=2", "3=", "3=x"}) {
    const CommandResult result = train({"--class-weight", wrong, "--output", "run"});
    expect_failure(result, 2, "--class-weight");
  }
  expect_failure(train({"--class-weight", "foo", "--output", "run"}), 2,
                 "got 'foo', expected balanced or CLASS=FACTOR,...");
}

TEST_F(TrainCommandTest, ConfigurationDoesNotKeepHowMuchIsSaid) {
  ASSERT_EQ(train({"--epochs", "0", "--quiet", "--output", "run"}).exit_code, 0);
  EXPECT_FALSE(Json::parse(text_of("run/config.json")).at("options").contains("quiet"));
}

}  // namespace
}  // namespace folio::test
