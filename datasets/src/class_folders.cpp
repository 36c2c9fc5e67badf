#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
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

/// Everything but folders is a file, as for Python's os.walk. Links to folders are folders if they
/// are to be followed and nothing otherwise.
Entries list_folder(const std::string& path, bool follow_links) {
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

/// Walks one class. Folders that are reached a second time through links end there.
class ClassWalk {
 public:
  ClassWalk(const std::string& root, bool follow_links)
      : root_(root), follow_links_(follow_links) {}

  /// Paths relative to the root, in Keras' order: folders by their full path, files by name.
  std::vector<std::string> images(const std::string& class_name) {
    walk(class_name);
    std::sort(folders_.begin(), folders_.end());
    std::vector<std::string> paths;
    for (auto& [folder, files] : folders_) {
      std::sort(files.begin(), files.end());
      for (const std::string& file : files) paths.push_back(folder + "/" + file);
    }
    return paths;
  }

  [[nodiscard]] const std::vector<std::string>& named_like_images() const {
    return named_like_images_;
  }

 private:
  void walk(const std::string& folder) {
    const std::string path = root_ + "/" + folder;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 ||
        !visited_.insert({status.st_dev, status.st_ino}).second) {
      return;
    }
    Entries entries = list_folder(path, follow_links_);
    std::erase_if(entries.files, [](const std::string& name) { return !has_image_ending(name); });
    folders_.emplace_back(folder, std::move(entries.files));
    for (const std::string& name : entries.folders) {
      if (has_image_ending(name)) named_like_images_.push_back(folder + "/" + name);
      walk(folder + "/" + name);
    }
  }

  std::string root_;
  bool follow_links_;
  std::set<std::pair<dev_t, ino_t>> visited_;
  std::vector<std::string> named_like_images_;
  std::vector<std::pair<std::string, std::vector<std::string>>> folders_;
};

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

SampleList scan_class_folders(const std::string& directory, const ClassFolderOptions& options) {
  boost::system::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) throw Error(ErrorKind::kIo, "no such directory: " + directory);
  if (!fs::is_directory(status)) throw Error(ErrorKind::kIo, directory + " is not a directory");

  SampleList list;
  list.root = directory;
  while (list.root.size() > 1 && list.root.back() == '/') list.root.pop_back();
  if (options.classes.empty()) {
    // A linked class folder counts, as in Keras; follow_links is about what is inside.
    Entries entries = list_folder(directory, true);
    std::sort(entries.folders.begin(), entries.folders.end());
    for (std::string& name : entries.folders) {
      if (is_system_folder(name)) {
        list.notices.push_back("folder " + name + " is hidden or a system folder and is no class");
      } else {
        list.class_names.push_back(std::move(name));
      }
    }
    if (list.class_names.empty()) {
      throw Error(ErrorKind::kData, directory + " has no class folder, expected one per class");
    }
  } else {
    list.class_names = options.classes;
    std::set<std::string> seen;
    for (const std::string& name : list.class_names) {
      if (!seen.insert(name).second) {
        throw Error(ErrorKind::kUsage, "classes names the folder '" + name + "' twice");
      }
      if (!fs::is_directory(list.root + "/" + name, error)) {
        throw Error(ErrorKind::kData, directory + " has no class folder '" + name + "'");
      }
    }
  }
  for (std::size_t label = 0; label < list.class_names.size(); ++label) {
    const std::string& name = list.class_names[label];
    ClassWalk walk(list.root, options.follow_links);
    std::vector<std::string> paths = walk.images(name);
    for (const std::string& folder : walk.named_like_images()) {
      list.notices.push_back(folder + " is named like an image, but is a folder");
    }
    if (paths.empty() && !options.allow_empty) {
      throw Error(ErrorKind::kData, "class folder " + list.root + "/" + name +
                                        " holds no image; remove it or list the folders to use "
                                        "in `classes`");
    }
    for (std::string& path : paths) {
      list.samples.push_back({std::move(path), static_cast<int>(label), 1.0F});
    }
  }
  return list;
}

}  // namespace folio
