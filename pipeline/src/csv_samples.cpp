#include <folio/datasets/class_folders.h>
#include <folio/datasets/csv.h>
#include <folio/datasets/error.h>
#include <folio/pipeline/csv_samples.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace folio {
namespace {

bool has_classes(ClassMode mode) {
  return mode == ClassMode::kCategorical || mode == ClassMode::kBinary ||
         mode == ClassMode::kSparse;
}

void check_options(const CsvOptions& csv, const FlowOptions& flow) {
  const std::size_t columns = csv.y_col.size();
  if (has_classes(flow.class_mode) && columns != 1) {
    throw Error(ErrorKind::kUsage, "y_col must name one column for labels that are classes, got " +
                                       std::to_string(columns) +
                                       "; several go with class_mode 'raw' or 'multi_output'");
  }
  if (has_numbers(flow.class_mode) && columns == 0) {
    throw Error(ErrorKind::kUsage,
                "y_col must name at least one column for class_mode 'raw' or 'multi_output'");
  }
  if (!csv.label_separator.empty() && flow.class_mode != ClassMode::kCategorical) {
    throw Error(ErrorKind::kUsage,
                "label_separator gives a row several labels, which only class_mode 'categorical' "
                "can express");
  }
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  if (separator.empty()) return {text};
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(separator, from);
    parts.push_back(text.substr(from, to - from));
    if (to == text.npos) return parts;
    from = to + separator.size();
  }
}

/// What is left out, counted, with the first of them.
struct LeftOut {
  std::size_t count = 0;
  std::string first;
  void add(const std::string& what, std::size_t line) {
    if (count++ == 0) first = what + " (line " + std::to_string(line) + ")";
  }
};

class TableReader {
 public:
  TableReader(const std::string& table, const CsvOptions& csv, const FlowOptions& flow)
      : csv_(csv),
        flow_(flow),
        reader_(table),
        table_(table),
        x_column_(reader_.column(csv.x_col)) {
    if (has_classes(flow.class_mode) || has_numbers(flow.class_mode)) {
      for (const std::string& name : csv.y_col) y_columns_.push_back(reader_.column(name));
    }
    if (!csv.weight_col.empty()) weight_column_ = reader_.column(csv.weight_col);
  }

  LabelledSamples read() {
    read_rows();
    LabelledSamples result{.samples = {.root = csv_.directory,
                                       .class_names = {},
                                       .samples = std::move(samples_),
                                       .notices = {}},
                           .targets = {}};
    SampleList& list = result.samples;
    list.split_by_rows = true;
    while (list.root.size() > 1 && list.root.back() == '/') list.root.pop_back();
    if (invalid_.count > 0) {
      list.notices.push_back(
          table_ + ": rows left out because they name no image file in column '" + csv_.x_col +
          "': " + std::to_string(invalid_.count) + ", the first: " + invalid_.first);
    }
    if (has_classes(flow_.class_mode)) assign_classes(result);
    if (list.samples.empty()) {
      throw Error(ErrorKind::kData,
                  table_ + ": no row is left that names an image" +
                      (invalid_.count > 0 ? "; the first left out: " + invalid_.first : ""));
    }
    if (has_numbers(flow_.class_mode)) {
      const auto rows = static_cast<std::int64_t>(list.size());
      const auto columns = static_cast<std::int64_t>(y_columns_.size());
      const bool flat = columns == 1 && flow_.class_mode == ClassMode::kRaw;
      result.targets = Tensor(flat ? Shape{rows} : Shape{rows, columns}, numbers_);
    }
    return result;
  }

 private:
  void read_rows() {
    std::vector<std::string> row;
    while (reader_.next(row)) {
      Sample sample;
      sample.path = row[x_column_];
      if (sample.path.empty()) throw reader_.error("column '" + csv_.x_col + "' is empty");
      if (csv_.validate_filenames && !is_image_file(sample.path)) {
        invalid_.add(sample.path, reader_.line());
        continue;
      }
      if (weight_column_) sample.weight = number(row[*weight_column_], csv_.weight_col);
      if (has_numbers(flow_.class_mode)) {
        for (std::size_t i = 0; i < y_columns_.size(); ++i) {
          numbers_.push_back(number(row[y_columns_[i]], csv_.y_col[i]));
        }
      } else if (!y_columns_.empty()) {
        labels_.push_back(label_ids(row[y_columns_.front()]));
      }
      samples_.push_back(std::move(sample));
    }
  }

  [[nodiscard]] bool is_image_file(const std::string& path) const {
    if (!has_image_ending(path)) return false;
    const bool whole = csv_.directory.empty() || path.starts_with('/');
    struct stat status {};
    return ::stat((whole ? path : csv_.directory + "/" + path).c_str(), &status) == 0 &&
           S_ISREG(status.st_mode);
  }

  [[nodiscard]] float number(const std::string& text, const std::string& column) const {
    float value = 0.0F;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) {
      throw reader_.error("column '" + column + "' must be a number, got '" + text + "'");
    }
    return value;
  }

  std::vector<int> label_ids(const std::string& text) {
    std::vector<int> ids;
    for (const std::string& name : split(text, csv_.label_separator)) {
      if (name.empty())
        throw reader_.error("column '" + csv_.y_col.front() + "' has an empty label");
      ids.push_back(ids_.try_emplace(name, static_cast<int>(ids_.size())).first->second);
    }
    return ids;
  }

  /// Settles the classes, leaves out rows without any of them, and writes labels and targets.
  void assign_classes(LabelledSamples& result) {
    SampleList& list = result.samples;
    for (const std::string& name : flow_.classes) {
      if (std::find(list.class_names.begin(), list.class_names.end(), name) ==
          list.class_names.end()) {
        list.class_names.push_back(name);
      }
    }
    if (flow_.classes.empty()) {
      for (const auto& [name, id] : ids_) list.class_names.push_back(name);  // Sorted.
    }
    if (flow_.class_mode == ClassMode::kBinary && list.class_names.size() != 2) {
      throw Error(ErrorKind::kData, table_ + ": class_mode 'binary' needs two classes, got " +
                                        std::to_string(list.class_names.size()));
    }
    std::vector<int> positions(ids_.size(), -1);
    for (std::size_t label = 0; label < list.class_names.size(); ++label) {
      const auto id = ids_.find(list.class_names[label]);
      if (id != ids_.end())
        positions[static_cast<std::size_t>(id->second)] = static_cast<int>(label);
    }
    const bool several = !csv_.label_separator.empty();
    const std::size_t width = list.class_names.size();
    std::size_t kept = 0;
    for (std::size_t row = 0; row < labels_.size(); ++row) {
      std::vector<int>& labels = labels_[row];
      for (int& label : labels) label = positions[static_cast<std::size_t>(label)];
      std::erase(labels, -1);
      if (labels.empty()) continue;
      if (several) {
        numbers_.resize((kept + 1) * width, 0.0F);
        for (const int label : labels)
          numbers_[kept * width + static_cast<std::size_t>(label)] = 1.0F;
      }
      list.samples[row].label = labels.front();
      if (kept != row) list.samples[kept] = std::move(list.samples[row]);
      ++kept;
    }
    if (const std::size_t dropped = list.samples.size() - kept; dropped > 0) {
      list.notices.push_back(
          table_ + ": rows left out because they are of other classes: " + std::to_string(dropped));
      list.samples.resize(kept);
    }
    if (several && kept > 0) {
      result.targets =
          Tensor({static_cast<std::int64_t>(kept), static_cast<std::int64_t>(width)}, numbers_);
    }
  }

  const CsvOptions& csv_;
  const FlowOptions& flow_;
  CsvReader reader_;
  std::string table_;
  std::size_t x_column_;
  std::vector<std::size_t> y_columns_;
  std::optional<std::size_t> weight_column_;

  std::vector<Sample> samples_;
  std::map<std::string, int> ids_;        // Of labels, in the order in which they were met.
  std::vector<std::vector<int>> labels_;  // Of each sample.
  std::vector<float> numbers_;            // Rows of the targets.
  LeftOut invalid_;
};

}  // namespace

LabelledSamples read_csv_samples(const std::string& table, const CsvOptions& csv,
                                 const FlowOptions& flow) {
  check_options(csv, flow);
  return TableReader(table, csv, flow).read();
}

}  // namespace folio
