/// Random numbers by position: the n-th number of a stream can be had without the ones before it,
/// so what is drawn does not depend on who draws first.
#pragma once
#include <array>
#include <cstdint>

namespace folio::internal {

/// Philox4x32-10: four random words for a counter and a key.
///
/// Source  Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011).
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(first)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// A sequence of numbers from one stream of a seed.
class CounterRandom {
 public:
  CounterRandom(std::uint64_t seed, std::uint32_t stream)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        stream_(stream) {}

  /// Uniform in [0, 1) with 53 bits.
  double uniform() {
    const std::uint64_t high = word() >> 5;
    const std::uint64_t low = word() >> 6;
    return static_cast<double>((high << 26) | low) * 0x1p-53;
  }

  /// Standard normal (Box-Muller).
  double normal();

 private:
  std::uint32_t word() {
    if (used_ == 4) {
      words_ = philox({static_cast<std::uint32_t>(position_),
                       static_cast<std::uint32_t>(position_ >> 32), stream_, 0},
                      key_);
      ++position_;
      used_ = 0;
    }
    return words_[used_++];
  }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t stream_;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

}  // namespace folio::internal
