#include <folio/datasets/error.h>
#include <folio/pipeline/json_options.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace folio {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& generator, const std::string& flow = "{}") {
  try {
    parse_generator_options(generator);
    parse_flow_options(flow);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "accepted";
}

TEST(JsonOptionsTest, ShiftRangesKeepKerasKinds) {
  const auto options = parse_generator_options(
      R"({"width_shift_range": 2, "height_shift_range": 2.0, "zoom_range": [0.5, 2]})");
  EXPECT_EQ(options.width_shift_range, ShiftRange(2));
  EXPECT_EQ(options.height_shift_range, ShiftRange(2.0));
  EXPECT_EQ(options.zoom_range, ZoomRange(0.5, 2.0));
  EXPECT_EQ(parse_generator_options(R"({"width_shift_range": [-1, 1]})").width_shift_range,
            (ShiftRange{-1.0, 1.0}));
}

TEST(JsonOptionsTest, NullMeansTheDefaultExceptForClassMode) {
  EXPECT_FALSE(parse_generator_options(R"({"brightness_range": null})").brightness_range);
  EXPECT_EQ(parse_flow_options(R"({"class_mode": null})").class_mode, ClassMode::kNone);
}

TEST(JsonOptionsTest, UnknownArgumentsSuggestTheNearest) {
  EXPECT_THAT(refusal(R"({"zoom_rnage": 0.2})"),
              AllOf(HasSubstr("'zoom_rnage'"), HasSubstr("did you mean \"zoom_range\"?")));
  EXPECT_THAT(refusal("{}", R"({"class_mode": "categorial"})"),
              AllOf(HasSubstr("class_mode"), HasSubstr("did you mean \"categorical\"?")));
}

TEST(JsonOptionsTest, WrongTypesNameArgumentAndValue) {
  EXPECT_THAT(refusal(R"({"rotation_range": "a"})"), HasSubstr("rotation_range must be a number"));
  EXPECT_THAT(refusal(R"({"horizontal_flip": 1})"), HasSubstr("true or false, got 1"));
  EXPECT_THAT(refusal("{}", R"({"target_size": 28})"), HasSubstr("pair of integers"));
  EXPECT_THAT(refusal("{}", R"({"seed": -1})"), HasSubstr("seed must be"));
  EXPECT_THAT(refusal("{}", R"({"batch_size": 0})"), HasSubstr("batch_size must be positive"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(refusal("{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(R"({"validation_split": 1.5})"), HasSubstr("validation_split"));
}

TEST(JsonOptionsTest, WhatKerasDoesNotHaveIsReadToo) {
  EXPECT_EQ(parse_generator_options(R"({"random_erase": 0.3})").random_erase,
            (RandomErase{.probability = 0.3}));
  EXPECT_EQ(parse_generator_options(R"({"random_erase": {"probability": 1, "area": [0.1, 0.2],
                                        "ratio": [1, 2], "value": 7}})")
                .random_erase,
            (RandomErase{.probability = 1.0, .area = {0.1, 0.2}, .ratio = {1.0, 2.0}, .value = 7}));
  EXPECT_EQ(parse_flow_options(R"({"max_bad": "5%"})").max_bad, 0.05);
  EXPECT_EQ(parse_flow_options(R"({"max_bad": 0.1})").max_bad, 0.1);
  EXPECT_EQ(parse_flow_options(R"({"cache_memory": 5000000000})").cache_memory, 5000000000U);
  EXPECT_THAT(refusal(R"({"random_erase": {"share": 1}})"), HasSubstr("random_erase"));
  EXPECT_THAT(refusal("{}", R"({"max_bad": "5"})"), HasSubstr("max_bad must be a share"));
  EXPECT_THAT(refusal("{}", R"({"max_bad": "500%"})"), HasSubstr("max_bad must be in [0, 1]"));
  EXPECT_THAT(refusal("{}", R"({"cache_memory": -1})"), HasSubstr("number of bytes"));
}

TEST(JsonOptionsTest, WrittenOptionsReadBack) {
  const std::string generator =
      to_json(parse_generator_options(R"({"rotation_range": 10, "width_shift_range": [1, 2],
        "brightness_range": [0.5, 1.5], "fill_mode": "wrap", "rescale": 0.00392156862745098,
        "contrast_range": [0.5, 1], "saturation_range": [0, 2], "hue_range": 20,
        "random_erase": 0.5, "mixup_alpha": 0.2, "cutmix_alpha": 1})"));
  EXPECT_EQ(to_json(parse_generator_options(generator)), generator);
  EXPECT_THAT(generator, HasSubstr(R"("rescale":0.00392156862745098)"));
  const std::string flow = to_json(
      parse_flow_options(R"({"classes": ["a", "b"], "subset": "training", "seed": 4294967295,
        "color_mode": "grayscale", "interpolation": "lanczos", "exif_orientation": true,
        "balance_classes": true, "cache_file": "c", "save_to_dir": "d", "save_prefix": "p",
        "save_format": "jpeg", "max_bad": 0.5})"));
  EXPECT_EQ(to_json(parse_flow_options(flow)), flow);
}

}  // namespace
}  // namespace folio
