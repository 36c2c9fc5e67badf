#include <folio/augment/numpy_random.h>
#include <gtest/gtest.h>

#include "reference_data.h"

namespace folio {
namespace {

TEST(NumpyRandomTest, ReproducesNumpysStream) {
  const nlohmann::json reference = test::read_json("augment/rng.json");
  for (const auto& entry : reference["cases"]) {
    NumpyRandom random(entry["seed"].get<std::uint32_t>());
    for (const double expected : entry["uniform(-0.2,0.2)x5"]) {
      ASSERT_EQ(random.uniform(-0.2, 0.2), expected);
    }
    for (const double expected : entry["random()x3"]) ASSERT_EQ(random.random(), expected);
    for (const std::size_t count : {1U, 10U, 1000U}) {
      const auto expected = entry["permutation(" + std::to_string(count) + ")"];
      ASSERT_EQ(random.permutation(count), expected.get<std::vector<std::size_t>>());
    }
    for (const int expected : entry["choice([-1,1])x8"]) {
      ASSERT_EQ(random.choice(2) == 0 ? -1 : 1, expected);
    }
    for (const std::uint32_t expected : entry["choice(7)x6"]) ASSERT_EQ(random.choice(7), expected);
    for (const int expected : entry["choice([3,5,9])x6"]) {
      ASSERT_EQ((std::array<int, 3>{3, 5, 9}.at(random.choice(3))), expected);
    }
    for (const std::uint32_t expected : entry["randint(1e7)x3"]) {
      ASSERT_EQ(random.choice(10000000), expected);
    }
  }
}

}  // namespace
}  // namespace folio
