#include <folio/augment/numpy_random.h>

#include <bit>
#include <numeric>
#include <utility>

namespace folio {

std::uint32_t NumpyRandom::interval(std::uint32_t largest) {
  if (largest == 0) return 0;
  const std::uint32_t mask = 0xFFFFFFFFU >> std::countl_zero(largest);
  std::uint32_t value = generator_() & mask;
  while (value > largest) value = generator_() & mask;
  return value;
}

std::vector<std::size_t> NumpyRandom::permutation(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i-- > 1;) {
    std::swap(order[i], order[interval(static_cast<std::uint32_t>(i))]);
  }
  return order;
}

}  // namespace folio
