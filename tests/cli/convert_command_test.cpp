// folio convert: what comes out of every format is what went in.
#include <algorithm>
#include <filesystem>

#include <folio/trainer/model_file.h>
#include <gtest/gtest.h>

#include "command_runner.h"

namespace folio::test {
namespace {

class ConvertCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    make_digits(4);
    const CommandResult result =
        folio({"train", "digits", "--model", "mnist_cnn", "--epochs", "1", "--seed", "5",
               "--optimizer", "rmsprop", "--output", "run"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  void convert(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), "convert");
    const CommandResult result = folio(words);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, arguments[1] + "\n");
  }

  void expect_same_weights(const std::string& one, const std::string& other) const {
    const std::vector<Tensor> first = load_model(at(one).string()).weights();
    const std::vector<Tensor> second = load_model(at(other).string()).weights();
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_TRUE(std::ranges::equal(first[i].values(), second[i].values()));
    }
  }
};

TEST_F(ConvertCommandTest, FormatsOfKerasKeepEveryBit) {
  convert({"run/model.h5", "a.keras"});
  expect_same_weights("run/model.h5", "a.keras");
  convert({"a.keras", "b.h5"});
  // The same model gives the same file: weights, optimizer, training, preprocessing.
  EXPECT_TRUE(text_of("b.h5") == text_of("run/model.h5"));
  convert({"run/model.h5", "net.json"});
  convert({"run/model.h5", "net.weights.h5"});
  convert({"net.json", "c.h5", "--weights", "net.weights.h5"});
  const CommandResult plain = folio({"convert", "c.h5", "d.keras"});
  EXPECT_NE(plain.err.find("d.keras does not tell classes and how images are prepared"),
            std::string::npos)
      << plain.err;
  EXPECT_EQ(folio({"convert", "run/model.h5", "e.keras"}).err, "");
  expect_same_weights("run/model.h5", "c.h5");
}

TEST_F(ConvertCommandTest, OnnxIsWrittenAndNotRead) {
  convert({"run/model.h5", "x.onnx"});
  EXPECT_NE(text_of("x.onnx").find("class_names"), std::string::npos);
  expect_failure(folio({"convert", "x.onnx", "y.h5"}), 1,
                 "x.onnx cannot be read as a Keras model: it is an ONNX model");
  EXPECT_FALSE(std::filesystem::exists(at("y.h5")));
}

TEST_F(ConvertCommandTest, WhatHasNoWeightsIsRefused) {
  convert({"run/model.h5", "net.json"});
  expect_failure(folio({"convert", "net.json", "x.onnx"}), 2, "--weights");
  expect_failure(folio({"convert", "mnist_cnn", "x.onnx"}), 2,
                 "mnist_cnn is the name of an architecture, which has no weights; train it first: "
                 "folio train DIR --model mnist_cnn");
  EXPECT_FALSE(std::filesystem::exists(at("x.onnx")));
}

TEST_F(ConvertCommandTest, OtherFilesAreCalledByTheirNames) {
  expect_failure(folio({"convert", "run", "x.onnx"}), 2, "the model of this run is run/model.h5");
  expect_failure(folio({"evaluate", "run", "digits"}), 2, "the model of this run is run/model.h5");
  expect_failure(folio({"predict", "run/checkpoint.folio", "digits/1"}), 1, "folio train --resume");
  std::filesystem::rename(at("run/model.h5"), at("model.json"));
  expect_failure(folio({"convert", "model.json", "x.onnx", "--weights", "w.h5"}), 1,
                 "model.json: is no JSON but a model with its weights; its name must end in .h5");
  expect_failure(folio({"convert", "run", "x.onnx"}), 2,
                 "folio train --resume --output run continues it");
  write("digits.pkl", std::string("\x80\x02}q", 4));
  expect_failure(folio({"convert", "digits.pkl", "x.onnx"}), 1, "PyTorch");
}

}  // namespace
}  // namespace folio::test
