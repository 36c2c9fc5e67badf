#include <folio/datasets/cifar.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

#include <algorithm>
#include <boost/filesystem/operations.hpp>
#include <map>
#include <opencv2/core/mat.hpp>
#include <set>

#include "archive_reader.h"
#include "png_folder.h"

namespace folio {
namespace {

constexpr std::size_t kSide = 32;
constexpr std::size_t kPlane = kSide * kSide;
constexpr std::size_t kMostFileBytes = 256 << 20;  // The largest is train.bin with 154 MB.

using Bytes = std::vector<std::byte>;
using Files = std::map<std::string, Bytes>;

struct Format {
  std::vector<std::string> train;
  std::vector<std::string> test;
  std::string names;   // Of the classes, one a line.
  std::size_t labels;  // Label bytes of a record.
  std::size_t label;   // Which of them counts.
  std::size_t class_count;
};

Format format_of(CifarKind kind) {
  if (kind == CifarKind::kCifar10) {
    return {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
             "data_batch_5.bin"},
            {"test_batch.bin"},
            "batches.meta.txt",
            1,
            0,
            10};
  }
  const bool coarse = kind == CifarKind::kCifar100Coarse;
  return {{"train.bin"},
          {"test.bin"},
          coarse ? "coarse_label_names.txt" : "fine_label_names.txt",
          2,
          coarse ? 0U : 1U,
          coarse ? 20U : 100U};
}

/// The wanted files of a folder or archive, by name without folders.
Files read_files(const std::string& source, const std::set<std::string>& wanted) {
  Files files;
  if (boost::filesystem::is_directory(source)) {
    for (const std::string& name : wanted) {
      files[name] = read_file(source + "/" + name, kMostFileBytes);
    }
    return files;
  }
  internal::ArchiveReader reader(source);
  while (reader.next()) {
    const std::string full = reader.name();
    const std::string name = full.substr(full.rfind('/') + 1);
    if (reader.kind() != internal::EntryKind::kFile || !wanted.contains(name)) continue;
    if (files.contains(name)) reader.refuse("two entries are named " + name);
    Bytes& bytes = files[name];
    constexpr std::size_t kStep = 1 << 20;
    for (std::size_t have = 0;;) {
      bytes.resize(have + kStep);
      const std::size_t got = reader.read(std::span(bytes).subspan(have));
      have += got;
      bytes.resize(have);
      if (got == 0) break;
      if (have > kMostFileBytes) reader.refuse("entry '" + full + "' is too large");
    }
  }
  for (const std::string& name : wanted) {
    if (!files.contains(name)) reader.refuse("no entry is named " + name);
  }
  return files;
}

std::vector<std::string> class_names(const std::string& source, const Format& format,
                                     const Bytes& bytes) {
  std::vector<std::string> names(1);
  for (const std::byte byte : bytes) {
    const auto character = static_cast<char>(byte);
    if (character == '\n') {
      if (!names.back().empty()) names.emplace_back();
    } else if (character != '\r') {
      names.back() += character;
    }
  }
  if (names.back().empty()) names.pop_back();
  const bool usable = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name.find('/') == name.npos && !name.starts_with('.');
  });
  if (!usable || names.size() != format.class_count) {
    throw Error(ErrorKind::kData, source + ": " + format.names + " does not name " +
                                      std::to_string(format.class_count) + " classes");
  }
  return names;
}

/// Planes of red, green and blue as a picture in OpenCV's order.
cv::Mat picture(const std::byte* planes) {
  cv::Mat image(static_cast<int>(kSide), static_cast<int>(kSide), CV_8UC3);
  for (std::size_t i = 0; i < kPlane; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      image.data[3 * i + c] = static_cast<std::uint8_t>(planes[(2 - c) * kPlane + i]);
    }
  }
  return image;
}

}  // namespace

std::size_t import_cifar(const std::string& source, CifarKind kind, const std::string& directory,
                         const Progress& progress) {
  const Format format = format_of(kind);
  std::set<std::string> wanted(format.train.begin(), format.train.end());
  wanted.insert(format.test.begin(), format.test.end());
  wanted.insert(format.names);
  internal::PngFolder folder(directory);
  const Files files = read_files(source, wanted);
  const std::vector<std::string> names = class_names(source, format, files.at(format.names));
  const std::size_t record = format.labels + 3 * kPlane;
  std::size_t written = 0;
  for (const bool train : {true, false}) {
    std::size_t index = 0;
    for (const std::string& name : train ? format.train : format.test) {
      const Bytes& bytes = files.at(name);
      if (bytes.empty() || bytes.size() % record != 0) {
        throw Error(ErrorKind::kData, source + ": " + name + " has " +
                                          std::to_string(bytes.size()) +
                                          " bytes, expected records of " + std::to_string(record));
      }
      for (std::size_t at = 0; at < bytes.size(); at += record, ++index, ++written) {
        const auto label = static_cast<std::size_t>(bytes[at + format.label]);
        if (label >= names.size()) {
          throw Error(ErrorKind::kData, source + ": " + name + " has label " +
                                            std::to_string(label) + ", expected less than " +
                                            std::to_string(names.size()));
        }
        if (progress && written % 256 == 0) progress(written, 0);
        folder.write((train ? "train/" : "test/") + names[label], index,
                     picture(bytes.data() + at + format.labels));
      }
    }
  }
  folder.commit();
  return written;
}

}  // namespace folio
