/// Class folders: a directory with one folder of images per class.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <folio/datasets/progress.h>
#include <folio/datasets/sample_list.h>

namespace [[gnu::visibility("default")]] folio {

/// Which folders are classes.
struct ClassFolderOptions {
  std::vector<std::string> classes{};  ///< Folder names in label order; empty: all, sorted.
  bool follow_links = false;           ///< Whether links to folders inside a class are followed.
  bool allow_empty = false;            ///< Whether a class folder may hold no image.
};

/// Lists the images of a directory as Keras' flow_from_directory does: classes are its folders in
/// byte order; the files of a class are those below it whose name ends in png, jpg, jpeg, bmp, ppm,
/// tif or tiff, a folder's own before those of its subfolders.
///
/// Other than in Keras, hidden folders and __MACOSX are no classes (a notice names them), loops of
/// links end, and notices count what is left out. Progress counts files; how many there are is not
/// known.
///
/// Errors  Error (kIo) if `directory` is missing or no directory; Error (kData) if a folder of
///         `classes` is missing, a class folder holds no image (unless allow_empty), or there is no
///         class at all.
SampleList scan_class_folders(const std::string& directory, const ClassFolderOptions& options = {},
                              const Progress& progress = {});

/// A file that scan_class_folders() leaves out.
struct SkippedFile {
  /// Why it does not count.
  enum class Reason {
    kNoImageByName,  ///< In a class folder, with another ending.
    kInNoClass,      ///< An image by its name, beside the class folders.
  };
  std::string path;                        ///< Relative to the directory.
  Reason reason = Reason::kNoImageByName;  ///< Name or place.
};

/// What scan_class_folders() leaves out of a directory, hidden files aside, sorted.
///
/// Errors  As there, for the directory.
std::vector<SkippedFile> skipped_files(const std::string& directory,
                                       const ClassFolderOptions& options = {});

/// Whether Keras takes a file of this name for an image: it ends in png, jpg, jpeg, bmp, ppm, tif
/// or tiff, in small or capital letters, with or without a dot before.
bool has_image_ending(std::string_view name);

}  // namespace folio
