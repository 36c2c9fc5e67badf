#include "run_config.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/pipeline/json_options.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/optimizer.h>
#include <CLI/CLI.hpp>

namespace folio::cli {
namespace {

// They say where results go and how they are shown, not what they are.
constexpr std::array kNotKept = {"help",          "output",        "json",    "config",
                                 "resume",        "resume_anyway", "augment", "flow",
                                 "on_save_error", "quiet",         "verbose"};

// These may differ between a run and the one that continues it. The model and weights that a run
// began with are in its checkpoint, whose layers are compared one by one.
constexpr std::array kMayDiffer = {"directory",        "validation_dir", "epochs", "threads",
                                   "checkpoint_every", "tensorboard",    "model",  "weights"};
constexpr std::array kFlowMayDiffer = {"prefetch",    "cache_memory", "cache_file", "save_to_dir",
                                       "save_prefix", "save_format",  "subset",     "augment"};

template <typename Names>
bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string key_of(const CLI::Option& option) {
  std::string key = option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

Json generator_defaults() { return Json::parse(to_json(ImageDataGeneratorOptions{})); }
Json flow_defaults() { return Json::parse(to_json(FlowOptions{})); }

// A number as one, so that the file reads well.
Json value_of(const std::string& text) {
  const Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_number() || parsed.is_boolean() ? parsed : Json(text);
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : json_text(value);
}

}  // namespace

Json given_options(const CLI::App& command) {
  const Json generator = generator_defaults();
  const Json flow = flow_defaults();
  Json given = Json::object();
  for (const CLI::Option* option : command.get_options()) {
    const std::string key = key_of(*option);
    if (option->count() == 0 || holds(kNotKept, key) || generator.contains(key) ||
        flow.contains(key)) {
      continue;
    }
    const std::vector<std::string>& results = option->results();
    // A flag counts once, however often it is given.
    const bool flag = option->get_expected_max() == 0;
    if (results.size() == 1 || flag) {
      given[key] = value_of(results.back());
    } else {
      for (const std::string& result : results) given[key].push_back(value_of(result));
    }
  }
  return given;
}

void take_config(CLI::App& command, const Json& config, DatasetOptions& dataset) {
  const Json options = config.value("options", Json::object());
  for (const auto& [key, value] : options.items()) {
    const std::vector<CLI::Option*> known = command.get_options();
    const auto found = std::find_if(known.begin(), known.end(), [&, name = key](CLI::Option* one) {
      return key_of(*one) == name;
    });
    if (found == known.end() || holds(kNotKept, key)) {
      throw Error(ErrorKind::kUsage,
                  "the configuration has an option '" + key + "' that is unknown");
    }
    if ((*found)->count() > 0) continue;  // The line wins.
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      (*found)->add_result(text_of(one));
    }
    (*found)->run_callback();
  }
  const auto take = [&](const char* name, Json& target) {
    Json merged = config.value(name, Json::object());
    merged.update(target);
    target = std::move(merged);
  };
  take("augment", dataset.generator);
  take("flow", dataset.flow);
}

std::map<std::string, std::string> run_conditions(const Json& options,
                                                  const DatasetOptions& dataset,
                                                  const Model& model) {
  std::map<std::string, std::string> conditions;
  for (const auto& [key, value] : options.items()) {
    if (!holds(kMayDiffer, key)) conditions[key] = json_text(value);
  }
  const Json generator = Json::parse(to_json(dataset.generator_options()));
  for (const auto& [key, value] : generator.items()) conditions[key] = json_text(value);
  const Json flow = Json::parse(to_json(dataset.flow_options()));
  for (const auto& [key, value] : flow.items()) {
    if (!holds(kFlowMayDiffer, key)) conditions[key] = json_text(value);
  }
  conditions["optimizer"] = to_json(model.compile_options().optimizer);
  conditions["loss"] = to_json(model.compile_options().loss);
  conditions["architecture"] = json_text(Json::parse(to_json(model)));
  return conditions;
}

}  // namespace folio::cli
