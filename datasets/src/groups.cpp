#include <folio/datasets/csv.h>
#include <folio/datasets/error.h>
#include <folio/datasets/split.h>

#include <regex>
#include <unordered_map>

namespace folio {

std::vector<std::string> groups_by_regex(const SampleList& samples, const std::string& expression) {
  std::regex pattern;
  try {
    pattern.assign(expression, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    throw Error(ErrorKind::kUsage,
                "group regex '" + expression + "' is no regular expression: " + error.what());
  }
  if (pattern.mark_count() != 1) {
    throw Error(ErrorKind::kUsage, "group regex '" + expression +
                                       "' must have one capture group in parentheses, got " +
                                       std::to_string(pattern.mark_count()));
  }
  std::vector<std::string> groups;
  groups.reserve(samples.size());
  std::smatch match;
  for (const Sample& sample : samples.samples) {
    if (!std::regex_search(sample.path, match, pattern) || !match[1].matched) {
      throw Error(ErrorKind::kData,
                  "group regex '" + expression + "' finds no group in " + sample.path);
    }
    groups.push_back(match[1].str());
  }
  return groups;
}

std::vector<std::string> groups_from_csv(const SampleList& samples, const std::string& table) {
  CsvReader reader(table);
  if (reader.header().size() < 2) {
    throw reader.error("expected two columns, path and group");
  }
  const bool named = reader.has_column("path") && reader.has_column("group");
  const std::size_t path = named ? reader.column("path") : 0;
  const std::size_t group = named ? reader.column("group") : 1;
  std::unordered_map<std::string, std::string> known;
  std::vector<std::string> row;
  while (reader.next(row)) {
    const auto [found, is_new] = known.emplace(row[path], row[group]);
    if (!is_new && found->second != row[group]) {
      throw reader.error("'" + row[path] + "' is in group '" + row[group] +
                         "' here and in group '" + found->second + "' before");
    }
  }
  std::vector<std::string> groups;
  groups.reserve(samples.size());
  for (const Sample& sample : samples.samples) {
    auto found = known.find(sample.path);
    if (found == known.end()) {
      found = known.find(sample.path.substr(sample.path.rfind('/') + 1));
    }
    if (found == known.end()) {
      throw Error(ErrorKind::kData, table + " gives no group for " + sample.path);
    }
    groups.push_back(found->second);
  }
  return groups;
}

}  // namespace folio
