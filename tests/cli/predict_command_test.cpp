#include <sys/stat.h>

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <folio/datasets/npy.h>
#include <folio/trainer/classifier.h>
#include <folio/trainer/model_file.h>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

class PredictCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    make_digits(4);
    train_a_model();
    for (const fs::directory_entry& entry : fs::directory_iterator(at("digits/2"))) {
      image_ = "digits/2/" + entry.path().filename().string();
    }
  }
  std::string image_;
};

TEST_F(PredictCommandTest, OneImageIsOneLine) {
  const CommandResult result = folio({"predict", "run/model.h5", image_});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(line_count(result.out), 2U);
  EXPECT_EQ(result.out.substr(0, result.out.find('\n')), "path,class,probability");
  EXPECT_NE(result.out.find(image_ + ","), std::string::npos);
}

TEST_F(PredictCommandTest, FormatsAgree) {
  for (const char* name : {"p.csv", "p.json", "p.npy"}) {
    const CommandResult result =
        folio({"predict", "run/model.h5", image_, "digits/5", "--out", name});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  const Tensor rows = read_npy(at("p.npy").string());
  ASSERT_EQ(rows.shape(), (Shape{5, 10}));
  const Json list = Json::parse(text_of("p.json"));
  ASSERT_EQ(list.size(), 5U);
  EXPECT_EQ(list.at(0).at("path"), image_);
  for (std::size_t index = 0; index < 5; ++index) {
    const std::string name = list.at(index).at("class");
    double sum = 0.0;
    for (std::size_t label = 0; label < 10; ++label) {
      const double probability = rows.row(index)[label];
      sum += probability;
      EXPECT_LE(probability, list.at(index).at("probability").get<double>() + 1e-7);
      EXPECT_NEAR(list.at(index).at("probabilities").at(std::to_string(label)), probability, 1e-6);
    }
    EXPECT_NEAR(sum, 1.0, 1e-5);
    EXPECT_NEAR(list.at(index).at("probabilities").at(name), list.at(index).at("probability"),
                1e-12);
  }
  EXPECT_EQ(line_count(text_of("p.csv")), 6U);
}

TEST_F(PredictCommandTest, ImagesAreReadAsInTraining) {
  // The rescaling stored with the model is used, so asking for it changes nothing.
  const CommandResult stored = folio({"predict", "run/model.h5", image_});
  const CommandResult same = folio({"predict", "run/model.h5", image_, "--rescale", "1/255"});
  const CommandResult other = folio({"predict", "run/model.h5", image_, "--rescale", "0.1"});
  EXPECT_EQ(stored.out, same.out);
  EXPECT_NE(stored.out, other.out);
}

TEST_F(PredictCommandTest, FilesThatCannotBeReadAreNamed) {
  write("broken.png", "no image");
  expect_failure(folio({"predict", "run/model.h5", image_, "broken.png"}), 1, "broken.png");
  expect_failure(folio({"predict", "run/model.h5", image_, "none.png"}), 1, "none.png");
  const std::vector<std::string> line = {"predict",  "run/model.h5",  "broken.png", image_,
                                         "none.png", "--on-bad-file", "skip"};
  const CommandResult skipped = folio(line);
  EXPECT_EQ(skipped.exit_code, 0) << skipped.err;
  EXPECT_EQ(skipped.out, folio({"predict", "run/model.h5", image_}).out);
  EXPECT_EQ(skipped.err.find("broken.png: "), skipped.err.rfind("broken.png: ")) << skipped.err;
  EXPECT_NE(skipped.err.find("none.png: cannot be opened: No such file"), std::string::npos)
      << skipped.err;
  std::vector<std::string> to_rows = line;
  to_rows.insert(to_rows.end(), {"--out", "rows.npy"});
  ASSERT_EQ(folio(to_rows).exit_code, 0);
  const Tensor rows = read_npy(at("rows.npy").string());
  ASSERT_EQ(rows.shape(), (Shape{3, 10}));
  EXPECT_TRUE(std::isnan(rows.row(0)[0]));
  EXPECT_FALSE(std::isnan(rows.row(1)[0]));
  expect_failure(
      folio({"predict", "run/model.h5", "broken.png", "none.png", "--on-bad-file", "skip"}), 1,
      "none of 2 files");
  expect_failure(folio({"predict", "run/model.h5", image_, "--on-bad-file", "zero"}), 2,
                 "--on-bad-file");
}

TEST_F(PredictCommandTest, LinksToThemselvesAndPipesAreFilesThatCannotBeRead) {
  fs::create_directory(at("folder"));
  fs::copy_file(at(image_), at("folder/a.png"));
  fs::create_symlink("loop.png", at("folder/loop.png"));
  expect_failure(folio({"predict", "run/model.h5", "folder"}), 1, "folder/loop.png");
  const CommandResult skipped =
      folio({"predict", "run/model.h5", "folder", "--on-bad-file", "skip"});
  EXPECT_EQ(skipped.exit_code, 0) << skipped.err;
  EXPECT_NE(skipped.err.find("folder/loop.png: cannot be opened: Too many levels"),
            std::string::npos)
      << skipped.err;
  EXPECT_NE(skipped.out.find("folder/a.png,"), std::string::npos) << skipped.out;
  ASSERT_EQ(::mkfifo(at("folder/pipe.png").c_str(), 0600), 0);
  EXPECT_NE(folio({"predict", "run/model.h5", "folder", "--on-bad-file", "skip"})
                .err.find("folder/pipe.png: not a regular file"),
            std::string::npos);
}

TEST_F(PredictCommandTest, CommandAndClassifierAgree) {
  // A record such as a program writes: with statistics, which no option says.
  Model model = load_model(at("run/model.h5").string());
  Preprocessing record = parse_preprocessing(model.metadata());
  record.rescale = 0.0;
  record.featurewise_mean = {30.0F};
  record.featurewise_deviation = {50.0F};
  model.set_metadata(to_json(record));
  model.save(at("standardized.h5").string());
  const CommandResult result = folio({"predict", "standardized.h5", image_, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  Classifier classifier(at("standardized.h5").string());
  const ClassProbability best = classifier.classify(at(image_).string()).front();
  const Json one = Json::parse(result.out).at(0);
  EXPECT_EQ(one.at("class"), best.class_name);
  EXPECT_EQ(one.at("probability").get<float>(), best.probability);
  // The same accuracy, whichever way the images are prepared alike.
  const CommandResult evaluated = folio({"evaluate", "standardized.h5", "digits", "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  int right = 0;
  int all = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(at("digits"))) {
    if (!entry.is_regular_file()) continue;
    ++all;
    right += classifier.classify(entry.path().string()).front().class_name ==
                     entry.path().parent_path().filename().string()
                 ? 1
                 : 0;
  }
  EXPECT_NEAR(Json::parse(evaluated.out).at("accuracy").get<double>(),
              static_cast<double>(right) / all, 1e-6);
}

TEST_F(PredictCommandTest, ArchitectureWithWeightsNeedsNoLoss) {
  ASSERT_EQ(folio({"convert", "run/model.h5", "net.json"}).exit_code, 0);
  const std::string image = std::filesystem::directory_iterator(at("digits/3"))->path().string();
  const CommandResult whole = folio({"predict", "run/model.h5", image, "--rescale", "0"});
  const CommandResult parts =
      folio({"predict", "net.json", "--weights", "run/model.h5", image, "--rescale", "0"});
  EXPECT_EQ(parts.exit_code, 0) << parts.err;
  EXPECT_EQ(parts.out, whole.out);
}

}  // namespace
}  // namespace folio::test
