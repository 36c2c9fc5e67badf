#include "config_reader.h"

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <algorithm>
#include <utility>

#include "../constraint.h"
#include "../initializer.h"
#include "../regularizer.h"

namespace folio::internal {
namespace {

std::string shown(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_int(const nlohmann::json& value) {
  return value.is_number_integer() && value >= -1000000000 && value <= 1000000000;
}

}  // namespace

ConfigReader::ConfigReader(std::string class_name, const nlohmann::json& config)
    : class_name_(std::move(class_name)), config_(config) {
  if (!config.is_object()) refuse("has no config object");
  name_ = string("name", "");
}

const nlohmann::json* ConfigReader::find(const char* key) const {
  known_.insert(key);
  const auto found = config_.find(key);
  return found == config_.end() || found->is_null() ? nullptr : &*found;
}

void ConfigReader::refuse(const std::string& what) const {
  throw Error(ErrorKind::kModel, "layer " + (name_.empty() ? "" : "'" + name_ + "' ") +
                                     "of class " + class_name_ + " " + what);
}

std::string ConfigReader::got(const char* key) const {
  if (const nlohmann::json* value = find(key)) return "got " + shown(*value);
  for (const auto& [name, value] : config_.items()) {
    if (!did_you_mean(name, {key}).empty()) return "got nothing, but \"" + name + "\"";
  }
  return "got nothing";
}

int ConfigReader::integer(const char* key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr || !is_int(*value)) {
    refuse(std::string(key) + " must be an integer of at most 9 digits, " + got(key));
  }
  return value->get<int>();
}

double ConfigReader::number(const char* key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr || !value->is_number()) {
    refuse(std::string(key) + " must be a number, " + got(key));
  }
  return value->get<double>();
}

int ConfigReader::integer(const char* key, int otherwise) const {
  return find(key) == nullptr ? otherwise : integer(key);
}

double ConfigReader::number(const char* key, double otherwise) const {
  return find(key) == nullptr ? otherwise : number(key);
}

std::vector<int> ConfigReader::integers(const char* key) const {
  std::vector<int> integers;
  const nlohmann::json* value = find(key);
  if (value == nullptr) return integers;
  for (const nlohmann::json& one : value->is_array() ? *value : nlohmann::json::array({*value})) {
    if (!is_int(one))
      refuse(std::string(key) + " must be a list of integers, got " + shown(*value));
    integers.push_back(one.get<int>());
  }
  return integers;
}

const nlohmann::json& ConfigReader::at(const char* key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) refuse("has no " + std::string(key));
  return *value;
}

bool ConfigReader::boolean(const char* key, bool otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse(std::string(key) + " must be a boolean, got " + shown(*value));
  return value->get<bool>();
}

std::string ConfigReader::string(const char* key, const std::string& otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) refuse(std::string(key) + " must be a string, got " + shown(*value));
  return value->get<std::string>();
}

Extent3D ConfigReader::extent(const char* key, int dimensions, int otherwise) const {
  const auto axes = static_cast<std::size_t>(dimensions);
  std::vector<int> parts(3, 1);
  const auto own = parts.end() - dimensions;
  const nlohmann::json* value = find(key);
  if (value == nullptr || is_int(*value)) {
    std::fill(own, parts.end(), value == nullptr ? otherwise : value->get<int>());
  } else if (value->is_array() && value->size() == axes &&
             std::all_of(value->begin(), value->end(), is_int)) {
    std::transform(value->begin(), value->end(), own,
                   [](const nlohmann::json& part) { return part.get<int>(); });
  } else {
    refuse(std::string(key) + " must be an integer or a list of " + std::to_string(dimensions) +
           ", got " + shown(*value));
  }
  return {parts[0], parts[1], parts[2]};
}

Extent2D ConfigReader::extent(const char* key, int otherwise) const {
  const Extent3D extent = this->extent(key, 2, otherwise);
  return {extent.height, extent.width};
}

template <typename Read>
auto ConfigReader::read_value(const char* key, const nlohmann::json& value, Read read) const {
  try {
    return read(value);
  } catch (const std::exception& error) {
    refuse(std::string(key) + ": " + error.what());
  }
}

Initializer ConfigReader::initializer(const char* key, const Initializer& otherwise) const {
  const nlohmann::json* value = find(key);
  return value == nullptr ? otherwise : read_value(key, *value, initializer_from_config);
}

Regularizer ConfigReader::regularizer(const char* key) const {
  const nlohmann::json* value = find(key);
  return value == nullptr ? Regularizer() : read_value(key, *value, regularizer_from_config);
}

Constraint ConfigReader::constraint(const char* key) const {
  const nlohmann::json* value = find(key);
  return value == nullptr ? Constraint() : read_value(key, *value, constraint_from_config);
}

void ConfigReader::refuse_set(std::initializer_list<const char*> keys) const {
  for (const char* key : keys) {
    if (const nlohmann::json* value = find(key)) {
      refuse("has " + std::string(key) + " " + shown(*value) + ", which is not supported");
    }
  }
}

void ConfigReader::expect(const char* key, const nlohmann::json& expected) const {
  const nlohmann::json* value = find(key);
  if (value != nullptr && *value != expected) {
    refuse("has " + std::string(key) + " " + shown(*value) + ", only " + shown(expected) +
           " is supported");
  }
}

void ConfigReader::pass_over(std::initializer_list<const char*> keys) const {
  known_.insert(keys.begin(), keys.end());
}

void ConfigReader::refuse_unknown() const {
  std::vector<std::string> absent;
  for (const std::string& name : known_) {
    if (!config_.contains(name)) absent.push_back(name);
  }
  for (const auto& [name, value] : config_.items()) {
    if (value.is_null() || known_.count(name) != 0) continue;
    refuse("has an unknown argument \"" + name + "\"" + did_you_mean(name, absent));
  }
}

void check_last_axis(int axis, const Shape& input) {
  if (axis == -1 || axis == static_cast<int>(input.size())) return;
  throw Error(ErrorKind::kModel,
              "works along the channels' axis only, -1 or 1 (where they come first), "
              "got " +
                  std::to_string(axis) + " for an input of shape " + to_string(input));
}

nlohmann::ordered_json to_json(Extent2D extent) { return {extent.height, extent.width}; }

}  // namespace folio::internal
