#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/hash.h>
#include <folio/pipeline/dataset_check.h>
#include <folio/pipeline/decode_image.h>
#include <folio/pipeline/threads.h>
#include <sys/stat.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>
#include <opencv2/core/mat.hpp>
#include <span>
#include <utility>

#include "near_hashes.h"
#include "stored_format.h"

namespace folio {
namespace {

/// Where a file stands in the sets.
struct FileRef {
  std::size_t set = 0;
  std::size_t sample = 0;
};

/// What reading one file gave.
struct Examined {
  std::string reason;  // Why it is bad; empty: it is not.
  bool missing = false;
  internal::StoredFormat header;
  bool has_bytes = false;
  std::uint64_t content = 0;
  std::uint64_t look = 0;
  int height = 0;
  int width = 0;
  std::array<std::uint64_t, 3> sum{};
  std::array<std::uint64_t, 3> sum_of_squares{};
};

void add_pixels(const cv::Mat& image, Examined& result) {
  for (int y = 0; y < image.rows; ++y) {
    const auto* row = image.ptr<std::uint8_t>(y);
    for (int x = 0; x < image.cols; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        const std::uint64_t value = row[3 * x + static_cast<int>(c)];
        result.sum[c] += value;
        result.sum_of_squares[c] += value * value;
      }
    }
  }
}

Examined examine(const std::string& path, bool with_look) {
  thread_local std::vector<std::byte> bytes;
  thread_local cv::Mat image;
  Examined result;
  try {
    read_file(path, bytes);
    result.has_bytes = true;
    result.content = hash_bytes(bytes);
    result.header = internal::read_stored_format(bytes);
    decode_image(bytes, ColorMode::kRgb, image);
    result.height = image.rows;
    result.width = image.cols;
    add_pixels(image, result);
    if (with_look) result.look = internal::difference_hash(image);
  } catch (const Error& error) {
    result.reason = error.what();
    // The path is told beside the reason.
    if (result.reason.starts_with(path + ": ")) result.reason.erase(0, path.size() + 2);
    struct stat status {};
    result.missing = !result.has_bytes && ::lstat(path.c_str(), &status) != 0 && errno == ENOENT;
  }
  return result;
}

/// What a file is by its first bytes; empty if it is no image or cannot be read.
std::string format_of_content(const std::string& path) {
  constexpr std::size_t kEnough = 64;
  try {
    return internal::read_stored_format(read_file_start(path, kEnough)).format;
  } catch (const Error&) {
    return "";
  }
}

class Checker {
 public:
  Checker(const std::vector<CheckedSet>& sets, const DatasetCheckOptions& options)
      : sets_(sets), options_(options) {
    for (std::size_t set = 0; set < sets.size(); ++set) {
      for (std::size_t i = 0; i < sets[set].samples.size(); ++i) files_.push_back({set, i});
    }
  }

  DatasetReport run() {
    for (const CheckedSet& set : sets_) {
      report_.sets.push_back(
          {set.name, set.samples.class_names, set.samples.class_counts(), set.samples.notices});
      for (const SkippedFile& file : set.skipped) {
        const std::string path = set.samples.root + "/" + file.path;
        report_.skipped.push_back({path, file.reason, format_of_content(path)});
      }
    }
    report_.files = files_.size();
    internal::run_in_pool([&] { examine_all(); });
    finish_statistics();
    find_duplicates();
    if (options_.near_duplicates) find_near_duplicates();
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::string path(std::size_t file) const {
    return sets_[files_[file].set].samples.path(files_[file].sample);
  }

  /// In pieces, so that results are gathered in order and progress comes from one thread.
  void examine_all() {
    constexpr std::size_t kPiece = 512;
    std::vector<Examined> piece(kPiece);
    for (std::size_t begin = 0; begin < files_.size(); begin += kPiece) {
      if (options_.progress) options_.progress(begin, files_.size());
      const std::size_t count = std::min(kPiece, files_.size() - begin);
      tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) {
        piece[i] = examine(path(begin + i), options_.near_duplicates.has_value());
      });
      for (std::size_t i = 0; i < count; ++i) gather(begin + i, piece[i]);
    }
    if (options_.progress) options_.progress(files_.size(), files_.size());
  }

  void gather(std::size_t file, const Examined& result) {
    if (result.has_bytes) contents_.emplace_back(result.content, file);
    if (result.missing) {
      report_.missing.push_back(path(file));
      return;
    }
    if (!result.reason.empty()) {
      report_.bad_files.push_back({path(file), result.reason});
      return;
    }
    if (options_.near_duplicates) looks_.emplace_back(result.look, file);
    const std::string& format = result.header.format;
    ImageStatistics& images = report_.images;
    ++images.formats[format.empty() ? "other" : format];
    if (!result.header.mode.empty()) ++images.modes[result.header.mode];
    ++images.sizes[{result.height, result.width}];
    const std::string promised = internal::format_of_name(path(file));
    if (!format.empty() && !promised.empty() && promised != format) {
      report_.mislabelled.push_back({path(file), format});
    }
    pixels_ += static_cast<double>(result.height) * result.width;
    for (std::size_t c = 0; c < 3; ++c) {
      sum_[c] += static_cast<double>(result.sum[c]);
      sum_of_squares_[c] += static_cast<double>(result.sum_of_squares[c]);
    }
  }

  void finish_statistics() {
    if (pixels_ == 0.0) return;
    for (std::size_t c = 0; c < 3; ++c) {
      const double mean = sum_[c] / pixels_;
      report_.images.mean[c] = mean;
      report_.images.standard_deviation[c] =
          std::sqrt(std::max(0.0, sum_of_squares_[c] / pixels_ - mean * mean));
    }
  }

  /// Files with one hash are compared byte by byte, so that no accident of the hash is a finding.
  void find_duplicates() {
    std::sort(contents_.begin(), contents_.end());
    same_as_.resize(files_.size());
    for (std::size_t i = 0; i < same_as_.size(); ++i) same_as_[i] = i;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t begin = 0; begin < contents_.size();) {
      std::size_t end = begin + 1;
      while (end < contents_.size() && contents_[end].first == contents_[begin].first) ++end;
      if (end - begin > 1) compare(std::span(contents_).subspan(begin, end - begin), groups);
      begin = end;
    }
    std::sort(groups.begin(), groups.end());
    for (const auto& group : groups) report_.duplicates.push_back(describe(group));
  }

  using Hashed = std::pair<std::uint64_t, std::size_t>;

  void compare(std::span<const Hashed> candidates, std::vector<std::vector<std::size_t>>& groups) {
    std::vector<std::size_t> left;
    for (const Hashed& candidate : candidates) left.push_back(candidate.second);
    while (left.size() > 1) {
      std::vector<std::size_t> group{left.front()};
      std::vector<std::size_t> others;
      try {
        const std::vector<std::byte> first = read_file(path(left.front()));
        std::vector<std::byte> bytes;
        for (std::size_t i = 1; i < left.size(); ++i) {
          read_file(path(left[i]), bytes);
          (bytes == first ? group : others).push_back(left[i]);
        }
      } catch (const Error&) {
        return;  // Changed or gone since it was read.
      }
      for (const std::size_t file : group) same_as_[file] = group.front();
      if (group.size() > 1) groups.push_back(std::move(group));
      left = std::move(others);
    }
  }

  void find_near_duplicates() {
    std::vector<std::uint64_t> hashes;
    for (const Hashed& look : looks_) hashes.push_back(look.first);
    for (const std::vector<std::size_t>& group :
         internal::group_near_hashes(hashes, *options_.near_duplicates)) {
      std::vector<std::size_t> files;
      for (const std::size_t index : group) files.push_back(looks_[index].second);
      const bool all_equal = std::all_of(files.begin(), files.end(), [&](std::size_t file) {
        return same_as_[file] == same_as_[files.front()];
      });
      if (!all_equal) report_.near_duplicates.push_back(describe(files));
    }
  }

  [[nodiscard]] DuplicateGroup describe(const std::vector<std::size_t>& files) const {
    DuplicateGroup group;
    const FileRef& first = files_[files.front()];
    const auto class_name = [&](const FileRef& ref) -> const std::string& {
      const SampleList& list = sets_[ref.set].samples;
      return list.class_names[static_cast<std::size_t>(list.samples[ref.sample].label)];
    };
    for (const std::size_t file : files) {
      const FileRef& ref = files_[file];
      if (ref.set != first.set) {
        group.kind = DuplicateKind::kAcrossSets;
      } else if (group.kind == DuplicateKind::kWithinClass &&
                 class_name(ref) != class_name(first)) {
        group.kind = DuplicateKind::kAcrossClasses;
      }
      group.paths.push_back(path(file));
    }
    return group;
  }

  const std::vector<CheckedSet>& sets_;
  const DatasetCheckOptions& options_;
  std::vector<FileRef> files_;
  DatasetReport report_;
  std::vector<Hashed> contents_;      // Hash of the bytes, file.
  std::vector<Hashed> looks_;         // Hash of the picture, file.
  std::vector<std::size_t> same_as_;  // First file of equal bytes, by file.
  double pixels_ = 0.0;
  std::array<double, 3> sum_{};  // Sums of integers, exact up to 2^53.
  std::array<double, 3> sum_of_squares_{};
};

}  // namespace

void DatasetCheckOptions::validate() const {
  if (near_duplicates && (*near_duplicates < 0 || *near_duplicates > 16)) {
    throw Error(ErrorKind::kUsage,
                "near_duplicates must be in [0, 16] bits, got " + std::to_string(*near_duplicates));
  }
}

std::vector<std::string> DatasetReport::empty_classes() const {
  std::vector<std::string> empty;
  for (const Set& set : sets) {
    for (std::size_t label = 0; label < set.class_names.size(); ++label) {
      if (set.class_counts[label] == 0) empty.push_back(set.name + ": " + set.class_names[label]);
    }
  }
  return empty;
}

double DatasetReport::imbalance() const {
  if (sets.empty()) return 1.0;
  std::size_t most = 0;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::size_t count : sets.front().class_counts) {
    most = std::max(most, count);
    if (count > 0) least = std::min(least, count);
  }
  return most == 0 ? 1.0 : static_cast<double>(most) / static_cast<double>(least);
}

DatasetReport check_dataset(const std::vector<CheckedSet>& sets,
                            const DatasetCheckOptions& options) {
  options.validate();
  return Checker(sets, options).run();
}

}  // namespace folio
