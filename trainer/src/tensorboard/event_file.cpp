#include "event_file.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

#include "crc32c.h"
#include "proto_message.h"

namespace folio::internal {
namespace {

// Field numbers of TensorFlow's event.proto and summary.proto.
constexpr int kEventWallTime = 1, kEventStep = 2, kEventFileVersion = 3, kEventSummary = 5;
constexpr int kSummaryValue = 1;
constexpr int kValueTag = 1, kValueSimple = 2, kValueHistogram = 5;
constexpr int kHistogramMin = 1, kHistogramMax = 2, kHistogramNum = 3, kHistogramSum = 4,
              kHistogramSumSquares = 5, kHistogramBucketLimit = 6, kHistogramBucket = 7;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A checksum of data that holds checksums is masked, as TFRecord files do.
std::uint32_t masked(const void* bytes, std::size_t count) {
  const std::uint32_t crc = crc32c(bytes, count);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

template <typename Number>
std::string bytes_of(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

}  // namespace

void EventFile::write(std::int64_t step, int field, const std::string& what) {
  wall_time_ = std::max(wall_time_, now());
  ProtoMessage event;
  event.put(kEventWallTime, wall_time_);
  event.put(kEventStep, step);
  event.put(field, what);
  const std::string& message = event.bytes();
  const std::string length = bytes_of(static_cast<std::uint64_t>(message.size()));
  file_.write(length + bytes_of(masked(length.data(), length.size())) + message +
              bytes_of(masked(message.data(), message.size())));
}

void EventFile::open() {
  if (file_.is_open()) return;
  static std::atomic<int> number{0};  // Two runs of a process may begin in one second.
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  path_ = (std::filesystem::path(directory_) /
           ("events.out.tfevents." + std::to_string(static_cast<long long>(now())) + "." + host +
            "." + std::to_string(getpid()) + "." + std::to_string(number++) + ".v2"))
              .string();
  file_.open(path_, LogFile::Mode::kTruncate);
  write(0, kEventFileVersion, "brain.Event:2");
}

void EventFile::scalar(const std::string& tag, std::int64_t step, double value) {
  open();
  ProtoMessage entry;
  entry.put(kValueTag, tag);
  entry.put(kValueSimple, static_cast<float>(value));
  ProtoMessage summary;
  summary.put(kSummaryValue, entry);
  write(step, kEventSummary, summary.bytes());
}

void EventFile::histogram(const std::string& tag, std::int64_t step, const Tensor& values) {
  open();
  constexpr std::size_t kBuckets = 30;
  std::vector<double> finite;
  for (const float value : values.values()) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  ProtoMessage histogram;
  if (!finite.empty()) {
    const auto [least, most] = std::minmax_element(finite.begin(), finite.end());
    const double width = (*most - *least) / kBuckets;
    std::vector<double> counts(width > 0.0 ? kBuckets : 1, 0.0);
    std::vector<double> limits(counts.size(), *most);
    for (std::size_t i = 0; i + 1 < limits.size(); ++i) {
      limits[i] = *least + width * static_cast<double>(i + 1);
    }
    double sum = 0.0;
    double sum_squares = 0.0;
    for (const double value : finite) {
      const auto bucket = width > 0.0 ? static_cast<std::size_t>((value - *least) / width) : 0;
      ++counts[std::min(bucket, counts.size() - 1)];
      sum += value;
      sum_squares += value * value;
    }
    histogram.put(kHistogramMin, *least);
    histogram.put(kHistogramMax, *most);
    histogram.put(kHistogramNum, static_cast<double>(finite.size()));
    histogram.put(kHistogramSum, sum);
    histogram.put(kHistogramSumSquares, sum_squares);
    histogram.put(kHistogramBucketLimit, std::span<const double>(limits));
    histogram.put(kHistogramBucket, std::span<const double>(counts));
  }
  ProtoMessage entry;
  entry.put(kValueTag, tag);
  entry.put(kValueHistogram, histogram);
  ProtoMessage summary;
  summary.put(kSummaryValue, entry);
  write(step, kEventSummary, summary.bytes());
}

State EventFile::state() {
  State state = file_.state();
  if (!state.empty()) state.values["path"] = path_;
  return state;
}

void EventFile::set_state(const State& state) {
  if (state.empty()) return;  // There was no record yet.
  path_ = state.text("path");
  file_.reopen(path_, state);
}

}  // namespace folio::internal
