// Bad input: the right exit code, one clear line, and nothing half-written.
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

class BadInputTest : public CommandTest {
 protected:
  CommandResult train(const std::string& directory, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"train", directory, "--model", "mnist_cnn", "--epochs",
                                          "1",     "--seed",  "1",       "--output",  "run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folio(arguments);
  }
  void expect_no_run() const { EXPECT_FALSE(fs::exists(at("run"))); }
};

// Not bad, but easily fatal: a network for images of that size would take all memory.
TEST_F(BadInputTest, PhotosAreReadInKerasDefaultSize) {
  const cv::Mat photo(300, 400, CV_8UC3, cv::Scalar(10, 20, 30));
  for (const char* name : {"photos/a", "photos/b"}) {
    fs::create_directories(at(name));
    ASSERT_TRUE(cv::imwrite((at(name) / "1.jpg").string(), photo));
  }
  const std::vector<std::string> line = {"train",    "photos", "--model",  "lenet",
                                         "--epochs", "0",      "--output", "run"};
  const CommandResult result = folio(line);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("images are read as 256x256 rgb, Keras' default, as the first image is "
                            "300x400"),
            std::string::npos)
      << result.err;
}

TEST_F(BadInputTest, MissingDirectoryIsNamed) {
  expect_failure(train("nowhere"), 1, "nowhere");
  expect_failure(folio({"batches", "nowhere", "--out", "b"}), 1, "nowhere");
  expect_failure(folio({"preview", "nowhere"}), 1, "nowhere");
  expect_failure(folio({"dataset", "stats", "nowhere"}), 1, "nowhere");
  expect_no_run();
  EXPECT_FALSE(fs::exists(at("b")));
  EXPECT_FALSE(fs::exists(at("preview.png")));
}

TEST_F(BadInputTest, EmptyDirectoryIsNamed) {
  fs::create_directories(at("empty"));
  expect_failure(train("empty"), 1, "empty");
  fs::create_directories(at("half/none"));
  write("half/some/1.png", "x");
  expect_failure(train("half"), 1,
                 "class folder half/none holds no image; remove it, or name the classes to use");
  expect_no_run();
}

TEST_F(BadInputTest, FileInPlaceOfADirectoryIsNamed) {
  write("file", "x");
  expect_failure(train("file"), 1, "file");
  expect_no_run();
}

TEST_F(BadInputTest, ClassFoldersWithoutAnyImageAreAnError) {
  fs::create_directories(at("classes/cat"));
  fs::create_directories(at("classes/dog"));
  expect_failure(train("classes"), 1, "classes");
  expect_no_run();
}

TEST_F(BadInputTest, TruncatedJpegIsNamedWithItsReason) {
  make_digits(4);
  cv::Mat noise(28, 28, CV_8UC1);
  cv::randu(noise, 0, 256);
  ASSERT_TRUE(cv::imwrite(at("whole.jpg").string(), noise));
  const std::string whole = text_of("whole.jpg");
  write("digits/3/broken.jpg", whole.substr(0, whole.size() / 2));
  expect_failure(train("digits"), 1, "3/broken.jpg");
  expect_no_run();
}

TEST_F(BadInputTest, TextNamedPngIsNamed) {
  make_digits(4);
  write("digits/3/notes.png", "this is not a picture\n");
  expect_failure(train("digits"), 1, "3/notes.png");
  expect_no_run();
}

TEST_F(BadInputTest, BadFilesAreSkippedOnRequestAndNamedOnce) {
  make_digits(4);
  write("digits/3/notes.png", "this is not a picture\n");
  const CommandResult result = train("digits", {"--on-bad-file", "skip"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::size_t first = result.err.find("3/notes.png");
  ASSERT_NE(first, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("3/notes.png", first + 1), std::string::npos) << result.err;
  EXPECT_TRUE(fs::exists(at("run/model.h5")));
}

TEST_F(BadInputTest, ValidationSplitOutOfRangeIsAUsageError) {
  make_digits(2);
  for (const char* split : {"1.5", "1", "-0.1", "nan", "abc"}) {
    expect_failure(train("digits", {"--validation-split", split}), 2, "validation");
  }
  expect_no_run();
}

TEST_F(BadInputTest, BatchSizeOfZeroIsAUsageError) {
  make_digits(2);
  expect_failure(train("digits", {"--batch-size", "0"}), 2, "batch_size");
  expect_no_run();
}

TEST_F(BadInputTest, UnknownLayerIsRefusedByName) {
  make_digits(2);
  write("net.json", R"({"class_name": "Sequential", "config": {"name": "net", "layers": [)"
                    R"({"class_name": "Lambda", "config": {"name": "odd"}}]}})");
  expect_failure(folio({"train", "digits", "--model", "net.json", "--output", "run"}), 1, "Lambda");
  expect_no_run();
}

TEST_F(BadInputTest, UnknownLayerInAModelFileIsRefusedByName) {
  make_digits(4);
  train_a_model();
  std::string model = text_of("run/model.h5");
  const std::string layer = "MaxPooling2D";
  const std::size_t place = model.find(layer);
  ASSERT_NE(place, std::string::npos);
  model.replace(place, layer.size(), "MaxFoolinX2D");
  // As if another program had written it: without a checksum that tells of the change.
  for (const char* name : {"folio_format", "folio_checksum"}) model[model.find(name)] = 'x';
  write("odd.h5", model);
  expect_failure(folio({"evaluate", "odd.h5", "digits"}), 1, "MaxFoolinX2D");
}

TEST_F(BadInputTest, FileThatIsNoModelIsNamed) {
  make_digits(2);
  write("text.h5", "not a model");
  expect_failure(folio({"evaluate", "text.h5", "digits"}), 1, "text.h5");
  expect_failure(folio({"summary", "missing.h5"}), 1, "missing.h5");
  write("text.json", "{\"class_name\": ");
  expect_failure(folio({"summary", "text.json"}), 1, "text.json");
}

TEST_F(BadInputTest, ModelWhoseInputDoesNotFitTheImagesIsRefused) {
  make_digits(4);
  train_a_model();
  expect_failure(folio({"evaluate", "run/model.h5", "digits", "--target-size", "20x20"}), 1, "20");
  expect_failure(folio({"evaluate", "run/model.h5", "digits", "--color-mode", "rgb"}), 1, "3");
}

TEST_F(BadInputTest, ModelWithOtherClassesIsRefused) {
  make_digits(4);
  train_a_model();
  fs::remove_all(at("digits/9"));
  expect_failure(folio({"evaluate", "run/model.h5", "digits"}), 1, "9");
}

TEST_F(BadInputTest, ImageTooSmallForTheNetworkNamesTheLayer) {
  make_digits(2);
  expect_failure(train("digits", {"--target-size", "6x6"}), 1, "6");
  expect_no_run();
}

TEST_F(BadInputTest, OutputThatCannotBeMadeStopsBeforeTraining) {
  make_digits(2);
  write("file", "x");
  const CommandResult result =
      folio({"train", "digits", "--model", "mnist_cnn", "--epochs", "1", "--output", "file/run"});
  expect_failure(result, 1, "file/run");
  EXPECT_EQ(result.err.find("Epoch"), std::string::npos) << result.err;
  EXPECT_EQ(text_of("file"), "x");
  expect_failure(folio({"train", "digits", "--model", "mnist_cnn", "--output", "/proc/run"}), 1,
                 "/proc/run");
  fs::create_directory(at("closed"));
  fs::permissions(at("closed"), fs::perms::none);
  expect_failure(folio({"train", "digits", "--model", "mnist_cnn", "--output", "closed/run"},
                       {.unprivileged = true}),
                 1, "closed/run: cannot be made a run directory: Permission denied");
  fs::permissions(at("closed"), fs::perms::all);
}

TEST_F(BadInputTest, FoldersThatMayNotBeReadAreNamed) {
  make_digits(2);
  fs::permissions(at("digits"), fs::perms::none);
  expect_failure(folio({"dataset", "stats", "digits"}, {.unprivileged = true}), 1,
                 "cannot read directory digits: Permission denied");
  expect_failure(
      folio({"batches", "digits", "--classes", "0", "--out", "b"}, {.unprivileged = true}), 1,
      "cannot read directory digits/0: Permission denied");
  fs::permissions(at("digits"), fs::perms::all);
}

TEST_F(BadInputTest, OutputThatCannotBePrintedIsAFailure) {
  for (const char* line : {"summary mnist_cnn", "--help", "train --help", "--version"}) {
    const std::string command = std::string(FOLIO_COMMAND) + " " + line + " >/dev/full 2>&-";
    const int status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1) << line;
  }
}

TEST_F(BadInputTest, FullDiskLeavesThePreviousModelAlone) {
  make_digits(4);
  train_a_model();
  const std::string before = text_of("run/model.h5");
  ASSERT_GT(before.size(), 200000U);
  // A limit on the size of files fails the write as a full disk does, at a known place.
  const CommandResult result = folio({"train", "digits", "--model", "mnist_cnn", "--epochs", "1",
                                      "--seed", "6", "--output", "run"},
                                     {.file_bytes = 100000});
  expect_failure(result, 1, "cannot write run/");
  EXPECT_TRUE(text_of("run/model.previous.h5") == before);
  for (const fs::directory_entry& entry : fs::directory_iterator(at("run"))) {
    EXPECT_EQ(entry.path().filename().string().find("tmp"), std::string::npos) << entry.path();
  }
}

TEST_F(BadInputTest, NotANumberInTheLossStopsTheRun) {
  make_digits(4);
  const CommandResult result = train("digits", {"--rescale", "1e38", "--batch-size", "4"});
  expect_failure(result, 1, "loss");
}

TEST_F(BadInputTest, NotANumberHasNoSign) {
  make_digits(4);
  const CommandResult result = train("digits", {"--rescale", "1e38", "--batch-size", "4",
                                                "--on-nan", "continue", "--log-every", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("loss: nan"), std::string::npos) << result.out;
  for (const std::string& text : {result.out, result.err, text_of("run/history.csv"),
                                  text_of("run/steps.csv"), folio({"report", "run"}).out}) {
    EXPECT_EQ(text.find("-nan"), std::string::npos) << text;
  }
}

TEST_F(BadInputTest, MissingImageToPredictIsNamed) {
  make_digits(4);
  train_a_model();
  expect_failure(folio({"predict", "run/model.h5", "nothing.png", "--out", "p.csv"}), 1,
                 "nothing.png");
  write("text.png", "no picture");
  expect_failure(folio({"predict", "run/model.h5", "text.png", "--out", "p.csv"}), 1, "text.png");
  EXPECT_FALSE(fs::exists(at("p.csv")));
}

}  // namespace
}  // namespace folio::test
