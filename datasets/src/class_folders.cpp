#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>
#include <set>
#include <string_view>
#include <utility>

namespace folio {
namespace {

namespace fs = boost::filesystem;

bool is_system_folder(std::string_view name) { return name.starts_with('.') || name == "__MACOSX"; }

struct Entries {
  std::vector<std::string> files;
  std::vector<std::string> folders;
};

/// Tells how many files have been seen, now and then.
class FileCounter {
 public:
  explicit FileCounter(const Progress& progress) : progress_(progress) {}
  void count() {
    constexpr std::size_t kBetween = 256;
    if (++files_ % kBetween == 0 && progress_) progress_(files_, 0);
  }

 private:
  const Progress& progress_;
  std::size_t files_ = 0;
};

/// Everything but folders is a file, as for Python's os.walk. Links to folders are folders if they
/// are to be followed and nothing otherwise.
Entries list_folder(const std::string& path, bool follow_links, FileCounter& counter) {
  boost::system::error_code error;
  fs::directory_iterator at(path, error);
  if (error) throw Error(ErrorKind::kIo, "cannot read directory " + path + ": " + error.message());
  Entries entries;
  while (at != fs::directory_iterator()) {
    boost::system::error_code ignored;  // A dangling link has no status; decoding will name it.
    const fs::directory_entry& entry = *at;
    const bool link = fs::is_symlink(entry.symlink_status(ignored));
    const bool folder = fs::is_directory(entry.status(ignored));
    const std::string& full = entry.path().native();
    const std::size_t slash = full.rfind('/') + 1;
    if (!folder) {
      entries.files.push_back(full.substr(slash));
      counter.count();
    } else if (!link || follow_links) {
      entries.folders.push_back(full.substr(slash));
    }
    at.increment(error);
    if (error) {
      throw Error(ErrorKind::kIo, "cannot read directory " + path + ": " + error.message());
    }
  }
  return entries;
}

bool is_hidden(std::string_view name) { return name.starts_with('.'); }

/// Walks one class. Folders that are reached a second time through links end there. All paths are
/// relative to the root.
class ClassWalk {
 public:
  ClassWalk(const std::string& root, const std::string& class_name, bool follow_links,
            FileCounter& counter)
      : root_(root), follow_links_(follow_links), counter_(counter) {
    walk(class_name);
  }

  /// In Keras' order: folders by their full path, files by name.
  std::vector<std::string> images() {
    std::sort(folders_.begin(), folders_.end());
    std::vector<std::string> paths;
    for (auto& [folder, files] : folders_) {
      std::sort(files.begin(), files.end());
      for (const std::string& file : files) paths.push_back(folder + "/" + file);
    }
    return paths;
  }

  [[nodiscard]] const std::vector<std::string>& folders_named_like_images() const {
    return folders_named_like_images_;
  }
  /// Files that are no images by their names, hidden ones aside.
  [[nodiscard]] const std::vector<std::string>& others() const { return others_; }

 private:
  void walk(const std::string& folder) {
    const std::string path = root_ + "/" + folder;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 ||
        !visited_.insert({status.st_dev, status.st_ino}).second) {
      return;
    }
    Entries entries = list_folder(path, follow_links_, counter_);
    std::erase_if(entries.files, [&](const std::string& name) {
      if (has_image_ending(name)) return false;
      if (!is_hidden(name)) others_.push_back(folder + "/" + name);
      return true;
    });
    folders_.emplace_back(folder, std::move(entries.files));
    std::sort(entries.folders.begin(), entries.folders.end());
    for (const std::string& name : entries.folders) {
      if (has_image_ending(name)) folders_named_like_images_.push_back(folder + "/" + name);
      walk(folder + "/" + name);
    }
  }

  std::string root_;
  bool follow_links_;
  FileCounter& counter_;
  std::set<std::pair<dev_t, ino_t>> visited_;
  std::vector<std::string> folders_named_like_images_;
  std::vector<std::string> others_;
  std::vector<std::pair<std::string, std::vector<std::string>>> folders_;
};

/// The folders where `path` would be, named as it is; not more than a look costs nothing.
std::vector<std::string> folders_beside(const std::string& path) {
  constexpr std::size_t kMost = 1000;
  std::string bare = path;
  while (bare.size() > 1 && bare.back() == '/') bare.pop_back();
  const std::size_t slash = bare.rfind('/');
  const std::string before = slash == bare.npos ? "" : bare.substr(0, slash + 1);
  std::vector<std::string> names;
  boost::system::error_code error;
  fs::directory_iterator entry(before.empty() ? "." : before, error);
  for (; !error && entry != fs::directory_iterator() && names.size() < kMost;
       entry.increment(error)) {
    boost::system::error_code unknown;
    if (!fs::is_directory(entry->path(), unknown)) continue;
    names.push_back(before + entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string checked_root(const std::string& directory) {
  boost::system::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) {
    throw Error(ErrorKind::kIo, "no such directory: " + directory +
                                    did_you_mean(directory, folders_beside(directory)));
  }
  if (!fs::is_directory(status)) throw Error(ErrorKind::kIo, directory + " is not a directory");
  std::string root = directory;
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  return root;
}

/// `; it has cat, dog`, or nothing where there are no folders.
std::string what_there_is(const std::string& root) {
  constexpr std::size_t kMost = 5;
  const std::vector<std::string> folders = folders_beside(root + "/?");
  std::string list;
  for (std::size_t i = 0; i < std::min(kMost, folders.size()); ++i) {
    list += (i == 0 ? "; it has " : ", ") + folders[i].substr(root.size() + 1);
  }
  return list + (folders.size() > kMost ? ", ..." : "");
}

/// Files beside the class folders that would be images inside of one.
std::vector<std::string> stray_images(Entries entries) {
  std::erase_if(entries.files,
                [](const std::string& name) { return is_hidden(name) || !has_image_ending(name); });
  std::sort(entries.files.begin(), entries.files.end());
  return std::move(entries.files);
}

/// `3 files` and what is wrong with them, with the first.
std::string counted(const std::vector<std::string>& files, const char* what) {
  return std::to_string(files.size()) + (files.size() == 1 ? " file " : " files ") + what +
         ", the first: " + files.front();
}

}  // namespace

bool has_image_ending(std::string_view name) {
  constexpr std::array<std::string_view, 7> kEndings{"png", "jpg", "jpeg", "bmp",
                                                     "ppm", "tif", "tiff"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return name.size() >= ending.size() &&
           std::equal(ending.begin(), ending.end(), name.end() - ending.size(),
                      [](char wanted, char got) {
                        return wanted == (got >= 'A' && got <= 'Z' ? got - 'A' + 'a' : got);
                      });
  });
}

SampleList scan_class_folders(const std::string& directory, const ClassFolderOptions& options,
                              const Progress& progress) {
  FileCounter counter(progress);
  SampleList list;
  list.root = checked_root(directory);
  if (options.classes.empty()) {
    // A linked class folder counts, as in Keras; follow_links is about what is inside.
    Entries entries = list_folder(list.root, true, counter);
    std::sort(entries.folders.begin(), entries.folders.end());
    for (std::string& name : entries.folders) {
      if (is_system_folder(name)) {
        list.notices.push_back("folder " + name + " is hidden or a system folder and is no class");
      } else {
        list.class_names.push_back(std::move(name));
      }
    }
    const std::vector<std::string> stray = stray_images(std::move(entries));
    if (list.class_names.empty()) {
      throw Error(ErrorKind::kData, directory + " has no class folder, expected one per class" +
                                        (stray.empty() ? "" : "; images lie in it directly"));
    }
    if (!stray.empty()) {
      list.notices.push_back(counted(stray, "left out, in no class folder"));
    }
  } else {
    list.class_names = options.classes;
    std::set<std::string> seen;
    for (const std::string& name : list.class_names) {
      if (!seen.insert(name).second) {
        throw Error(ErrorKind::kUsage, "classes names the folder '" + name + "' twice");
      }
      boost::system::error_code error;
      if (!fs::is_directory(list.root + "/" + name, error)) {
        if (error == boost::system::errc::permission_denied) {
          throw Error(ErrorKind::kIo,
                      "cannot read directory " + list.root + "/" + name + ": " + error.message());
        }
        throw Error(ErrorKind::kData,
                    directory + " has no class folder '" + name + "'" + what_there_is(list.root));
      }
    }
  }
  std::vector<std::string> others;
  for (std::size_t label = 0; label < list.class_names.size(); ++label) {
    const std::string& name = list.class_names[label];
    ClassWalk walk(list.root, name, options.follow_links, counter);
    std::vector<std::string> paths = walk.images();
    for (const std::string& folder : walk.folders_named_like_images()) {
      list.notices.push_back(folder + " is named like an image, but is a folder");
    }
    others.insert(others.end(), walk.others().begin(), walk.others().end());
    if (paths.empty() && !options.allow_empty) {
      throw Error(ErrorKind::kData, "class folder " + list.root + "/" + name +
                                        " holds no image; remove it, or name the classes to use");
    }
    for (std::string& path : paths) {
      list.samples.push_back({std::move(path), static_cast<int>(label), 1.0F});
    }
  }
  if (!others.empty()) {
    std::sort(others.begin(), others.end());
    list.notices.push_back(counted(others, "left out, no images by their names"));
  }
  return list;
}

std::vector<SkippedFile> skipped_files(const std::string& directory,
                                       const ClassFolderOptions& options) {
  const std::string root = checked_root(directory);
  const Progress nobody;
  FileCounter counter(nobody);
  std::vector<SkippedFile> skipped;
  std::vector<std::string> classes = options.classes;
  if (classes.empty()) {
    Entries entries = list_folder(root, true, counter);
    classes = entries.folders;
    std::erase_if(classes, is_system_folder);
    for (std::string& file : stray_images(std::move(entries))) {
      skipped.push_back({std::move(file), SkippedFile::Reason::kInNoClass});
    }
  }
  for (const std::string& name : classes) {
    const ClassWalk walk(root, name, options.follow_links, counter);
    for (const std::string& file : walk.others()) {
      skipped.push_back({file, SkippedFile::Reason::kNoImageByName});
    }
  }
  std::sort(skipped.begin(), skipped.end(),
            [](const SkippedFile& a, const SkippedFile& b) { return a.path < b.path; });
  return skipped;
}

}  // namespace folio
