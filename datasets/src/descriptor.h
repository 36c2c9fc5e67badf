/// Descriptor: an open file that closes itself.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace folio::internal {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { close(); }

  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool valid() const { return value_ >= 0; }
  /// 0 or the error of close(), which is where a network file system reports a failed write.
  int close() {
    const int value = std::exchange(value_, -1);
    return value < 0 || ::close(value) == 0 ? 0 : errno;
  }

 private:
  int value_;
};

}  // namespace folio::internal
