#include <fcntl.h>
#include <folio/datasets/archive.h>
#include <folio/datasets/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>
#include <cerrno>
#include <cstring>
#include <unordered_set>

#include "archive_reader.h"
#include "new_directory.h"

namespace folio {
namespace {

namespace fs = boost::filesystem;

/// The parts of an entry's name without `.`; refuses what could leave the folder.
std::vector<std::string> safe_parts(const internal::ArchiveReader& reader, const std::string& name,
                                    const ArchiveLimits& limits) {
  constexpr std::size_t kMostPart = 255;  // NAME_MAX of Linux' file systems.
  const auto refuse = [&](const std::string& reason) {
    constexpr std::size_t kMostShown = 200;
    reader.refuse("entry '" + name.substr(0, kMostShown) + "' " + reason);
  };
  if (name.empty()) refuse("has no readable name");
  if (name.size() > limits.name_length) {
    refuse("has a name of " + std::to_string(name.size()) + " bytes, at most " +
           std::to_string(limits.name_length) + " are accepted");
  }
  if (name.front() == '/') refuse("has an absolute name");
  // A name is written by whichever system packed it; a backslash or a drive letter leads out on
  // one.
  if (name.find('\\') != name.npos) refuse("has a backslash in its name");
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    std::string part = name.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") refuse("leads upward");
    if (part.size() > kMostPart) refuse("has a part of more than 255 bytes");
    parts.push_back(std::move(part));
  }
  return parts;
}

class Unpacking {
 public:
  Unpacking(internal::ArchiveReader& reader, const std::string& root, const ArchiveLimits& limits,
            const Progress& progress)
      : reader_(reader), root_(root), limits_(limits), progress_(progress) {}

  ImportedArchive run() {
    ImportedArchive result;
    std::size_t entries = 0;
    std::size_t hidden = 0;
    std::size_t special = 0;
    while (reader_.next()) {
      if (++entries > limits_.entries) {
        reader_.refuse("more than " + std::to_string(limits_.entries) + " entries");
      }
      if (progress_) progress_(reader_.consumed(), reader_.size());
      const std::string name = reader_.name();
      const std::vector<std::string> parts = safe_parts(reader_, name, limits_);
      if (parts.empty()) continue;
      const bool is_hidden = std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
        return part.starts_with('.') || part == "__MACOSX";
      });
      const internal::EntryKind kind = reader_.kind();
      if (kind == internal::EntryKind::kOther) {
        ++special;
      } else if (is_hidden) {
        ++hidden;
      } else if (kind == internal::EntryKind::kFolder) {
        make_folder(parts, parts.size(), name);
      } else {
        if (reader_.encrypted()) reader_.refuse("entry '" + name + "' needs a password");
        write_entry(parts, name);
        ++result.files;
      }
    }
    if (result.files == 0) reader_.refuse("it holds no file");
    const auto note = [&](std::size_t count, const char* what) {
      if (count > 0) result.notices.push_back(std::to_string(count) + what);
    };
    note(special, " entries are links, devices or pipes and were left out");
    note(hidden, " entries are hidden or of __MACOSX and were left out");
    return result;
  }

 private:
  /// The folder of the first `count` parts.
  std::string make_folder(const std::vector<std::string>& parts, std::size_t count,
                          const std::string& name) {
    std::string path = root_;
    for (std::size_t i = 0; i < count; ++i) {
      path += "/" + parts[i];
      if (folders_.contains(path)) continue;
      // Nothing here is a link: whatever exists was made by this function or by write_entry().
      if (::mkdir(path.c_str(), 0777) != 0) {
        if (errno == EEXIST) reader_.refuse("entry '" + name + "' is inside of a file");
        fail(path);
      }
      folders_.insert(path);
    }
    return path;
  }

  void write_entry(const std::vector<std::string>& parts, const std::string& name) {
    const std::string path = make_folder(parts, parts.size() - 1, name) + "/" + parts.back();
    const int file =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0) {
      if (errno == EEXIST) reader_.refuse("entry '" + name + "' comes twice");
      fail(path);
    }
    struct Closer {
      int file;
      ~Closer() { ::close(file); }
    } const closer{file};
    static thread_local std::array<std::byte, 1 << 16> buffer;
    while (const std::size_t got = reader_.read(buffer)) {
      count(got, name);
      for (std::size_t done = 0; done < got;) {
        const ssize_t written = ::write(file, buffer.data() + done, got - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(path);
        done += static_cast<std::size_t>(written);
      }
    }
  }

  void count(std::size_t got, const std::string& name) {
    constexpr std::uint64_t kFirstGigabyte = 1'000'000'000;
    bytes_ += got;
    if (bytes_ > limits_.bytes) {
      reader_.refuse("more than " + std::to_string(limits_.bytes) + " bytes come out of it");
    }
    const double ratio = static_cast<double>(bytes_) /
                         static_cast<double>(std::max<std::uint64_t>(1, reader_.consumed()));
    if (bytes_ > kFirstGigabyte && ratio > limits_.ratio) {
      reader_.refuse("it swells to more than " + std::to_string(static_cast<int>(limits_.ratio)) +
                     " times its size at entry '" + name + "'");
    }
    if (progress_ && (bytes_ - got) >> 26 != bytes_ >> 26) {
      progress_(reader_.consumed(), reader_.size());
    }
  }

  [[noreturn]] static void fail(const std::string& path) {
    throw Error(ErrorKind::kIo, "cannot write " + path + ": " + std::strerror(errno));
  }

  internal::ArchiveReader& reader_;
  const std::string& root_;
  const ArchiveLimits& limits_;
  const Progress& progress_;
  std::unordered_set<std::string> folders_;
  std::uint64_t bytes_ = 0;
};

/// The only entry of a folder if that is a folder; otherwise nothing.
fs::path only_folder(const fs::path& folder) {
  fs::directory_iterator at(folder);
  if (at == fs::directory_iterator()) return {};
  const fs::path first = at->path();
  return ++at == fs::directory_iterator() && fs::is_directory(first) ? first : fs::path();
}

bool holds_folders(const fs::path& folder) {
  return std::any_of(fs::directory_iterator(folder), fs::directory_iterator(),
                     [](const fs::directory_entry& entry) { return is_directory(entry.status()); });
}

/// Below folders that are alone in the one around them and hold folders themselves: so
/// `photos/cat/1.jpg` and `cat/1.jpg` give the same.
fs::path content_root(fs::path root) {
  for (fs::path inner = only_folder(root); !inner.empty() && holds_folders(inner);
       inner = only_folder(root)) {
    root = inner;
  }
  return root;
}

}  // namespace

ImportedArchive import_archive(const std::string& archive, const std::string& directory,
                               const ArchiveLimits& limits, const Progress& progress) {
  internal::ArchiveReader reader(archive);
  internal::NewDirectory target(directory);
  ImportedArchive result = Unpacking(reader, target.path(), limits, progress).run();
  const fs::path root = content_root(target.path());
  if (root != target.path()) target.keep_only(root.string());
  target.commit();
  return result;
}

}  // namespace folio
