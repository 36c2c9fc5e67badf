#include "run_record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

#include "terminal.h"

namespace folio::cli {
namespace {
namespace fs = std::filesystem;

constexpr std::array kOwnColumns = {"epoch", "learning_rate", "seconds", "images_per_second"};

bool is_own_column(const std::string& name) {
  return std::find(kOwnColumns.begin(), kOwnColumns.end(), name) != kOwnColumns.end();
}

// Keras' history.csv: a header, then a line for every epoch, counted from 0.
Json epochs_of_history(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path);
  std::istringstream text(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  const auto fields_of = [](const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    return fields;
  };
  std::string line;
  std::getline(text, line);
  const std::vector<std::string> names = fields_of(line);
  Json epochs = Json::array();
  while (std::getline(text, line)) {
    const std::vector<std::string> fields = fields_of(line);
    Json epoch = Json::object();
    for (std::size_t i = 0; i < std::min(names.size(), fields.size()); ++i) {
      char* end = nullptr;
      const double value = std::strtod(fields[i].c_str(), &end);
      const bool number = end != fields[i].c_str() && std::isfinite(value);
      epoch[names[i]] = number ? Json(value) : Json(nullptr);
    }
    if (!epoch.contains("epoch") || !epoch.at("epoch").is_number()) {
      throw Error(ErrorKind::kData,
                  path + ": not a history: a line begins with \"" + line.substr(0, 40) + "\"");
    }
    epoch["epoch"] = epoch.at("epoch").get<std::size_t>() + 1;
    epochs.push_back(std::move(epoch));
  }
  return epochs;
}

bool lower_is_better(const std::string& name) {
  return name.find("accuracy") == std::string::npos &&
         name.find("precision") == std::string::npos && name.find("recall") == std::string::npos &&
         name.find("auc") == std::string::npos && name.find("f1") == std::string::npos;
}

// A damaged record is no wrong line.
Json read_record(const std::string& path) {
  try {
    return read_json_object(path);
  } catch (const Error& error) {
    throw Error(error.kind() == ErrorKind::kUsage ? ErrorKind::kData : error.kind(), error.what());
  }
}

}  // namespace

Json load_run_record(const std::string& run_directory) {
  const fs::path directory = run_directory;
  std::error_code unknown;
  if (!fs::is_directory(directory, unknown)) {
    throw Error(ErrorKind::kIo, run_directory + ": not a directory, expected the folder of a run");
  }
  const std::string report = (directory / "report.json").string();
  if (fs::exists(report, unknown)) {
    Json record = read_record(report);
    for (const char* key : {"epochs", "configuration", "validation", "data", "parameters"}) {
      if (!record.contains(key)) {
        throw Error(ErrorKind::kData, report + ": not a report: there is no \"" + key + "\"");
      }
    }
    return record;
  }
  const std::string configuration = (directory / "config.json").string();
  if (!fs::exists(configuration, unknown)) {
    throw Error(ErrorKind::kIo, run_directory +
                                    ": not the folder of a run: it holds neither "
                                    "report.json nor config.json");
  }
  const std::string history = (directory / "history.csv").string();
  return {{"interrupted", true},
          {"epochs", fs::exists(history, unknown) ? epochs_of_history(history) : Json::array()},
          {"parameters", nullptr},
          {"data", nullptr},
          {"validation", nullptr},
          {"validation_missing", "The run has not ended."},
          {"configuration", read_record(configuration)}};
}

std::string run_title(const Json& record) {
  const Json& configuration = record.at("configuration");
  return text_of_key(configuration, "model") + " on " + text_of_key(configuration, "directory");
}

std::string run_subtitle(const Json& record) {
  const Json& configuration = record.at("configuration");
  std::string text;
  if (const auto optimizer = configuration.find("optimizer");
      optimizer != configuration.end() && optimizer->is_object()) {
    text += text_of_key(*optimizer, "class_name") + ", ";
  }
  if (const auto flow = configuration.find("flow");
      flow != configuration.end() && flow->is_object()) {
    text += "batch size " + text_of_key(*flow, "batch_size") + ", ";
  }
  text += "folio " + text_of_key(configuration, "folio_version");
  if (record.value("interrupted", false)) text += "; the run did not come to its end";
  return text;
}

std::string data_summary(const Json& record) {
  const Json& data = record.at("data");
  if (data.is_null()) return "";
  const auto total = [](const Json& counts) {
    std::int64_t sum = 0;
    for (const Json& count : counts) sum += count.get<std::int64_t>();
    return grouped_number(sum);
  };
  std::string text = total(data.at("training")) + " images for training";
  if (!data.at("validation").is_null())
    text += ", " + total(data.at("validation")) + " for validation";
  std::string shape;
  for (const Json& extent : data.at("image_shape")) {
    shape += (shape.empty() ? "" : "x") + json_text(extent);
  }
  return text + ", " + shape;
}

std::vector<std::string> metric_names(const Json& record) {
  std::vector<std::string> names;
  for (const Json& epoch : record.at("epochs")) {
    for (const auto& [key, value] : epoch.items()) {
      if (is_own_column(key)) continue;
      const std::string name = key.starts_with("val_") ? key.substr(4) : key;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return name == "loss"; });
  return names;
}

std::vector<MetricSummary> summarize_metrics(const Json& record) {
  std::vector<MetricSummary> summaries;
  for (const char* prefix : {"val_", ""}) {
    for (const std::string& metric : metric_names(record)) {
      MetricSummary summary{.name = prefix + metric};
      for (const Json& epoch : record.at("epochs")) {
        const auto found = epoch.find(summary.name);
        if (found == epoch.end() || !found->is_number()) continue;
        const double value = found->get<double>();
        const bool better = lower_is_better(metric) ? value < summary.best : value > summary.best;
        if (summary.best_epoch == 0 || better) {
          summary.best = value;
          summary.best_epoch = epoch.at("epoch").get<std::size_t>();
        }
        summary.last = value;
      }
      if (summary.best_epoch > 0) summaries.push_back(std::move(summary));
    }
  }
  return summaries;
}

std::vector<std::string> epoch_columns(const Json& record) {
  std::vector<std::string> columns = {"epoch"};
  const std::vector<std::string> names = metric_names(record);
  for (const char* prefix : {"", "val_"}) {
    for (const std::string& name : names) columns.push_back(prefix + name);
  }
  columns.insert(columns.end(), kOwnColumns.begin() + 1, kOwnColumns.end());
  // What no epoch has is no column.
  std::erase_if(columns, [&](const std::string& column) {
    return std::none_of(record.at("epochs").begin(), record.at("epochs").end(),
                        [&](const Json& epoch) { return epoch.contains(column); });
  });
  return columns;
}

std::string epoch_cell(const std::string& column, const Json& value) {
  if (column == "seconds") return duration_text(value.get<double>());
  if (column == "images_per_second") return grouped_number(std::llround(value.get<double>()));
  return value.is_number_float() ? format_number(value.get<double>()) : json_text(value);
}

double training_seconds(const Json& record) {
  double seconds = 0.0;
  for (const Json& epoch : record.at("epochs")) seconds += epoch.value("seconds", 0.0);
  return seconds;
}

std::optional<double> median_throughput(const Json& record) {
  std::vector<double> rates;
  for (const Json& epoch : record.at("epochs")) {
    if (epoch.contains("images_per_second")) {
      rates.push_back(epoch.at("images_per_second").get<double>());
    }
  }
  if (rates.empty()) return std::nullopt;
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  return *middle;
}

std::vector<ConfusedPair> confused_pairs(const Json& validation, std::size_t most) {
  const Json& classes = validation.at("classes");
  const Json& confusion = validation.at("confusion");
  std::vector<ConfusedPair> pairs;
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    for (std::size_t predicted = 0; predicted < classes.size(); ++predicted) {
      const auto count = confusion[truth][predicted].get<std::uint64_t>();
      if (truth == predicted || count == 0) continue;
      pairs.push_back(
          {.truth = classes[truth].at("class"),
           .predicted = classes[predicted].at("class"),
           .count = count,
           .share = static_cast<double>(count) / classes[truth].at("samples").get<double>()});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const ConfusedPair& a, const ConfusedPair& b) { return a.count > b.count; });
  if (pairs.size() > most) pairs.resize(most);
  return pairs;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * share);
  return text;
}

std::string grouped_number(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > (number < 0 ? 1 : 0);
       at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string duration_text(double seconds) {
  char text[48];
  const auto whole = static_cast<long>(std::llround(seconds));
  if (seconds < 60.0) {
    std::snprintf(text, sizeof text, seconds < 10.0 ? "%.2g s" : "%.3g s", seconds);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%ld min %ld s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld h %ld min", whole / 3600, whole / 60 % 60);
  }
  return text;
}

std::string text_of_key(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : json_text(*found);
}

}  // namespace folio::cli
