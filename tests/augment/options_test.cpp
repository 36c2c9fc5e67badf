#include <folio/augment/options.h>
#include <folio/datasets/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "message_of.h"

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
  // Ranges to either side are extents; shifts are not, where Keras gives a sign a meaning.
  EXPECT_EQ(refusal({.rotation_range = -15}),
            "rotation_range must be a number of degrees, at least 0, got -15");
  EXPECT_THAT(refusal({.shear_range = -1}), testing::HasSubstr("shear_range"));
  EXPECT_EQ(refusal({.channel_shift_range = -3}),
            "channel_shift_range must be a number of grey levels, at least 0, got -3");
  EXPECT_THAT(refusal({.hue_range = -3}), testing::HasSubstr("hue_range"));
  EXPECT_EQ(test::message_of([] { (void)ZoomRange(-1.0); }),
            "zoom_range must be at least 0 (or a pair, from and to), got -1");
  EXPECT_EQ(refusal({.width_shift_range = -3, .zoom_range = {1.2, 0.8}}), "accepted");
  EXPECT_THAT(refusal({.height_shift_range = {0.1, INFINITY}}),
              testing::HasSubstr("height_shift_range"));
  EXPECT_THAT(refusal({.brightness_range = {{-1.0, 1.0}}}), testing::HasSubstr("brightness_range"));
}

}  // namespace
}  // namespace folio
