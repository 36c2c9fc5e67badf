/// Buffer: aligned floats.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <folio/datasets/memory.h>

namespace folio::internal {

/// Memory for tensors inside the trainer.
class Buffer {
 public:
  Buffer() = default;
  /// Zeros. They matter: the surplus channels of blocked tensors must stay zero, and kernels only
  /// ever keep them so.
  explicit Buffer(std::size_t count) : Buffer(unfilled(count)) {
    if (count > 0) std::memset(data(), 0, count * sizeof(float));
  }
  /// For what is filled as a whole before it is read.
  static Buffer unfilled(std::size_t count) {
    Buffer buffer;
    buffer.values_.reset(static_cast<float*>(allocate(count * sizeof(float) + kBeyond)));
    buffer.count_ = count;
    std::memset(buffer.data() + count, 0, kBeyond);
    return buffer;
  }
  [[nodiscard]] float* data() const { return values_.get(); }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  /// Vector loads may reach past the last value.
  static constexpr std::size_t kBeyond = 64;
  struct Free {
    void operator()(float* values) const noexcept { std::free(values); }
  };
  std::unique_ptr<float[], Free> values_;
  std::size_t count_ = 0;
};

}  // namespace folio::internal
