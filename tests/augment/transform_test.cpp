#include <folio/augment/transform.h>
#include <folio/datasets/error.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core/mat.hpp>

#include "keras_options.h"
#include "reference_data.h"

namespace folio {
namespace {

TransformParameters parameters_from(const nlohmann::json& json) {
  TransformParameters p;
  p.theta = json.value("theta", 0.0);
  p.tx = json.value("tx", 0.0);
  p.ty = json.value("ty", 0.0);
  p.shear = json.value("shear", 0.0);
  p.zx = json.value("zx", 1.0);
  p.zy = json.value("zy", 1.0);
  p.flip_horizontal = json.value("flip_horizontal", false);
  p.flip_vertical = json.value("flip_vertical", false);
  const auto optional = [&](const char* key, std::optional<double>& value) {
    if (json.contains(key) && !json[key].is_null()) value = json[key].get<double>();
  };
  optional("channel_shift_intensity", p.channel_shift_intensity);
  optional("brightness", p.brightness);
  return p;
}

TEST(DrawTransformTest, ReproducesKerasToTheLastBit) {
  const nlohmann::json reference = test::read_json("augment/random_transform.json");
  ASSERT_GT(reference["cases"].size(), 50U);
  for (const auto& entry : reference["cases"]) {
    NumpyRandom random(entry["seed"].get<std::uint32_t>());
    const TransformParameters drawn = draw_transform(test::keras_options(entry["config"]),
                                                     entry["shape"][0], entry["shape"][1], random);
    EXPECT_EQ(drawn, parameters_from(entry["params"])) << entry.dump();
  }
}

class ApplyTransformTest : public testing::TestWithParam<AxisConvention> {};

TEST_P(ApplyTransformTest, MatchesKeras) {
  const nlohmann::json reference = test::read_json("augment/apply.json");
  ASSERT_GT(reference["cases"].size(), 50U);
  for (const auto& entry : reference["cases"]) {
    ImageDataGeneratorOptions options;
    options.interpolation_order = entry["interpolation_order"];
    options.fill_mode = test::fill_mode(entry["fill_mode"]);
    options.cval = entry["cval"];
    options.axis_convention = GetParam();
    std::string id = std::to_string(entry["id"].get<int>());
    id.insert(0, 3 - id.size(), '0');
    const std::string stem = test::data_path("augment/apply/" + id);
    const Tensor input = read_npy(stem + "_in.npy");
    const Tensor expected =
        read_npy(stem + (GetParam() == AxisConvention::kCorrect ? "_correct.npy" : "_keras3.npy"));
    Tensor output(expected.shape());
    apply_transform(options, parameters_from(entry["params"]), input.image(0), output.values());
    const bool truncated = !entry["params"].value("brightness", nlohmann::json()).is_null();
    std::size_t off_by_one = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = std::abs(output[i] - expected[i]);
      if (truncated && difference > 1e-3 && difference < 1.5) {
        ++off_by_one;  // A warped value on the other side of a whole number.
        continue;
      }
      ASSERT_LE(difference, 1e-3) << "case " << entry.dump() << " value " << i;
    }
    EXPECT_LE(off_by_one, 1 + expected.size() / 1000) << entry.dump();
  }
}

INSTANTIATE_TEST_SUITE_P(Conventions, ApplyTransformTest,
                         testing::Values(AxisConvention::kCorrect, AxisConvention::kKeras3));

Tensor ramp() {
  Tensor image({4, 4, 1});
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i);
  return image;
}

Tensor applied(const TransformParameters& parameters, const Tensor& image,
               const ImageDataGeneratorOptions& options = {}) {
  Tensor output(image.shape());
  apply_transform(options, parameters, image.image(0), output.values());
  return output;
}

TEST(TransformTest, HeightShiftMovesVertically) {
  const Tensor moved = applied({.tx = 1.0}, ramp());
  EXPECT_EQ(moved[0], 4.0F);
  EXPECT_EQ(moved[15], 15.0F);
  const Tensor keras = applied({.tx = 1.0}, ramp(), {.axis_convention = AxisConvention::kKeras3});
  EXPECT_EQ(keras[0], 1.0F);
}

TEST(TransformTest, HalfTurnOfAnOblongImageIsExact) {
  Tensor image({5, 9, 1});
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i);
  const Tensor turned = applied({.theta = 180.0}, image);
  for (std::size_t i = 0; i < image.size(); ++i) {
    EXPECT_NEAR(turned[i], image[image.size() - 1 - i], 1e-4);
  }
}

TEST(TransformTest, ConstantFillIsExactOutsideTheImage) {
  const Tensor turned =
      applied({.theta = 30.0}, ramp(), {.fill_mode = FillMode::kConstant, .cval = -1.0});
  const std::vector<float> expected{-1, -1,     4.4869F,  -1,       1.7189F, 4.5849F,  7.451F, -1,
                                    -1, 7.549F, 10.4151F, 13.2811F, -1,      10.5131F, -1,     -1};
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(turned[i], expected[i], 1e-4) << i;
}

// Shears that leave the first pixel of row 8 where it is, but for rounding. What NumPy and SciPy
// make of it for 1, 2, ... 12 degrees.
TEST(TransformTest, PixelsOnTheEdgeAreInsideOrOutsideAsInScipy) {
  const std::vector<float> expected{0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0};
  const Tensor image({45, 17, 1}, std::vector<float>(45 * 17, 1.0F));
  for (const int order : {1, 3}) {
    std::vector<float> found;
    for (int degrees = 1; degrees <= 12; ++degrees) {
      const Tensor sheared = applied({.shear = static_cast<double>(degrees)}, image,
                                     {.fill_mode = FillMode::kConstant,
                                      .interpolation_order = order,
                                      .axis_convention = AxisConvention::kKeras3});
      found.push_back(std::round(sheared[8 * 17]));
    }
    EXPECT_EQ(found, expected) << order;
  }
}

TEST(TransformTest, ChannelShiftStaysInTheImagesRange) {
  const Tensor image({1, 6, 1}, std::vector<float>{0, 10, 20, 100, 250, 255});
  const Tensor shifted = applied({.channel_shift_intensity = 50.0}, image);
  EXPECT_EQ((std::vector<float>(shifted.values().begin(), shifted.values().end())),
            (std::vector<float>{50, 60, 70, 150, 255, 255}));
}

TEST(TransformTest, BrightnessTruncatesLikeKeras) {
  const Tensor image({1, 3, 1}, std::vector<float>{10.7F, 100.2F, 254.9F});
  const Tensor brighter = applied({.brightness = 1.3}, image);
  EXPECT_EQ((std::vector<float>(brighter.values().begin(), brighter.values().end())),
            (std::vector<float>{13, 130, 255}));
}

TEST(TransformTest, EightBitImagesGiveTheSameAsFloats) {
  cv::Mat bytes(9, 7, CV_8UC3);
  Tensor floats({9, 7, 3});
  for (std::size_t i = 0; i < floats.size(); ++i) {
    bytes.data[i] = static_cast<std::uint8_t>(i * 37);
    floats[i] = bytes.data[i];
  }
  for (const TransformParameters& parameters :
       {TransformParameters{.theta = 20, .zx = 0.8}, TransformParameters{.flip_horizontal = true},
        TransformParameters{}}) {
    const Tensor expected = applied(parameters, floats);
    Tensor output(floats.shape());
    apply_transform({}, parameters, bytes, output.values());
    for (std::size_t i = 0; i < output.size(); ++i) ASSERT_EQ(output[i], expected[i]);
  }
}

TEST(TransformTest, TargetOfAnotherSizeIsRefused) {
  Tensor output({3, 3, 1});
  EXPECT_THROW(apply_transform({}, {}, ramp().image(0), output.values()), Error);
}

}  // namespace
}  // namespace folio
