// Compiled for AVX2 without FMA, so that the results are those of the portable version bit by bit.
#include <immintrin.h>

#include <algorithm>

#include "linear_row.h"

namespace folio::internal {
namespace {

/// Where four neighbouring output pixels come from along one axis.
struct Taps {
  __m128i first;  ///< Index of the lower tap.
  __m128 weight;  ///< Of the upper tap.
};

Taps taps(__m256d column, __m256d step, __m256d start, int size) {
  const __m256d at = _mm256_add_pd(_mm256_mul_pd(step, column), start);
  const __m256d inside =
      _mm256_max_pd(_mm256_min_pd(at, _mm256_set1_pd(size - 1)), _mm256_setzero_pd());
  const __m128i first = _mm_min_epi32(_mm256_cvttpd_epi32(inside), _mm_set1_epi32(size - 2));
  return {first, _mm256_cvtpd_ps(_mm256_sub_pd(inside, _mm256_cvtepi32_pd(first)))};
}

/// Output pixels [target, target + 4) of a row.
class Columns {
 public:
  explicit Columns(const LinearRow& row)
      : row_(row),
        step_x_(_mm256_set1_pd(row.step_x)),
        start_x_(_mm256_set1_pd(row.start_x)),
        step_y_(_mm256_set1_pd(row.step_y)),
        start_y_(_mm256_set1_pd(row.start_y)) {}

  void at(int target, Taps& x, Taps& y) const {
    const __m256d column =
        row_.mirrored
            ? _mm256_sub_pd(_mm256_set1_pd(row_.width - 1 - target), _mm256_setr_pd(0, 1, 2, 3))
            : _mm256_add_pd(_mm256_set1_pd(target), _mm256_setr_pd(0, 1, 2, 3));
    x = taps(column, step_x_, start_x_, row_.width);
    y = taps(column, step_y_, start_y_, row_.height);
  }

 private:
  const LinearRow& row_;
  __m256d step_x_, start_x_, step_y_, start_y_;
};

int first_target(const LinearRow& row) { return row.mirrored ? row.width - row.last : row.first; }
int last_target(const LinearRow& row) { return row.mirrored ? row.width - row.first : row.last; }

__m128 mix(__m128 a, __m128 b, __m128 weight) {
  return _mm_add_ps(a, _mm_mul_ps(weight, _mm_sub_ps(b, a)));
}

__m256 mix(__m256 a, __m256 b, __m256 weight) {
  return _mm256_add_ps(a, _mm256_mul_ps(weight, _mm256_sub_ps(b, a)));
}

/// Calls `four(target)` for groups of four output pixels that cover the row; the last group may
/// overlap the one before it.
template <typename Four>
void cover(const LinearRow& row, int channels, Four four) {
  const int first = first_target(row);
  const int last = last_target(row);
  if (last - first < 4) return portable_linear_row_kernel(channels)(row);
  for (int target = first; target + 4 <= last; target += 4) four(target);
  if ((last - first) % 4 != 0) four(last - 4);
}

void grey_row(const LinearRow& row) {
  const Columns columns(row);
  const __m128i row_size = _mm_set1_epi32(row.width);
  cover(row, 1, [&](int target) {
    Taps x;
    Taps y;
    columns.at(target, x, y);
    const __m128i offset = _mm_add_epi32(_mm_mullo_epi32(y.first, row_size), x.first);
    // A pair of neighbours is as long as one double.
    // (The form without a mask makes GCC 12 warn of an uninitialised value.)
    const auto pairs = [&](const float* from) {
      const __m256d all = _mm256_castsi256_pd(_mm256_set1_epi64x(-1));
      return _mm256_castpd_ps(_mm256_mask_i32gather_pd(
          _mm256_setzero_pd(), reinterpret_cast<const double*>(from), offset, all, 4));
    };
    const __m256 above = pairs(row.src);
    const __m256 below = pairs(row.src + row.width);
    const auto across = [&](__m256 both) {
      const __m128 low = _mm256_castps256_ps128(both);
      const __m128 high = _mm256_extractf128_ps(both, 1);
      return mix(_mm_shuffle_ps(low, high, 0x88), _mm_shuffle_ps(low, high, 0xDD), x.weight);
    };
    _mm_storeu_ps(row.to + target, mix(across(above), across(below), y.weight));
  });
}

template <int kChannels>
void colour_row(const LinearRow& row) {
  const Columns columns(row);
  const std::ptrdiff_t row_size = std::ptrdiff_t(row.width) * kChannels;
  const __m128i width = _mm_set1_epi32(row.width);
  cover(row, kChannels, [&](int target) {
    Taps x;
    Taps y;
    columns.at(target, x, y);
    alignas(16) int cell[4];
    _mm_store_si128(reinterpret_cast<__m128i*>(cell),
                    _mm_add_epi32(_mm_mullo_epi32(y.first, width), x.first));
    __m128 pixel[4];
    for (int i = 0; i < 4; i += 2) {
      // Two pixels side by side.
      const float* from = row.src + std::ptrdiff_t(cell[i]) * kChannels;
      const float* next = row.src + std::ptrdiff_t(cell[i + 1]) * kChannels;
      const auto at = [&](std::ptrdiff_t offset) {
        return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + offset)),
                                    _mm_loadu_ps(next + offset), 1);
      };
      const __m256i lanes = _mm256_setr_epi32(i, i, i, i, i + 1, i + 1, i + 1, i + 1);
      const __m256 wx = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(x.weight), lanes);
      const __m256 wy = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(y.weight), lanes);
      const __m256 above = mix(at(0), at(kChannels), wx);
      const __m256 below = mix(at(row_size), at(row_size + kChannels), wx);
      const __m256 both = mix(above, below, wy);
      pixel[i] = _mm256_castps256_ps128(both);
      pixel[i + 1] = _mm256_extractf128_ps(both, 1);
    }
    float* to = row.to + std::ptrdiff_t(target) * kChannels;
    for (int i = 0; i < 3; ++i) _mm_storeu_ps(to + i * kChannels, pixel[i]);
    if constexpr (kChannels == 4) {
      _mm_storeu_ps(to + 12, pixel[3]);
    } else {
      // A fourth value would belong to somebody else.
      _mm_storel_pi(reinterpret_cast<__m64*>(to + 9), pixel[3]);
      _mm_store_ss(to + 11, _mm_movehl_ps(pixel[3], pixel[3]));
    }
  });
}

}  // namespace

LinearRowKernel avx2_linear_row_kernel(int channels) {
  switch (channels) {
    case 1:
      return grey_row;
    case 3:
      return colour_row<3>;
    case 4:
      return colour_row<4>;
    default:
      return nullptr;
  }
}

}  // namespace folio::internal
