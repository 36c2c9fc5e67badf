/// NumpyRandom: the random stream of numpy.random.RandomState, number for number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// NumPy's legacy generator: MT19937 with the draws that `numpy.random.seed(s)` and the functions
/// of that module make from it.
///
/// Threads One caller at a time.
/// Source  numpy/random/src/{mt19937,legacy,distributions}; NumPy keeps this stream for ever.
class NumpyRandom {
 public:
  /// The stream that `numpy.random.seed(seed)` starts.
  explicit NumpyRandom(std::uint32_t seed) : generator_(seed) {}

  /// `random()`: uniform in [0, 1) with 53 bits.
  double random() {
    const std::uint32_t high = generator_() >> 5;
    const std::uint32_t low = generator_() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  /// `uniform(low, high)`.
  double uniform(double low, double high) { return low + (high - low) * random(); }

  /// `randint(count)` and the index that `choice` draws: uniform in [0, count), count > 0.
  std::uint32_t choice(std::uint32_t count) { return interval(count - 1); }

  /// `permutation(count)`.
  std::vector<std::size_t> permutation(std::size_t count);

 private:
  /// Uniform in [0, largest] by masked rejection; draws nothing for 0.
  std::uint32_t interval(std::uint32_t largest);

  std::mt19937 generator_;
};

}  // namespace folio
