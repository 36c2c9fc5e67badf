// The versions for AVX2 against the portable ones: the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

#include "linear_row.h"
#include "resize_passes.h"

namespace folio::internal {
namespace {

#ifdef FOLIO_X86_KERNELS

class VectorKernelsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "SKIPPED: this processor has no AVX2";
  }
};

std::vector<float> warped(LinearRowKernel kernel, const cv::Mat& image, int first, int last,
                          bool mirrored) {
  std::vector<float> to(static_cast<std::size_t>(image.cols) * image.channels() + 4, -1.0F);
  kernel({.src = image.ptr<float>(),
          .height = image.rows,
          .width = image.cols,
          .step_x = 0.93,
          .start_x = -1.7,
          .step_y = 0.21,
          .start_y = 0.4,
          .first = first,
          .last = last,
          .mirrored = mirrored,
          .to = to.data()});
  return to;
}

TEST_F(VectorKernelsTest, LinearRowGivesTheBitsOfThePortableVersion) {
  for (const int channels : {1, 3, 4}) {
    for (const int width : {2, 5, 8, 33}) {
      cv::Mat padded(7, width, CV_32FC(channels));
      cv::theRNG().state = 5;
      cv::randu(padded, 0, 255);
      const cv::Mat image = padded.rowRange(0, 6);  // The last row is what may be read beyond.
      for (const bool mirrored : {false, true}) {
        for (const int first : {0, 1}) {
          EXPECT_EQ(warped(avx2_linear_row_kernel(channels), image, first, width, mirrored),
                    warped(portable_linear_row_kernel(channels), image, first, width, mirrored))
              << channels << " channels, width " << width << ", mirrored " << mirrored;
        }
      }
    }
  }
  EXPECT_EQ(avx2_linear_row_kernel(2), nullptr);
}

// Taps of any kind: also negative ones, whose sums leave 0..255.
ResizeTaps some_taps(int inputs, int outputs) {
  ResizeTaps taps;
  taps.most = 11;
  for (int out = 0; out < outputs; ++out) {
    const int first = out * (inputs - 1) / outputs;
    taps.first.push_back(first);
    taps.count.push_back(std::min(inputs - first, 1 + out % 11));
    for (int i = 0; i < 11; ++i) {
      taps.weights.push_back((i % 3 == 1 ? -1 : 1) * (1 << kResizeBits) / (2 + (out + i) % 4));
    }
  }
  return taps;
}

TEST_F(VectorKernelsTest, ResizePassesGiveTheBytesOfThePortableVersion) {
  for (const int channels : {1, 3, 4}) {
    cv::Mat image(23, 37, CV_8UC(channels));
    cv::theRNG().state = 7;
    cv::randu(image, 0, 256);
    const auto difference = [&](auto pass, cv::Size size, const ResizeTaps& taps) {
      cv::Mat expected(size, image.type());
      cv::Mat got(size, image.type());
      const ResizePasses portable = portable_resize_passes();
      const ResizePasses avx2 = avx2_resize_passes();
      (portable.*pass)(image, taps, expected);
      (avx2.*pass)(image, taps, got);
      return cv::norm(expected, got, cv::NORM_INF);
    };
    EXPECT_EQ(difference(&ResizePasses::across, {19, 23}, some_taps(37, 19)), 0.0) << channels;
    EXPECT_EQ(difference(&ResizePasses::down, {37, 9}, some_taps(23, 9)), 0.0) << channels;
  }
}

#endif

}  // namespace
}  // namespace folio::internal
