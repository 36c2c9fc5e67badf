#include <folio/augment/options.h>
#include <folio/datasets/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace folio {
namespace {

std::string refusal(const ImageDataGeneratorOptions& options) {
  try {
    options.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "accepted";
}

TEST(ImageDataGeneratorOptionsTest, DefaultsAreValid) { EXPECT_EQ(refusal({}), "accepted"); }

TEST(ImageDataGeneratorOptionsTest, RefusalsNameArgumentAndValue) {
  EXPECT_EQ(refusal({.validation_split = 1.5}),
            "validation_split must be strictly between 0 and 1, got 1.5");
  EXPECT_EQ(
      refusal({.interpolation_order = 7}),
      "interpolation_order must be 0 (nearest), 1 (linear) or 2 to 5 (splines of that order), "
      "got 7");
  EXPECT_THAT(refusal({.rotation_range = NAN}), testing::HasSubstr("rotation_range"));
  EXPECT_THAT(refusal({.height_shift_range = {0.1, INFINITY}}),
              testing::HasSubstr("height_shift_range"));
  EXPECT_THAT(refusal({.brightness_range = {{-1.0, 1.0}}}), testing::HasSubstr("brightness_range"));
}

}  // namespace
}  // namespace folio
