/// Buffer: aligned floats that are zero at first.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include <folio/datasets/memory.h>

namespace folio::internal {

/// Memory for tensors inside the trainer. Zeros matter: the surplus channels of blocked tensors
/// must stay zero, and kernels only ever keep them so.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t count)
      : values_(static_cast<float*>(::operator new(bytes(count), kAlignment))), count_(count) {
    prefer_large_pages(values_.get(), bytes(count));
    std::memset(values_.get(), 0, bytes(count));
  }
  [[nodiscard]] float* data() const { return values_.get(); }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  /// A little more than asked for: vector loads may reach past the last value.
  static std::size_t bytes(std::size_t count) { return count * sizeof(float) + 64; }
  struct Free {
    void operator()(float* values) const noexcept { ::operator delete(values, kAlignment); }
  };
  std::unique_ptr<float[], Free> values_;
  std::size_t count_ = 0;
};

}  // namespace folio::internal
