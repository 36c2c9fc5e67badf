#include "image_cache.h"

#include <fcntl.h>
#include <folio/datasets/error.h>
#include <libdeflate.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace folio::internal {
namespace {

struct ImageFormat {
  int height = 0;
  int width = 0;
  int channels = 0;
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(height) * width * channels;
  }
};

ImageFormat format_of(const FlowOptions& options) {
  const int channels = options.color_mode == ColorMode::kGrayscale ? 1
                       : options.color_mode == ColorMode::kRgb     ? 3
                                                                   : 4;
  return {options.target_size.height, options.target_size.width, channels};
}

/// Whether a sample's image is there. A sample may be loaded twice at once (where it stands in for
/// a bad one); whoever comes second loads it for itself.
enum State : std::uint8_t { kAbsent, kBeingWritten, kPresent };

/// What both kinds of cache do: look, or load and keep.
class CachingSource : public SampleSource {
 public:
  CachingSource(std::unique_ptr<SampleSource> source, const FlowOptions& options,
                std::size_t capacity)
      : source_(std::move(source)), format_(format_of(options)), states_(capacity) {}

  [[nodiscard]] cv::Mat load(std::size_t index) const override {
    if (index >= states_.size()) return source_->load(index);
    std::atomic<std::uint8_t>& state = states_[index];
    if (state.load(std::memory_order_acquire) == kPresent) return view(index);
    std::uint8_t expected = kAbsent;
    if (!state.compare_exchange_strong(expected, kBeingWritten)) return source_->load(index);
    try {
      if (!find_earlier(index)) {
        const cv::Mat loaded = source_->load(index);
        cv::Mat place = view(index);
        loaded.copyTo(place);
        keep(index);
      }
    } catch (...) {
      state.store(kAbsent, std::memory_order_release);
      throw;
    }
    state.store(kPresent, std::memory_order_release);
    return view(index);
  }

 protected:
  /// Where the image of a sample lies.
  [[nodiscard]] virtual std::uint8_t* place(std::size_t index) const = 0;
  /// Whether an earlier run left a usable image in its place; called before the image is loaded.
  [[nodiscard]] virtual bool find_earlier(std::size_t) const { return false; }
  /// The image was written to its place.
  virtual void keep(std::size_t) const {}

  [[nodiscard]] const ImageFormat& format() const { return format_; }

 private:
  [[nodiscard]] cv::Mat view(std::size_t index) const {
    return {format_.height, format_.width, CV_8UC(format_.channels), place(index)};
  }

  std::unique_ptr<SampleSource> source_;
  ImageFormat format_;
  mutable std::vector<std::atomic<std::uint8_t>> states_;
};

class MemoryCache : public CachingSource {
 public:
  MemoryCache(std::unique_ptr<SampleSource> source, const FlowOptions& options,
              std::size_t capacity)
      : CachingSource(std::move(source), options, capacity),
        // Not written to before it is needed, so that pages are taken as images come in.
        pixels_(new std::uint8_t[capacity * format().bytes()]) {}

 protected:
  [[nodiscard]] std::uint8_t* place(std::size_t index) const override {
    return pixels_.get() + index * format().bytes();
  }

 private:
  std::unique_ptr<std::uint8_t[]> pixels_;
};

// The file: a Header, one Record per sample, then the images. Numbers are the machine's own: the
// file is a cache of this machine, and another byte order shows in the magic number.

struct Header {
  std::uint64_t magic = 0x31454843414F4C46;  // "FLOACHE1"
  std::uint64_t samples = 0;
  std::uint64_t image_bytes = 0;
  std::uint64_t key = 0;  ///< Of the options and all paths.
  bool operator==(const Header&) const = default;
};

/// The file that an image was made from, and a checksum of the image.
struct Record {
  std::uint64_t size = 0;
  std::int64_t modified_seconds = 0;
  std::int64_t modified_nanoseconds = 0;
  std::uint32_t checksum = 0;
  std::uint32_t present = 0;
};

/// FNV-1a, 64 bits.
class Key {
 public:
  void add(std::string_view text) {
    for (const char letter : text) value_ = (value_ ^ static_cast<unsigned char>(letter)) * kPrime;
    value_ = (value_ ^ 0xFF) * kPrime;  // Ends the text: "ab", "c" is not "a", "bc".
  }
  void add(int number) { add(std::to_string(number)); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  static constexpr std::uint64_t kPrime = 1099511628211ULL;
  std::uint64_t value_ = 14695981039346656037ULL;
};

std::uint64_t key_of(const SampleList& samples, const FlowOptions& options) {
  Key key;
  key.add(options.target_size.height);
  key.add(options.target_size.width);
  key.add(static_cast<int>(options.color_mode));
  key.add(static_cast<int>(options.interpolation));
  key.add(static_cast<int>(options.keep_aspect_ratio));
  key.add(static_cast<int>(options.exif_orientation));
  for (std::size_t i = 0; i < samples.size(); ++i) key.add(samples.path(i));
  return key.value();
}

class FileCache : public CachingSource {
 public:
  FileCache(std::unique_ptr<SampleSource> source, const SampleList& samples,
            const FlowOptions& options)
      : CachingSource(std::move(source), options, samples.size()),
        samples_(samples),
        path_(options.cache_file) {
    const Header header{.samples = samples.size(),
                        .image_bytes = format().bytes(),
                        .key = key_of(samples, options)};
    records_at_ = sizeof(Header);
    pixels_at_ = records_at_ + samples.size() * sizeof(Record);
    length_ = pixels_at_ + samples.size() * format().bytes();
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail("cannot be opened", errno);
    try {
      open(header);
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
  }
  ~FileCache() override {
    ::munmap(memory_, length_);
    ::close(descriptor_);
  }
  FileCache(const FileCache&) = delete;
  FileCache& operator=(const FileCache&) = delete;

 protected:
  [[nodiscard]] std::uint8_t* place(std::size_t index) const override {
    return memory_ + pixels_at_ + index * format().bytes();
  }

  [[nodiscard]] bool find_earlier(std::size_t index) const override {
    const Record found = record(index);
    Record now;
    const bool described = describe(index, now);
    if (described && found.present == 1 && found.size == now.size &&
        found.modified_seconds == now.modified_seconds &&
        found.modified_nanoseconds == now.modified_nanoseconds &&
        found.checksum == checksum(index)) {
      return true;
    }
    // Described before the file is read: if it changes meanwhile, the next run reads it again.
    set_record(index, now);
    return false;
  }

  void keep(std::size_t index) const override {
    Record described = record(index);
    described.checksum = checksum(index);
    described.present = 1;
    set_record(index, described);
  }

 private:
  [[noreturn]] void fail(const std::string& what, int error) const {
    throw Error(ErrorKind::kIo, "cache_file " + path_ + ": " + what + ": " + std::strerror(error));
  }

  void open(const Header& header) {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      throw Error(ErrorKind::kIo, "cache_file " + path_ + ": is in use by another stream");
    }
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("cannot be read", errno);
    Header found{.magic = 0};
    const bool empty = status.st_size == 0;
    if (!empty && ::pread(descriptor_, &found, sizeof found, 0) != sizeof found) found.magic = 0;
    if (!empty && found.magic != header.magic) {
      throw Error(ErrorKind::kIo,
                  "cache_file " + path_ + ": exists and is not a cache; it was left as it is");
    }
    if (found != header || static_cast<std::size_t>(status.st_size) != length_) {
      // Records must be zero before the header says that they mean anything.
      if (::ftruncate(descriptor_, 0) != 0) fail("cannot be written", errno);
      // Reserved now: a disk that fills up later would end the process at a mapped write.
      const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(length_));
      if (error != 0) {
        (void)!::ftruncate(descriptor_, 0);
        fail("cannot reserve " + std::to_string(length_) + " bytes", error);
      }
      if (::pwrite(descriptor_, &header, sizeof header, 0) != sizeof header) {
        fail("cannot be written", errno);
      }
    }
    void* mapped = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (mapped == MAP_FAILED) fail("cannot be mapped", errno);
    memory_ = static_cast<std::uint8_t*>(mapped);
  }

  [[nodiscard]] Record record(std::size_t index) const {
    Record record;
    std::memcpy(&record, memory_ + records_at_ + index * sizeof record, sizeof record);
    return record;
  }

  void set_record(std::size_t index, const Record& record) const {
    std::memcpy(memory_ + records_at_ + index * sizeof record, &record, sizeof record);
  }

  /// Size and time of the sample's file.
  [[nodiscard]] bool describe(std::size_t index, Record& record) const {
    struct stat status {};
    if (::stat(samples_.path(index).c_str(), &status) != 0) return false;
    record.size = static_cast<std::uint64_t>(status.st_size);
    record.modified_seconds = status.st_mtim.tv_sec;
    record.modified_nanoseconds = status.st_mtim.tv_nsec;
    return true;
  }

  /// Pages reach the disk in any order; after a power cut a record may stand without its image.
  [[nodiscard]] std::uint32_t checksum(std::size_t index) const {
    return libdeflate_crc32(0, place(index), format().bytes());
  }

  const SampleList& samples_;
  std::string path_;
  int descriptor_ = -1;
  std::size_t records_at_ = 0;
  std::size_t pixels_at_ = 0;
  std::size_t length_ = 0;
  std::uint8_t* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<SampleSource> make_caching_source(std::unique_ptr<SampleSource> source,
                                                  const SampleList& samples,
                                                  const FlowOptions& options) {
  if (!options.cache_file.empty()) {
    return std::make_unique<FileCache>(std::move(source), samples, options);
  }
  const std::size_t fitting = options.cache_memory / format_of(options).bytes();
  const std::size_t capacity = std::min(samples.size(), fitting);
  if (capacity == 0) return source;
  return std::make_unique<MemoryCache>(std::move(source), options, capacity);
}

}  // namespace folio::internal
