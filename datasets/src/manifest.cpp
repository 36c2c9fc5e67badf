#include <folio/datasets/csv.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/manifest.h>
#include <folio/datasets/split.h>

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace folio {
namespace {

std::optional<SplitPart> parse_part(const CsvReader& reader, const std::string& text) {
  if (text.empty()) return std::nullopt;
  for (const SplitPart part : {SplitPart::kTraining, SplitPart::kValidation, SplitPart::kTest}) {
    if (text == to_string(part)) return part;
  }
  throw reader.error("unknown subset '" + text +
                     "', expected training, validation, test or nothing");
}

float parse_weight(const CsvReader& reader, const std::string& text) {
  float weight = 0.0F;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, weight);
  if (error == std::errc() && stop == end && std::isfinite(weight) && weight >= 0.0F) {
    return weight;
  }
  throw reader.error("weight must be a number that is not negative, got '" + text + "'");
}

}  // namespace

void write_manifest(const std::string& path, const SampleList& samples) {
  std::string text = "path,class,subset\n";
  std::array<std::string, 3> row;
  for (const Sample& sample : samples.samples) {
    row = {sample.path, samples.class_names.at(static_cast<std::size_t>(sample.label)),
           sample.part ? to_string(*sample.part) : ""};
    append_csv_row(text, row);
  }
  write_file(path, text);
}

SampleList read_manifest(const std::string& path, const std::string& root,
                         const std::vector<std::string>& classes) {
  CsvReader reader(path);
  const std::size_t path_column = reader.column("path");
  const std::size_t class_column = reader.column("class");
  const auto optional_column = [&](const char* name) {
    return reader.has_column(name) ? std::optional(reader.column(name)) : std::nullopt;
  };
  const std::optional<std::size_t> subset_column = optional_column("subset");
  const std::optional<std::size_t> weight_column = optional_column("weight");

  SampleList list;
  list.root = root;
  while (list.root.size() > 1 && list.root.back() == '/') list.root.pop_back();
  std::vector<std::string> class_of;
  std::unordered_set<std::string> seen;
  std::vector<std::string> row;
  const std::set<std::string> wanted(classes.begin(), classes.end());
  if (wanted.size() != classes.size()) {
    throw Error(ErrorKind::kUsage, "classes names one class twice");
  }
  while (reader.next(row)) {
    const std::string& file = row[path_column];
    const std::string& name = row[class_column];
    if (file.empty() || file.front() == '/') {
      throw reader.error("path must be relative to the directory, got '" + file + "'");
    }
    if (name.empty()) throw reader.error("'" + file + "' has no class");
    if (!seen.insert(file).second) throw reader.error("'" + file + "' is listed twice");
    if (!wanted.empty() && !wanted.contains(name)) continue;
    Sample sample{.path = file};
    if (subset_column) sample.part = parse_part(reader, row[*subset_column]);
    if (weight_column) sample.weight = parse_weight(reader, row[*weight_column]);
    list.samples.push_back(std::move(sample));
    class_of.push_back(name);
  }
  if (list.samples.empty()) throw Error(ErrorKind::kData, path + " lists no sample");

  list.class_names = classes;
  if (classes.empty()) {
    const std::set<std::string> sorted(class_of.begin(), class_of.end());
    list.class_names.assign(sorted.begin(), sorted.end());
  }
  const std::map<std::string, int> labels = list.class_indices();
  for (std::size_t i = 0; i < list.size(); ++i) list.samples[i].label = labels.at(class_of[i]);
  const std::vector<std::size_t> counts = list.class_counts();
  for (std::size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] == 0) {
      throw Error(ErrorKind::kData,
                  path + " lists no sample of class '" + list.class_names[label] + "'");
    }
  }
  return list;
}

void take_parts(SampleList& samples, const std::string& manifest) {
  std::unordered_map<std::string, SplitPart> parts;
  for (const Sample& sample : read_manifest(manifest, samples.root).samples) {
    if (sample.part) parts.emplace(sample.path, *sample.part);
  }
  for (Sample& sample : samples.samples) {
    const auto found = parts.find(sample.path);
    if (found != parts.end()) sample.part = found->second;
  }
}

}  // namespace folio
