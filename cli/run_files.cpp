#include "run_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <folio/datasets/csv.h>
#include <folio/datasets/file.h>

namespace folio::cli {
namespace fs = std::filesystem;
namespace {

std::vector<RunFile> read_run_files(const std::string& path) {
  CsvReader table(path);
  const std::array columns{table.column("subset"), table.column("path"), table.column("class"),
                           table.column("bytes")};
  std::vector<RunFile> files;
  std::vector<std::string> row;
  while (table.next(row)) {
    files.push_back({row[columns[0]], row[columns[1]], row[columns[2]], row[columns[3]]});
  }
  return files;
}

/// `2 files are new (training: a.png, training: b.png)`
std::string counted(const std::vector<std::string>& names, const char* what) {
  if (names.empty()) return "";
  constexpr std::size_t kMost = 3;
  std::string text = std::to_string(names.size()) +
                     (names.size() == 1 ? " file is " : " files are ") + what + " (";
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  return text + (names.size() > kMost ? ", ...)" : ")");
}

}  // namespace

void add_run_files(std::vector<RunFile>& files, const std::string& subset, const std::string& root,
                   const BatchStream& stream) {
  const std::vector<std::string>& paths = stream.filenames();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::error_code unreadable;  // It will be met again as a bad file.
    const std::uintmax_t size = fs::file_size(fs::path(root) / paths[i], unreadable);
    const auto label =
        static_cast<std::size_t>(i < stream.labels().size() ? stream.labels()[i] : -1);
    files.push_back({subset, paths[i],
                     label < stream.class_names().size() ? stream.class_names()[label] : "",
                     unreadable ? "" : std::to_string(size)});
  }
}

void write_run_files(const std::string& path, const std::vector<RunFile>& files) {
  std::string table;
  append_csv_row(table, std::array<std::string, 4>{"subset", "path", "class", "bytes"});
  for (const RunFile& file : files) {
    append_csv_row(table, std::array{file.subset, file.path, file.class_name, file.bytes});
  }
  write_file(path, std::string_view(table));
}

std::string changed_files(const std::string& path, const std::vector<RunFile>& files) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return "";
  const std::vector<RunFile> before = read_run_files(path);
  if (before == files) return "";
  const auto name = [](const RunFile& file) { return file.subset + ": " + file.path; };
  std::multimap<std::string, const RunFile*> missing;  // A table may name a file twice.
  for (const RunFile& file : before) missing.emplace(name(file), &file);
  std::vector<std::string> added, gone, resized, relabelled;
  for (const RunFile& file : files) {
    const auto found = missing.find(name(file));
    if (found == missing.end()) {
      added.push_back(name(file));
      continue;
    }
    const RunFile& earlier = *found->second;
    if (earlier.bytes != file.bytes) {
      resized.push_back(name(file) + ", " + file.bytes + " bytes, it had " + earlier.bytes);
    }
    if (earlier.class_name != file.class_name) {
      relabelled.push_back(name(file) + ", " + file.class_name + ", it was " + earlier.class_name);
    }
    missing.erase(found);
  }
  for (const auto& [gone_name, file] : missing) gone.push_back(gone_name);
  std::string text;
  for (const std::string& part :
       {counted(added, "new"), counted(gone, "missing"), counted(resized, "of another size"),
        counted(relabelled, "of another class")}) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  }
  return text.empty() ? "the files are in another order" : text;
}

}  // namespace folio::cli
