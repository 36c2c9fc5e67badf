#include <folio/datasets/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core/mat.hpp>

#include "message_of.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

TEST(TensorTest, StartsWithZerosOnAnAlignedAddress) {
  const Tensor tensor({3, 5});
  EXPECT_THAT(tensor.values(), testing::Each(0.0F));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64, 0U);
}

TEST(TensorTest, CopiesCopyAndMovesMove) {
  Tensor a({2}, std::vector<float>{1, 2});
  Tensor b = a;
  b[0] = 9;
  EXPECT_EQ(a[0], 1.0F);
  const float* address = b.data();
  Tensor c = std::move(b);
  EXPECT_EQ(c.data(), address);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  a = c;
  EXPECT_EQ(a[0], 9.0F);
}

TEST(TensorTest, SmallerSizesReuseMemory) {
  Tensor tensor({10, 10});
  const float* address = tensor.data();
  tensor.resize({3, 10});
  EXPECT_EQ(tensor.size(), 30U);
  tensor.resize({10, 10});
  EXPECT_EQ(tensor.data(), address);
}

TEST(TensorTest, ImagesAreViews) {
  Tensor batch({2, 3, 4, 1});
  batch.image(1).at<float>(2, 3) = 5.0F;
  EXPECT_EQ(batch[23], 5.0F);
  EXPECT_THAT(message_of([&] { (void)batch.image(2); }), HasSubstr("index 2 is out of range"));
  EXPECT_THAT(message_of([&] { (void)Tensor({2, 2}).image(0); }), HasSubstr("(2, 2)"));
}

TEST(TensorTest, WrongSizesAreRefused) {
  EXPECT_THAT(message_of([] {
                Tensor({2, 2}, std::vector<float>(3));
              }),
              HasSubstr("needs 4 values, got 3"));
  EXPECT_THAT(message_of([] { Tensor({-1}); }), HasSubstr("negative"));
  EXPECT_THAT(message_of([] { Tensor({1 << 30, 1 << 30, 1 << 30}); }), HasSubstr("does not fit"));
}

TEST(ShapeTest, PrintsAsPythonDoes) {
  EXPECT_EQ(to_string(Shape{1, 2}), "(1, 2)");
  EXPECT_EQ(to_string(Shape{3}), "(3,)");
  EXPECT_EQ(to_string(Shape{}), "()");
}

}  // namespace
}  // namespace folio
