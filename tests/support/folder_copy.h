/// A copy of a folder that a test may damage.
#pragma once
#include <algorithm>
#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>
#include <string>
#include <vector>

namespace folio::test {

/// Copies all files below `from` to the same places below `to`; the copies' paths, sorted.
inline std::vector<std::string> copy_files(const std::string& from, const std::string& to) {
  namespace fs = boost::filesystem;
  std::vector<std::string> copies;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path copy = fs::path(to) / fs::relative(entry.path(), from);
    if (fs::is_directory(entry)) {
      fs::create_directories(copy);
    } else {
      fs::create_directories(copy.parent_path());
      fs::copy_file(entry.path(), copy);
      copies.push_back(copy.string());
    }
  }
  std::sort(copies.begin(), copies.end());
  return copies;
}

}  // namespace folio::test
