#include <folio/datasets/csv.h>
#include <folio/datasets/error.h>
#include <folio/datasets/labelled_files.h>

#include <algorithm>
#include <boost/filesystem/operations.hpp>
#include <set>
#include <unordered_set>
#include <vector>

#include "file_transfer.h"
#include "new_directory.h"

namespace folio {

std::size_t import_labelled_files(const std::string& table, const std::string& images,
                                  const std::string& directory, const LabelledFilesOptions& options,
                                  const Progress& progress) {
  CsvReader reader(table);
  const std::size_t path_column = reader.column(options.path_column);
  const std::size_t class_column = reader.column(options.class_column);
  internal::NewDirectory target(directory);
  std::set<std::string> classes;
  std::unordered_set<std::string> seen;
  std::vector<std::string> row;
  std::size_t written = 0;
  while (reader.next(row)) {
    if (progress && written % 64 == 0) progress(written, 0);
    const std::string path = row[path_column] + options.suffix;
    const std::string& name = row[class_column];
    if (!internal::stays_inside(path)) {
      throw reader.error("path '" + path + "' leads out of " + images);
    }
    if (name.empty() || name.starts_with('.') || name.find('/') != name.npos) {
      throw reader.error("class '" + name + "' cannot be the name of a folder");
    }
    std::string file = path;
    std::replace(file.begin(), file.end(), '/', '_');
    const std::string folder = target.path() + "/" + name;
    if (classes.insert(name).second) internal::make_directories(folder);
    if (!seen.insert(name + "/" + file).second) throw reader.error("'" + path + "' comes twice");
    boost::system::error_code unknown;
    if (!boost::filesystem::exists(images + "/" + path, unknown)) {
      throw reader.error("there is no " + images + "/" + path);
    }
    internal::transfer_file(images + "/" + path, folder + "/" + file, options.transfer);
    ++written;
  }
  if (written == 0) throw reader.error("the table has no row");
  target.commit();
  return written;
}

}  // namespace folio
