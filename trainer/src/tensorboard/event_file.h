/// EventFile: a file of TensorBoard's records.
#pragma once
#include <cstdint>
#include <string>

#include <folio/datasets/tensor.h>
#include <folio/trainer/state.h>

#include "callbacks/log_file.h"

namespace folio::internal {

/// Scalars and histograms by tag and step. Each record is its length, the length's checksum, the
/// protobuf message and its checksum, as in a TFRecord file.
///
/// Errors  Error (kIo) naming the file.
class EventFile {
 public:
  /// Opens `directory/events.out.tfevents.<time>.<host>.<process>.v2` at the first record.
  explicit EventFile(std::string directory) : directory_(std::move(directory)) {}

  void scalar(const std::string& tag, std::int64_t step, double value);
  /// Thirty buckets of equal width over the finite values.
  void histogram(const std::string& tag, std::int64_t step, const Tensor& values);
  void flush() { file_.flush(); }

  /// The name and length of the file, so that a run that goes on continues it.
  State state();
  void set_state(const State& state);

 private:
  void open();
  /// A record of the present time with `what` in `field`.
  void write(std::int64_t step, int field, const std::string& what);

  std::string directory_;
  std::string path_;
  LogFile file_;
  double wall_time_ = 0.0;  // Of the latest record; it never goes back.
};

}  // namespace folio::internal
