#include <immintrin.h>

#include <cstring>

#include "resize_passes.h"

namespace folio::internal {
namespace {

constexpr std::int32_t kHalf = 1 << (kResizeBits - 1);

/// The four bytes at `from` as four numbers.
__m128i four_values(const std::uint8_t* from) {
  std::int32_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes));
}

/// Sums to levels: 32 bits to 8, saturated at both ends.
std::int32_t four_levels(__m128i sum) {
  const __m128i words = _mm_packs_epi32(_mm_srai_epi32(sum, kResizeBits), _mm_setzero_si128());
  return _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
}

/// Pixels of three or four bytes, all channels of a tap at once.
template <int kChannels>
void colour_row(const std::uint8_t* row, const ResizeTaps& taps, std::uint8_t* to, int columns) {
  for (int x = 0; x < columns; ++x, to += kChannels) {
    const std::uint8_t* from = row + std::ptrdiff_t(taps.first[x]) * kChannels;
    const std::int32_t* weight = taps.weights.data() + x * taps.most;
    __m128i sum = _mm_set1_epi32(kHalf);
    for (int i = 0; i < taps.count[x]; ++i, from += kChannels) {
      sum = _mm_add_epi32(sum, _mm_mullo_epi32(four_values(from), _mm_set1_epi32(weight[i])));
    }
    const std::int32_t levels = four_levels(sum);
    std::memcpy(to, &levels, kChannels);
  }
}

/// Grey pixels, eight taps at once.
void grey_row(const std::uint8_t* row, const ResizeTaps& taps, std::uint8_t* to, int columns) {
  for (int x = 0; x < columns; ++x) {
    const std::uint8_t* from = row + taps.first[x];
    const std::int32_t* weight = taps.weights.data() + x * taps.most;
    const int count = taps.count[x];
    __m256i wide = _mm256_setzero_si256();
    int i = 0;
    for (; i + 8 <= count; i += 8) {
      const __m256i values =
          _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + i)));
      const __m256i weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weight + i));
      wide = _mm256_add_epi32(wide, _mm256_mullo_epi32(values, weights));
    }
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    if (i + 4 <= count) {
      const __m128i weights = _mm_loadu_si128(reinterpret_cast<const __m128i*>(weight + i));
      sum = _mm_add_epi32(sum, _mm_mullo_epi32(four_values(from + i), weights));
      i += 4;
    }
    sum = _mm_hadd_epi32(sum, sum);
    sum = _mm_hadd_epi32(sum, sum);
    std::int32_t total = kHalf + _mm_cvtsi128_si32(sum);
    for (; i < count; ++i) total += from[i] * weight[i];
    to[x] = static_cast<std::uint8_t>(four_levels(_mm_cvtsi32_si128(total)));
  }
}

void across(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst) {
  // The fourth byte of the last pixel of three is not ours to read.
  const int rows = src.channels() == 3 ? src.rows - 1 : src.rows;
  for (int y = 0; y < rows; ++y) {
    const auto* from = src.ptr<std::uint8_t>(y);
    auto* to = dst.ptr<std::uint8_t>(y);
    switch (src.channels()) {
      case 1:
        grey_row(from, taps, to, dst.cols);
        break;
      case 3:
        colour_row<3>(from, taps, to, dst.cols);
        break;
      default:
        colour_row<4>(from, taps, to, dst.cols);
    }
  }
  if (rows < src.rows) {
    cv::Mat last = dst.row(rows);
    portable_resize_passes().across(src.row(rows), taps, last);
  }
}

void down(const cv::Mat& src, const ResizeTaps& taps, cv::Mat& dst) {
  const int length = src.cols * src.channels();
  for (int y = 0; y < dst.rows; ++y) {
    const std::int32_t* weight = taps.weights.data() + y * taps.most;
    const auto* first = src.ptr<std::uint8_t>(taps.first[y]);
    auto* to = dst.ptr<std::uint8_t>(y);
    int x = 0;
    for (; x + 16 <= length; x += 16) {
      __m256i low = _mm256_set1_epi32(kHalf);
      __m256i high = low;
      const std::uint8_t* from = first + x;
      for (int i = 0; i < taps.count[y]; ++i, from += src.step) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        const __m256i factor = _mm256_set1_epi32(weight[i]);
        low = _mm256_add_epi32(low, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(bytes), factor));
        high = _mm256_add_epi32(
            high, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8)), factor));
      }
      // Packing works within halves of the register; the permutation puts them in order.
      const __m256i words =
          _mm256_permute4x64_epi64(_mm256_packs_epi32(_mm256_srai_epi32(low, kResizeBits),
                                                      _mm256_srai_epi32(high, kResizeBits)),
                                   0xD8);
      _mm_storeu_si128(
          reinterpret_cast<__m128i*>(to + x),
          _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    }
    for (; x < length; ++x) {
      std::int32_t sum = kHalf;
      for (int i = 0; i < taps.count[y]; ++i) sum += first[i * src.step + x] * weight[i];
      to[x] = static_cast<std::uint8_t>(four_levels(_mm_cvtsi32_si128(sum)));
    }
  }
}

}  // namespace

ResizePasses avx2_resize_passes() { return {across, down}; }

}  // namespace folio::internal
