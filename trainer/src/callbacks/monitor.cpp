#include "monitor.h"

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <regex>
#include <string_view>

#include "plain_nan.h"

namespace folio::internal {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void require_monitor(const char* callback, const TrainingContext& context,
                     const std::string& monitor) {
  const std::vector<std::string>& names = context.log_names;
  if (std::find(names.begin(), names.end(), monitor) != names.end()) return;
  throw Error(ErrorKind::kUsage, std::string(callback) + ": there is no value '" + monitor +
                                     "' to monitor, there are " + joined(names) +
                                     did_you_mean(monitor, names));
}

bool larger_is_better(const char* callback, const std::string& mode, const std::string& monitor) {
  if (mode == "max") return true;
  if (mode == "min") return false;
  if (mode != "auto") {
    throw Error(ErrorKind::kUsage, std::string(callback) +
                                       ": mode must be 'auto', 'min' or 'max', got '" + mode + "'");
  }
  // The log of a metric is called what the user wrote, with a number behind it where that is taken.
  std::string name = std::regex_replace(monitor, std::regex("^(val_)?(weighted_)?|_[0-9.]+$"), "");
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  constexpr std::array<std::string_view, 8> kLarger{
      "acc", "accuracy", "auc", "precision", "recall", "f1", "f1_score", "cosine_similarity"};
  constexpr std::array<std::string_view, 13> kSmaller{
      "loss",  "error", "crossentropy",  "ce",       "mse",    "mae", "mape", "msle",
      "hinge", "huber", "kl_divergence", "log_cosh", "poisson"};
  const auto ends = [&](std::string_view ending) { return name.ends_with(ending); };
  if (std::any_of(kLarger.begin(), kLarger.end(), ends)) return true;
  if (std::any_of(kSmaller.begin(), kSmaller.end(), ends)) return false;
  throw Error(ErrorKind::kUsage, std::string(callback) + ": whether '" + monitor +
                                     "' should grow or shrink is not known, set mode to 'min' or "
                                     "'max'");
}

bool improves(double value, const std::optional<double>& best, bool larger_is_better,
              double min_delta) {
  if (!best) return std::isfinite(value);
  const double margin = std::abs(min_delta);
  return larger_is_better ? value - margin > *best : value + margin < *best;
}

void add_log_name(TrainingContext& context, const std::string& name) {
  std::vector<std::string>& names = context.log_names;
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void set_log(Logs& logs, const std::string& name, double value) {
  for (auto& [key, old] : logs) {
    if (key == name) {
      old = value;
      return;
    }
  }
  logs.emplace_back(name, value);
}

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", plain_nan(value));
  return text.data();
}

namespace {

/// A number by a Python format of the form [0][width][.precision]type, type d, e, f or g.
std::string formatted(const std::string& text, const std::string& format, double value) {
  static const std::regex kKnown("0?([0-9]{1,2})?(\\.[0-9]{1,2})?[efg]|0?([0-9]{1,2})?d|");
  if (!std::regex_match(format, kKnown)) {
    throw Error(ErrorKind::kUsage,
                "file name '" + text + "' has a format '" + format + "' that is not known");
  }
  std::string pattern = "%" + (format.empty() ? std::string("g") : format);
  // Whole numbers print without a point, as Python's d does.
  if (pattern.back() == 'd') pattern.replace(pattern.size() - 1, 1, ".0f");
  std::array<char, 512> buffer{};
  std::snprintf(buffer.data(), buffer.size(), pattern.c_str(), plain_nan(value));
  return buffer.data();
}

}  // namespace

std::string fill_template(const std::string& text, const Logs& values) {
  std::string filled;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      filled += text[at];
      continue;
    }
    const std::size_t close = text.find('}', at);
    if (close == std::string::npos) {
      throw Error(ErrorKind::kUsage, "file name '" + text + "' has an open {");
    }
    const std::string field = text.substr(at + 1, close - at - 1);
    at = close;
    const std::size_t colon = std::min(field.find(':'), field.size());
    const std::string name = field.substr(0, colon);
    const std::string format = colon < field.size() ? field.substr(colon + 1) : "";
    const double* value = find_log(values, name);
    if (value == nullptr) {
      std::vector<std::string> names;
      for (const auto& log : values) names.push_back(log.first);
      throw Error(ErrorKind::kUsage, "file name '" + text + "' asks for '" + name +
                                         "', there are " + joined(names) +
                                         did_you_mean(name, names));
    }
    filled += formatted(text, format, *value);
  }
  return filled;
}

}  // namespace folio::internal
