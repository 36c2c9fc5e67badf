// featurewise_center, featurewise_std_normalization and zca_whitening from the command line: found
// in the training images, kept with the model.
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <folio/datasets/npy.h>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;

struct Moments {
  double mean = 0.0;
  double deviation = 0.0;
};

Moments moments_of(const Tensor& values) {
  double sum = 0.0;
  double squares = 0.0;
  for (const float value : values.values()) {
    sum += value;
    squares += double{value} * value;
  }
  const auto count = static_cast<double>(values.size());
  return {sum / count, std::sqrt(squares / count - sum / count * (sum / count))};
}

class FeaturewiseTest : public CommandTest {
 protected:
  void SetUp() override {
    make_digits(10);
    // Small images: whitening takes D x D numbers.
    write("net.json", R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
      {"class_name": "Conv2D", "config": {"name": "conv", "filters": 8, "kernel_size": [3, 3],
        "strides": [2, 2], "activation": "relu"}},
      {"class_name": "Flatten", "config": {"name": "flatten"}},
      {"class_name": "Dense", "config": {"name": "dense", "units": 10,
        "activation": "softmax"}}]}})");
  }
  CommandResult run(std::vector<std::string> arguments,
                    const std::vector<std::string>& more) const {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folio(arguments);
  }
  /// All images of a part of the digits in one batch, in order.
  Tensor batch(const std::string& subset, const std::vector<std::string>& more) const {
    const CommandResult result = run(
        {"batches", "digits", "--target-size", "12x12", "--color-mode", "grayscale", "--no-shuffle",
         "--batch-size", "100", "--validation-split", "0.3", "--subset", subset, "--out", "b"},
        more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err.find("left out"), std::string::npos) << result.err;
    return read_npy(at("b/0_x.npy").string());
  }
  CommandResult train(const std::string& output, const std::vector<std::string>& more) const {
    return run(
        {"train",         "digits", "--model",      "net.json",  "--validation-split", "0.3",
         "--target-size", "12x12",  "--color-mode", "grayscale", "--rotation-range",   "10",
         "--batch-size",  "16",     "--optimizer",  "adam",      "--learning-rate",    "0.01",
         "--seed",        "4",      "--output",     output},
        more);
  }
};

const std::vector<std::vector<std::string>> kSteps = {
    {"--featurewise-center", "--rescale", "1/255"},
    {"--featurewise-std-normalization", "--rescale", "1/255"},
    {"--zca-whitening", "--zca-epsilon", "0.1", "--rescale", "1/255"}};

TEST_F(FeaturewiseTest, StatisticsAreThoseOfTheTrainingImages) {
  const Tensor training = batch("training", {});
  const Tensor validation = batch("validation", {});
  const Moments raw = moments_of(training);
  ASSERT_EQ(training.shape()[0], 70);
  const auto expect_standardised = [&](const std::vector<std::string>& step, double mean,
                                       double divisor) {
    for (const auto& [subset, images] :
         {std::pair{"training", &training}, std::pair{"validation", &validation}}) {
      const Tensor found = batch(subset, step);
      ASSERT_EQ(found.shape(), images->shape());
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], ((*images)[i] - mean) / divisor, 1e-3) << subset << ' ' << i;
      }
    }
  };
  expect_standardised({"--featurewise-center"}, raw.mean, 1.0);
  expect_standardised({"--featurewise-std-normalization"}, raw.mean, raw.deviation + 1e-6);
  // The validation images alone have another mean, so what is found does not come from them.
  EXPECT_GT(std::abs(moments_of(validation).mean - raw.mean), 0.1);
  // Rescaled first, as fit() does.
  const Tensor rescaled = batch("training", {"--featurewise-std-normalization", "--rescale", "2"});
  EXPECT_NEAR(moments_of(rescaled).mean, 0.0, 1e-3);
  EXPECT_NEAR(moments_of(rescaled).deviation, 1.0, 1e-3);
}

TEST_F(FeaturewiseTest, WhiteningMakesPixelsOfTheTrainingImagesUncorrelated) {
  const auto covariance = [](const Tensor& images, std::size_t i, std::size_t j) {
    const auto count = static_cast<std::size_t>(images.shape()[0]);
    double sum_i = 0.0;
    double sum_j = 0.0;
    double products = 0.0;
    for (std::size_t row = 0; row < count; ++row) {
      sum_i += images.row(row)[i];
      sum_j += images.row(row)[j];
      products += double{images.row(row)[i]} * images.row(row)[j];
    }
    const auto n = static_cast<double>(count);
    return products / n - sum_i / n * (sum_j / n);
  };
  // Of neighbours in the middle row, on average.
  const auto correlation = [&](const Tensor& images) {
    double sum = 0.0;
    for (std::size_t i = 6 * 12 + 2; i < 6 * 12 + 9; ++i) {
      sum += std::abs(covariance(images, i, i + 1)) /
             std::sqrt(covariance(images, i, i) * covariance(images, i + 1, i + 1));
    }
    return sum / 7.0;
  };
  const Tensor plain = batch("training", {"--interpolation", "box"});
  const Tensor white =
      batch("training", {"--interpolation", "box", "--zca-whitening", "--rescale", "1/255"});
  EXPECT_GT(correlation(plain), 0.2);
  EXPECT_LT(correlation(white), 0.5 * correlation(plain));
  // A larger epsilon whitens less.
  const Tensor less = batch("training", {"--interpolation", "box", "--zca-whitening", "--rescale",
                                         "1/255", "--zca-epsilon", "10"});
  EXPECT_LT(moments_of(less).deviation, 0.9 * moments_of(white).deviation);
}

TEST_F(FeaturewiseTest, StatisticsTravelWithTheModel) {
  for (const std::vector<std::string>& step : kSteps) {
    SCOPED_TRACE(step.front());
    const CommandResult trained = train("run", [&] {
      std::vector<std::string> more = step;
      more.insert(more.end(), {"--epochs", "1"});
      return more;
    }());
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_NE(trained.err.find("statistics of the training images"), std::string::npos);
    EXPECT_EQ(trained.err.find("left out"), std::string::npos) << trained.err;
    const std::string history = text_of("run/history.csv");
    const double val_loss = std::stod(history.substr(history.rfind(',') + 1));

    // Evaluation has no option for the steps: it takes them, and what was found, from the model.
    const CommandResult evaluated =
        folio({"evaluate", "run/model.h5", "digits", "--validation-split", "0.3", "--subset",
               "validation", "--json"});
    ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
    const Json figures = Json::parse(evaluated.out);
    EXPECT_NEAR(figures.at("loss"), val_loss, 1e-5);

    // Prediction, which is a Classifier, too: its probabilities have that loss.
    std::vector<std::string> paths = {"predict", "run/model.h5"};
    const CommandResult listed =
        folio({"batches", "digits", "--no-shuffle", "--batch-size", "100", "--validation-split",
               "0.3", "--subset", "validation", "--target-size", "4x4", "--out", "list"});
    ASSERT_EQ(listed.exit_code, 0) << listed.err;
    const Json files = Json::parse(text_of("list/index.json")).at("batches").at(0).at("files");
    for (const std::string file : files) paths.push_back("digits/" + file);
    ASSERT_EQ(run(paths, {"--out", "p.npy"}).exit_code, 0);
    const Tensor rows = read_npy(at("p.npy").string());
    double loss = 0.0;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto label = static_cast<std::size_t>(files[i].get<std::string>()[0] - '0');
      loss -= std::log(rows.row(i)[label]);
    }
    EXPECT_NEAR(loss / static_cast<double>(files.size()), val_loss, 1e-5);
  }
}

TEST_F(FeaturewiseTest, RunsAreReproducedAndContinued) {
  for (const std::vector<std::string>& step : kSteps) {
    SCOPED_TRACE(step.front());
    const auto with = [&](std::vector<std::string> more) {
      more.insert(more.end(), step.begin(), step.end());
      return more;
    };
    const std::string name = step.front().substr(2);
    ASSERT_EQ(train(name + "-whole", with({"--epochs", "2"})).exit_code, 0);
    ASSERT_EQ(train(name + "-short", with({"--epochs", "1"})).exit_code, 0);
    const CommandResult resumed =
        folio({"train", "--resume", "--output", name + "-short", "--epochs", "2"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_TRUE(text_of(name + "-short/model.h5") == text_of(name + "-whole/model.h5"));
    const CommandResult again =
        folio({"train", "--config", name + "-whole/config.json", "--output", name + "-again"});
    ASSERT_EQ(again.exit_code, 0) << again.err;
    EXPECT_TRUE(text_of(name + "-again/model.h5") == text_of(name + "-whole/model.h5"));
  }
}

TEST_F(FeaturewiseTest, PreviewsSayWhatTheyDoNotShow) {
  const CommandResult plain = folio({"preview", "digits", "--rotation-range", "5"});
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_EQ(plain.err.find("before they are standardised"), std::string::npos) << plain.err;
  const CommandResult centered = folio({"preview", "digits", "--featurewise-center"});
  ASSERT_EQ(centered.exit_code, 0) << centered.err;
  EXPECT_NE(centered.err.find("before they are standardised"), std::string::npos) << centered.err;
}

TEST_F(FeaturewiseTest, BenchesPayForThem) {
  const CommandResult result =
      folio({"bench", "digits", "--featurewise-std-normalization", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("statistics of the images"), std::string::npos) << result.err;
  EXPECT_GT(Json::parse(result.out).at("images_per_second"), 0.0);
}

TEST_F(FeaturewiseTest, ImagesTooLargeToWhitenAreRefused) {
  const CommandResult result =
      folio({"batches", "digits", "--zca-whitening", "--target-size", "100x100", "--out", "b"});
  expect_failure(result, 2, "zca_whitening");
}

}  // namespace
}  // namespace folio::test
