// Keras' flow_from_dataframe, from tables.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/csv_samples.h>
#include <folio/pipeline/image_data_generator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "digits.h"
#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::kDigits;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class CsvFlowTest : public testing::Test {
 protected:
  [[nodiscard]] std::string table(const std::string& text) const {
    write_file(directory_.path("t.csv"), text);
    return directory_.path("t.csv");
  }
  /// One batch of a table's images, in order.
  [[nodiscard]] Batch batch(const std::string& text, CsvOptions csv, FlowOptions flow = {},
                            const ImageDataGeneratorOptions& generator = {}) const {
    csv.directory = kDigits;
    flow.target_size = {4, 4};
    flow.shuffle = false;
    BatchStream stream = ImageDataGenerator(generator).flow_from_csv(table(text), csv, flow);
    notices_ = stream.notices();
    class_names_ = stream.class_names();
    return stream.next();
  }
  [[nodiscard]] std::string refusal(const std::string& text, CsvOptions csv,
                                    FlowOptions flow = {}) const {
    return test::message_of([&] { (void)batch(text, std::move(csv), std::move(flow)); });
  }
  static std::vector<float> values(const Tensor& tensor) {
    return {tensor.values().begin(), tensor.values().end()};
  }
  void SetUp() override {
    // Names of the reference digits differ; take what is there.
    BatchStream digits = ImageDataGenerator().flow_from_directory(kDigits, {.target_size = {4, 4}});
    for (int label = 0; label < 4; ++label) files_.push_back(digits.filenames()[7 * label]);
  }

  test::TemporaryDirectory directory_;
  std::vector<std::string> files_;  ///< One of each of the classes 0 to 3.
  mutable std::vector<std::string> notices_;
  mutable std::vector<std::string> class_names_;
};

TEST_F(CsvFlowTest, LabelsAndPixelsAreThoseOfTheRows) {
  // Byte order mark, CR LF, quotes, columns in any order.
  const Batch read = batch(
      "\xEF\xBB\xBF"
      "class,note,filename\r\n\"b, c\",\"x \"\"y\"\"\"," +
          files_[0] + "\r\na,," + files_[1] + "\r\n",
      {});
  EXPECT_THAT(class_names_, ElementsAre("a", "b, c"));
  EXPECT_THAT(values(read.y), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(read.files, ElementsAre(files_[0], files_[1]));
  BatchStream folders = ImageDataGenerator().flow_from_directory(
      kDigits, {.target_size = {4, 4}, .batch_size = 1, .shuffle = false});
  EXPECT_THAT(values(Tensor({48}, read.x.row(0))),
              testing::ElementsAreArray(folders.next().x.values()));
}

TEST_F(CsvFlowTest, ColumnsClassesAndWeightsAreChosen) {
  const std::string text = "file,kind,w\n" + files_[0] + ",cat,0.5\n" + files_[1] + ",dog,2\n" +
                           files_[2] + ",cow,1\n" + files_[3] + ",cat,1e-1\n";
  const Batch read = batch(text, {.x_col = "file", .y_col = {"kind"}, .weight_col = "w"},
                           {.classes = {"dog", "cat", "dog"}, .class_mode = ClassMode::kBinary});
  EXPECT_THAT(class_names_, ElementsAre("dog", "cat"));
  EXPECT_THAT(values(read.y), ElementsAre(1, 0, 1));
  EXPECT_THAT(values(read.sample_weight), ElementsAre(0.5F, 2.0F, 0.1F));
  EXPECT_THAT(notices_, ElementsAre(HasSubstr("of other classes: 1")));
}

TEST_F(CsvFlowTest, RawTakesOneColumnOrSeveral) {
  const std::string text = "filename,a,b\n" + files_[0] + ",1.5,-2\n" + files_[1] + ",3,4e2\n";
  const Batch one = batch(text, {.y_col = {"b"}}, {.class_mode = ClassMode::kRaw});
  EXPECT_EQ(one.y.shape(), (Shape{2}));
  EXPECT_THAT(values(one.y), ElementsAre(-2, 400));
  const Batch two = batch(text, {.y_col = {"b", "a"}}, {.class_mode = ClassMode::kRaw});
  EXPECT_EQ(two.y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(two.y), ElementsAre(-2, 1.5F, 400, 3));
  // Under multi_output a column is the label of one output, also where there is only one.
  const Batch outputs = batch(text, {.y_col = {"b", "a"}}, {.class_mode = ClassMode::kMultiOutput});
  EXPECT_EQ(outputs.y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(outputs.y), ElementsAre(-2, 1.5F, 400, 3));
  EXPECT_EQ(batch(text, {.y_col = {"b"}}, {.class_mode = ClassMode::kMultiOutput}).y.shape(),
            (Shape{2, 1}));
  const Batch none = batch(text, {.y_col = {}}, {.class_mode = ClassMode::kNone});
  EXPECT_TRUE(none.y.empty());
}

TEST_F(CsvFlowTest, SeveralLabelsMakeSeveralOnes) {
  const std::string text = "filename,class\n" + files_[0] + ",cat|wet\n" + files_[1] + ",dog\n" +
                           files_[2] + ",cow\n" + files_[3] + ",wet|cow|dog\n";
  EXPECT_THAT(values(batch(text, {.label_separator = "|"}).y), ElementsAre(1, 0, 0, 1,  //
                                                                           0, 0, 1, 0,  //
                                                                           0, 1, 0, 0,  //
                                                                           0, 1, 1, 1));
  // Labels of other classes are left out, and rows that have no other.
  const Batch some = batch(text, {.label_separator = "|"}, {.classes = {"wet", "dog"}});
  EXPECT_THAT(values(some.y), ElementsAre(1, 0, 0, 1, 1, 1));
  EXPECT_THAT(some.files, ElementsAre(files_[0], files_[1], files_[3]));
}

TEST_F(CsvFlowTest, SubsetsAreTheFirstRowsAndTheOthers) {
  const std::string text = "filename,class,w\n" + files_[0] + ",a,2\n" + files_[1] + ",a,3\n" +
                           files_[2] + ",b,4\n" + files_[3] + ",b,5\n";
  const auto weights = [&](Subset subset, const std::string& separator) {
    return values(batch(text, {.weight_col = "w", .label_separator = separator}, {.subset = subset},
                        {.validation_split = 0.3})
                      .sample_weight);
  };
  for (const char* separator : {"", "|"}) {
    EXPECT_THAT(weights(Subset::kValidation, separator), ElementsAre(2));  // int(0.3 * 4)
    EXPECT_THAT(weights(Subset::kTraining, separator), ElementsAre(3, 4, 5));
  }
  EXPECT_THAT(batch(text, {.label_separator = "|"}, {.subset = Subset::kTraining},
                    {.validation_split = 0.3})
                  .y.values(),
              ElementsAre(1, 0, 0, 1, 0, 1));
}

TEST_F(CsvFlowTest, FilesThatAreNotThereAreLeftOutOrTold) {
  const std::string text =
      "filename,class\nnone.png,a\n" + files_[0] + ",a\nnotes.txt,a\n0,b\n" + files_[1] + ",b\n";
  EXPECT_THAT(batch(text, {}).files, ElementsAre(files_[0], files_[1]));
  EXPECT_THAT(notices_, ElementsAre(AllOf(HasSubstr("column 'filename': 3"),
                                          HasSubstr("none.png (line 2)"))));
  EXPECT_THAT(refusal(text, {.validate_filenames = false}),
              AllOf(HasSubstr("none.png"), HasSubstr("No such file")));
  EXPECT_THAT(refusal("filename,class\nnone.png,a\n", {}),
              AllOf(HasSubstr("no row is left"), HasSubstr("none.png (line 2)")));
}

TEST_F(CsvFlowTest, MistakesAreToldWithTheirLine) {
  const std::string head = "filename,class,w\n" + files_[0] + ",a,1\n";
  EXPECT_THAT(refusal(head, {.x_col = "path"}),
              AllOf(HasSubstr("no column 'path'"), HasSubstr("'w'")));
  EXPECT_THAT(refusal(head + files_[1] + ",b,heavy\n", {.weight_col = "w"}),
              AllOf(HasSubstr("line 3"), HasSubstr("column 'w' must be a number, got 'heavy'")));
  EXPECT_THAT(refusal(head + files_[1] + ",,1\n", {}),
              AllOf(HasSubstr("line 3"), HasSubstr("column 'class' has an empty label")));
  EXPECT_THAT(refusal(head + ",b,1\n", {}), AllOf(HasSubstr("line 3"), HasSubstr("is empty")));
  EXPECT_THAT(refusal(head + files_[1] + ",b\n", {}), HasSubstr("line 3"));
  EXPECT_THAT(refusal(head, {.y_col = {"w", "class"}}, {.class_mode = ClassMode::kRaw}),
              HasSubstr("column 'class' must be a number, got 'a'"));
}

TEST_F(CsvFlowTest, OptionsThatContradictEachOtherAreRefused) {
  const std::string text = "filename,class,w\n" + files_[0] + ",a,1\n";
  EXPECT_THAT(refusal(text, {.y_col = {"class", "w"}}), HasSubstr("one column"));
  EXPECT_THAT(refusal(text, {.y_col = {}}, {.class_mode = ClassMode::kMultiOutput}),
              HasSubstr("at least one column"));
  EXPECT_THAT(refusal(text, {}, {.class_mode = ClassMode::kBinary}),
              HasSubstr("two classes, got 1"));
  EXPECT_THAT(refusal(text, {.label_separator = "|"}, {.class_mode = ClassMode::kSparse}),
              HasSubstr("categorical"));
  EXPECT_THAT(refusal(text, {}, {.subset = Subset::kTraining}), HasSubstr("validation_split"));
  EXPECT_THAT(test::message_of([] {
                (void)ImageDataGenerator().flow_from_directory(kDigits,
                                                               {.class_mode = ClassMode::kRaw});
              }),
              HasSubstr("flow_from_csv"));
}

}  // namespace
}  // namespace folio
