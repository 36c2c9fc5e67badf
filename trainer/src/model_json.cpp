#include "model_json.h"

#include <folio/datasets/error.h>

#include <vector>

#include "loss_json.h"
#include "metric_json.h"
#include "optimizer_json.h"

namespace folio::internal {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Metrics in whatever nesting of lists and objects Keras put them; those that folio lacks are left
/// out, as they only show.
void collect_metrics(const Json& json, std::vector<Metric>& metrics) {
  if (json.is_array()) {
    for (const Json& item : json) collect_metrics(item, metrics);
    return;
  }
  try {
    if (!json.is_null()) metrics.push_back(metric_from_json(json));
  } catch (const Error&) {
  }
}

}  // namespace

Json parse_model_json(std::string_view text) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  constexpr int kMostDepth = 256;
  if (text.size() > kMostBytes) {
    throw Error(ErrorKind::kModel, "the architecture has " + std::to_string(text.size()) +
                                       " bytes, at most " + std::to_string(kMostBytes) +
                                       " are accepted");
  }
  const auto limit_depth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMostDepth) {
      throw Error(ErrorKind::kModel, "the architecture is nested more than " +
                                         std::to_string(kMostDepth) + " levels deep");
    }
    return true;
  };
  try {
    return Json::parse(text, limit_depth);
  } catch (const Json::exception& error) {
    // Without the name of the library's exception in front.
    const std::string reason = error.what();
    const std::size_t end = reason.find("] ");
    throw Error(ErrorKind::kModel, "the architecture is not valid JSON: " +
                                       reason.substr(end == std::string::npos ? 0 : end + 2));
  }
}

OrderedJson training_json(const CompileOptions& options) {
  const auto list = [](const std::vector<Metric>& metrics) {
    OrderedJson json = OrderedJson::array();
    for (const Metric& metric : metrics) json.push_back(metric_json(metric));
    return json;
  };
  return {{"loss", loss_json(options.loss)},
          {"metrics", list(options.metrics)},
          {"weighted_metrics", options.weighted_metrics.empty() ? OrderedJson(nullptr)
                                                                : list(options.weighted_metrics)},
          {"loss_weights", nullptr},
          {"optimizer_config", optimizer_json(options.optimizer)}};
}

std::optional<CompileOptions> compile_options_from(const Json& json) {
  if (!json.is_object() || !json.contains("loss") || !json.contains("optimizer_config")) {
    return std::nullopt;
  }
  try {
    CompileOptions options{.optimizer = optimizer_from_json(json["optimizer_config"]),
                           .loss = loss_from_json(json["loss"])};
    if (json.contains("metrics")) collect_metrics(json["metrics"], options.metrics);
    if (json.contains("weighted_metrics")) {
      collect_metrics(json["weighted_metrics"], options.weighted_metrics);
    }
    return options;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace folio::internal
