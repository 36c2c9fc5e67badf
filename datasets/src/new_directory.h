/// NewDirectory: a folder that appears with everything in it, or not at all.
#pragma once
#include <string>

namespace folio::internal {

/// Collects files in a hidden folder beside the destination until commit() renames it.
///
/// Errors  Error (kUsage) from the constructor if the destination exists and is not an empty
/// folder,
///         so that nothing is mixed or overwritten; Error (kIo) naming the folder.
/// Owns    The hidden folder; the destructor removes it with what is in it.
class NewDirectory {
 public:
  explicit NewDirectory(std::string destination);
  ~NewDirectory();
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  /// Where to write before commit().
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& destination() const { return destination_; }

  /// Keeps one of the folders in it and gives it the place of all.
  void keep_only(const std::string& inner);

  void commit();

 private:
  std::string destination_;
  std::string path_;
};

}  // namespace folio::internal
