// Spline orders 2 to 5 against SciPy's affine_transform.
#include "spline_warp.h"

#include <gtest/gtest.h>

#include <cmath>

#include "keras_options.h"
#include "reference_data.h"

namespace folio::internal {
namespace {

TEST(SplineWarpTest, MatchesSciPyInEveryFillMode) {
  const nlohmann::json reference = test::read_json("augment/spline.json");
  ASSERT_EQ(reference["cases"].size(), 48U);
  for (const auto& entry : reference["cases"]) {
    const int height = entry["height"];
    const int width = entry["width"];
    const auto matrix = entry["matrix"].get<std::vector<double>>();
    const auto offset = entry["offset"].get<std::vector<double>>();
    const auto image = entry["image"].get<std::vector<float>>();
    const auto expected = entry["warped"].get<std::vector<double>>();
    // SciPy counts rows first.
    const AffineMap map{matrix[3], matrix[2], offset[1], matrix[1], matrix[0], offset[0]};
    // The same image in three channels of different strength.
    std::vector<float> channels;
    for (const float value : image) {
      for (const float factor : {1.0F, 0.5F, 0.0F}) channels.push_back(value * factor);
    }
    std::vector<float> warped(channels.size());
    spline_warp_affine(map,
                       {.fill_mode = test::fill_mode(entry["fill_mode"]),
                        .cval = 7.0F,
                        .interpolation_order = entry["order"],
                        .flip_horizontal = false,
                        .flip_vertical = false},
                       channels.data(), height, width, 3, warped.data());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string where = "order " + entry["order"].dump() + " " + entry["fill_mode"].dump() +
                                " value " + std::to_string(i);
      ASSERT_NEAR(warped[3 * i], expected[i], 1e-3) << where;
      const bool outside = warped[3 * i + 2] != 0.0F;
      ASSERT_NEAR(warped[3 * i + 1], outside ? 7.0 : 0.5 * expected[i], 1e-3) << where;
    }
  }
}

TEST(SplineWarpTest, FlipsAreThoseOfTheOtherOrders) {
  std::vector<float> image{1, 2, 3, 4, 5, 6};
  std::vector<float> warped(6);
  spline_warp_affine({1, 0, 0, 0, 1, 0},
                     {.fill_mode = FillMode::kNearest,
                      .cval = 0.0F,
                      .interpolation_order = 3,
                      .flip_horizontal = true,
                      .flip_vertical = true},
                     image.data(), 2, 3, 1, warped.data());
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(warped[i], 6.0 - i, 1e-4);
}

}  // namespace
}  // namespace folio::internal
