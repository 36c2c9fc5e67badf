// Whole batches of flow_from_directory against Keras' own, across the end of an epoch.
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/json_options.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reference_data.h"

namespace folio {
namespace {

class KerasBatchesTest : public testing::TestWithParam<int> {};

TEST_P(KerasBatchesTest, AreReproduced) {
  const nlohmann::json reference = test::read_json("pipeline/batches.json");
  const auto& entry = reference["cases"].at(static_cast<std::size_t>(GetParam()));
  nlohmann::json arguments = entry["generator"];
  arguments["axis_convention"] = "keras3";
  const ImageDataGenerator generator(parse_generator_options(arguments.dump()));
  const std::string root = test::data_path("pipeline/" + entry["root"].get<std::string>());
  BatchStream stream =
      generator.flow_from_directory(root, parse_flow_options(entry["flow"].dump()));

  EXPECT_EQ(stream.samples(), entry["samples"].get<std::size_t>());
  EXPECT_EQ(stream.filenames(), entry["filenames"].get<std::vector<std::string>>());
  EXPECT_EQ(stream.class_indices(), (entry["class_indices"].get<std::map<std::string, int>>()));

  const bool standardised =
      arguments.contains("rescale") || arguments.contains("samplewise_center");
  const bool truncated = arguments.contains("brightness_range");
  const double tolerance = standardised ? 1e-4 : 1e-3;
  for (std::size_t k = 0; k < entry["batches"].size(); ++k) {
    const Batch& batch = stream.next();
    EXPECT_EQ(batch.number, k);
    EXPECT_EQ(batch.indices, entry["batches"][k]["indices"].get<std::vector<std::size_t>>());
    EXPECT_EQ(batch.files, entry["batches"][k]["files"].get<std::vector<std::string>>());
    const auto pixels = entry["pixels"].get<std::vector<std::size_t>>();
    if (std::find(pixels.begin(), pixels.end(), k) == pixels.end()) continue;

    std::string id = std::to_string(GetParam());
    id.insert(0, 2 - id.size(), '0');
    const std::string stem = test::data_path("pipeline/batches/" + id + "_" + std::to_string(k));
    const Tensor x = read_npy(stem + "_x.npy");
    ASSERT_EQ(batch.x.shape(), x.shape());
    std::size_t off_by_one = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double difference = std::abs(batch.x[i] - x[i]);
      if (truncated && difference > tolerance && difference <= 1.001) {
        ++off_by_one;
        continue;
      }
      ASSERT_LE(difference, tolerance) << "batch " << k << " value " << i;
    }
    EXPECT_LE(off_by_one, x.size() / 1000);
    switch (stream.options().class_mode) {
      case ClassMode::kNone:
        EXPECT_TRUE(batch.y.empty());
        break;
      case ClassMode::kInput:
        for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(batch.y[i], batch.x[i]);
        break;
      default: {
        const Tensor y = read_npy(stem + "_y.npy");
        ASSERT_EQ(batch.y.shape(), y.shape());
        for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(batch.y[i], y[i]);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, KerasBatchesTest, testing::Range(0, 14));

}  // namespace
}  // namespace folio
