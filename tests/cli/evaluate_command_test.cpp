#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;

class EvaluateCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    make_digits(8);
    train_a_model();
  }
};

TEST_F(EvaluateCommandTest, JsonHasLossAccuracySamplesAndConfusion) {
  const CommandResult result = folio({"evaluate", "run/model.h5", "digits", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_EQ(figures.at("samples"), 80);
  ASSERT_EQ(figures.at("confusion").size(), 10U);
  int total = 0;
  int right = 0;
  for (std::size_t row = 0; row < 10; ++row) {
    int in_row = 0;
    for (std::size_t column = 0; column < 10; ++column) {
      const int count = figures.at("confusion").at(row).at(column);
      in_row += count;
      if (row == column) right += count;
    }
    EXPECT_EQ(in_row, 8);  // Rows are true classes.
    total += in_row;
  }
  EXPECT_EQ(total, 80);
  EXPECT_NEAR(figures.at("accuracy"), right / 80.0, 1e-12);
  EXPECT_GT(figures.at("loss"), 0.0);
}

TEST_F(EvaluateCommandTest, AgreesWithTheValidationOfTraining) {
  const CommandResult result = folio({"evaluate", "run/model.h5", "digits", "--validation-split",
                                      "0.25", "--subset", "validation", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json figures = Json::parse(result.out);
  EXPECT_EQ(figures.at("samples"), 20);
  const std::string history = text_of("run/history.csv");
  const std::size_t line = history.find('\n') + 1;
  // Columns: epoch, accuracy, loss, val_accuracy, val_loss.
  ASSERT_EQ(history.substr(0, line), "epoch,accuracy,loss,val_accuracy,val_loss\n");
  std::vector<double> values;
  std::string rest = history.substr(line);
  for (std::size_t place = 0; place != std::string::npos;) {
    const std::size_t comma = rest.find(',', place);
    values.push_back(std::stod(rest.substr(place)));
    place = comma == std::string::npos ? comma : comma + 1;
  }
  ASSERT_EQ(values.size(), 5U);
  EXPECT_NEAR(figures.at("accuracy"), values[3], 1e-6);
  EXPECT_NEAR(figures.at("loss"), values[4], 1e-4);
}

TEST_F(EvaluateCommandTest, BatchSizeAndThreadsDoNotMatter) {
  const Json one =
      Json::parse(folio({"evaluate", "run/model.h5", "digits", "--json", "--threads", "1"}).out);
  const Json two =
      Json::parse(folio({"evaluate", "run/model.h5", "digits", "--json", "--threads", "2"}).out);
  EXPECT_EQ(one, two);
  const Json small =
      Json::parse(folio({"evaluate", "run/model.h5", "digits", "--json", "--batch-size", "7"}).out);
  EXPECT_EQ(small.at("confusion"), one.at("confusion"));
  EXPECT_NEAR(small.at("loss"), one.at("loss"), 1e-5);
}

TEST_F(EvaluateCommandTest, TextShowsTheSameFigures) {
  const CommandResult result = folio({"evaluate", "run/model.h5", "digits"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"Found 80 images belonging to 10 classes.",
                           "loss: ", "accuracy: ", "samples: 80", "confusion"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  }
}

TEST_F(EvaluateCommandTest, ArchitectureAloneIsRefused) {
  ASSERT_EQ(folio({"convert", "run/model.h5", "net.json"}).exit_code, 0);
  ASSERT_EQ(folio({"convert", "run/model.h5", "net.weights.h5"}).exit_code, 0);
  for (const char* command : {"evaluate", "predict"}) {
    expect_failure(folio({command, "net.json", "digits"}), 2,
                   "net.json is an architecture alone; give its weights with --weights");
  }
  EXPECT_EQ(folio({"evaluate", "net.json", "digits", "--weights", "net.weights.h5"}).exit_code, 0);
}

}  // namespace
}  // namespace folio::test
