/// BatchStream: a dataset as an endless sequence of batches.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <folio/pipeline/batch.h>
#include <folio/pipeline/flow_options.h>

namespace [[gnu::visibility("default")]] folio {

/// A file that could not be used, and why.
struct BadFile {
  std::string path;    ///< Relative to the dataset's root.
  std::string reason;  ///< Of the decoder or the system: `truncated`, `permission denied` ...
};

/// What a stream has met so far.
struct StreamReport {
  std::vector<BadFile> bad_files;  ///< Each once, in the order of the sample list.
};

/// An endless sequence of batches, epoch after epoch, prepared ahead on the shared pool of threads.
///
/// A batch depends on the stream's seed and its number only: not on the number of threads, on how
/// far ahead batches are prepared, or on what was read before.
///
/// Errors  Error (kData) from next() for a bad file under OnBadFile::kError, and when no usable
///         sample is left; the stream can be used on after it.
/// Threads One consumer: no two calls at once. Different streams are independent.
/// Owns    Its batches; at most `prefetch` + 1 are alive.
class BatchStream {
 public:
  ~BatchStream();  ///< Stops what is being prepared, at once, and joins it.
  ///@{
  /// Moving keeps the position and what is prepared; the stream moved from can only be destroyed.
  BatchStream(BatchStream&&) noexcept;
  BatchStream& operator=(BatchStream&&) noexcept;
  ///@}

  /// The next batch. Never ends; the last batch of an epoch may be smaller.
  ///
  /// Owns  The reference is valid until the next call on this stream; copy the batch to keep it.
  const Batch& next();

  /// Batches in an epoch.
  [[nodiscard]] std::size_t size() const;
  /// Samples in an epoch.
  [[nodiscard]] std::size_t samples() const;
  /// Classes of the whole dataset, also those that this subset has no sample of.
  [[nodiscard]] std::size_t num_classes() const;
  /// Names of the classes, in label order.
  [[nodiscard]] const std::vector<std::string>& class_names() const;
  /// Label of each class by name, as Keras' attribute.
  [[nodiscard]] std::map<std::string, int> class_indices() const;
  /// Label of each sample, in the order of the sample list.
  [[nodiscard]] const std::vector<int>& labels() const;
  /// Path of each sample relative to the directory, in the order of the sample list.
  [[nodiscard]] const std::vector<std::string>& filenames() const;
  /// H x W x C (C x H x W under DataFormat::kChannelsFirst).
  [[nodiscard]] Shape image_shape() const;
  /// What the stream was made with.
  [[nodiscard]] const FlowOptions& options() const;
  /// The seed that all batches follow from: the one given, or the one drawn for it.
  [[nodiscard]] std::uint32_t seed() const;
  /// Lines worth telling the user: what was left out of the scan, and so on.
  [[nodiscard]] const std::vector<std::string>& notices() const;
  /// Files that could not be used in the batches prepared so far, some of which may be ahead.
  [[nodiscard]] StreamReport report() const;

  /// Continues with batch `number`; `number / size()` is its epoch. Costs nothing but a restart.
  void seek(std::uint64_t number);
  /// The number the next batch will have.
  [[nodiscard]] std::uint64_t position() const;
  /// Back to the first batch.
  void reset() { seek(0); }

  /// One epoch for a range-for: `for (const Batch& batch : stream.epoch())`. Begins where the
  /// stream stands and ends at the end of that epoch.
  class Epoch;
  Epoch epoch();  ///< See above.

  /// @cond private: what ImageDataGenerator makes streams from.
  struct Impl;  // TBB and the decoders stay out of this header.
  explicit BatchStream(std::unique_ptr<Impl> impl);
  /// @endcond

 private:
  std::unique_ptr<Impl> impl_;
};

/// Range over the rest of the current epoch of a stream.
class BatchStream::Epoch {
 public:
  /// Reads the next batch when it is advanced; good for a range-for, one pass.
  class Iterator {
   public:
    /// Reads a batch at once, if any of `left` is left.
    Iterator(BatchStream* stream, std::size_t left) : stream_(stream), left_(left) { fetch(); }
    ///@{
    /// The batch, until the iterator is advanced.
    const Batch& operator*() const { return *batch_; }
    const Batch* operator->() const { return batch_; }
    ///@}
    /// Reads the next batch.
    Iterator& operator++() {
      --left_;
      fetch();
      return *this;
    }
    /// Whether as many batches are left to both.
    bool operator!=(const Iterator& other) const { return left_ != other.left_; }

   private:
    void fetch() { batch_ = left_ > 0 ? &stream_->next() : nullptr; }
    BatchStream* stream_;
    std::size_t left_;
    const Batch* batch_ = nullptr;
  };

  /// The next `batches` batches of a stream, which must outlive the range.
  Epoch(BatchStream* stream, std::size_t batches) : stream_(stream), batches_(batches) {}
  [[nodiscard]] Iterator begin() const { return {stream_, batches_}; }  ///< Reads a batch.
  [[nodiscard]] Iterator end() const { return {nullptr, 0}; }           ///< After the last one.

 private:
  BatchStream* stream_;
  std::size_t batches_;
};

}  // namespace folio
