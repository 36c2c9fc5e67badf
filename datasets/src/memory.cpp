#include <folio/datasets/error.h>
#include <folio/datasets/memory.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

namespace folio {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;
constexpr std::size_t kWorthIt = 2 * kLargePage;

std::string gigabytes(double bytes) {
  std::string text = std::to_string(std::round(bytes / 1e8) / 10);
  return text.substr(0, text.find('.') + 2) + " GB";
}

}  // namespace

void* allocate(std::size_t bytes) {
  constexpr std::size_t kVector = 64;
  constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max();
  if (bytes > kMost) throw std::bad_alloc();
  const std::size_t alignment = bytes < kWorthIt ? kVector : kLargePage;
  // A large page for the end as well, where that takes little more.
  const std::size_t unit = bytes < 2 * kWorthIt ? kVector : kLargePage;
  const std::size_t size = (std::max(bytes, kVector) + unit - 1) / unit * unit;
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment, size) != 0) throw std::bad_alloc();
  prefer_large_pages(memory, size);
  return memory;
}

void require_memory(double bytes, const std::string& what, const std::string& advice) {
  static const double has =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  // The system and other programs need some, too.
  constexpr double kShare = 0.875;
  if (bytes <= kShare * has) return;
  throw Error(ErrorKind::kUsage, what + " takes " + gigabytes(bytes) +
                                     " of memory, more than this machine (" + gigabytes(has) +
                                     ") can give; " + advice);
}

void prefer_large_pages(void* memory, std::size_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
  if (bytes < kWorthIt) return;
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t last = (begin + bytes) / page * page;
  // Advice only: it may be refused.
  static_cast<void>(::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
#endif
}

}  // namespace folio
