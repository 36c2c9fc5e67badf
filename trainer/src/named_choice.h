/// NamedChoice: values of a variant by Keras' names, as a string and as class_name and config.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// What a choice is called: as a class and in a string.
struct ChoiceName {
  std::string_view class_name;
  std::string_view name;
};

template <std::size_t kCount>
std::string list_names(const std::array<ChoiceName, kCount>& names) {
  std::string known;
  for (const ChoiceName& one : names) {
    if (one.name.empty()) continue;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  return known;
}

/// `; did you mean ...?` for a name that is none of them.
template <std::size_t kCount>
std::string suggested_name(const std::string& name, const std::array<ChoiceName, kCount>& names) {
  std::vector<std::string> known;
  for (const ChoiceName& one : names) known.emplace_back(one.name);
  return did_you_mean(name, known);
}

/// The alternative of that name (either of the two), with its defaults. `what` is said in the
/// message: `initializer`.
///
/// Errors  Error (kUsage) listing the known names.
template <typename Kind>
Kind choice_named(const std::string& what, const std::string& name,
                  const std::array<ChoiceName, std::variant_size_v<Kind>>& names) {
  Kind kind;
  const auto take = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    const auto matches = [&](const ChoiceName& one) {
      return !name.empty() && (one.name == name || one.class_name == name);
    };
    return ((matches(names[kIndex]) ? (kind.template emplace<kIndex>(), true) : false) || ...);
  };
  if (!take(std::make_index_sequence<std::variant_size_v<Kind>>())) {
    throw Error(ErrorKind::kUsage, "unknown " + what + " '" + name + "', expected one of " +
                                       list_names(names) + suggested_name(name, names));
  }
  return kind;
}

/// A JSON value as it is shown in a message.
inline std::string shown(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Class name and config of Keras' JSON; a plain string has no config.
///
/// Errors  Error (kModel) if it is neither.
inline std::pair<std::string, nlohmann::json> class_and_config(const std::string& what,
                                                               const nlohmann::json& json) {
  if (json.is_string()) return {json.get<std::string>(), nlohmann::json::object()};
  if (!json.is_object() || !json.contains("class_name") || !json["class_name"].is_string()) {
    throw Error(ErrorKind::kModel, what + " " + shown(json) + " has no class_name");
  }
  const bool has_config = json.contains("config") && json["config"].is_object();
  return {json["class_name"].get<std::string>(),
          has_config ? json["config"] : nlohmann::json::object()};
}

/// Refuses what is left of a config after its known arguments were taken out. Null is no value: new
/// versions of Keras write it for new arguments that a model does not use.
inline void refuse_rest(const std::string& class_name, const nlohmann::json& rest) {
  for (const auto& [key, value] : rest.items()) {
    if (value.is_null()) continue;
    throw Error(ErrorKind::kModel, class_name + ": argument '" + key + "' with value " +
                                       shown(value) + " is not supported");
  }
}

/// Takes an argument out of a config, if it is there and not null.
///
/// Errors  Error (kModel) naming class, argument and value for another type.
template <typename Value>
void take_argument(const std::string& class_name, nlohmann::json& config, const char* key,
                   Value& value) {
  const auto found = config.find(key);
  if (found == config.end()) return;
  const nlohmann::json given = *found;
  config.erase(found);
  if (given.is_null()) return;
  const auto refuse = [&](const char* expected) {
    throw Error(ErrorKind::kModel,
                class_name + ": " + key + " must be " + expected + ", got " + shown(given));
  };
  if constexpr (std::is_same_v<Value, bool>) {
    if (!given.is_boolean()) refuse("a boolean");
    value = given.get<bool>();
  } else if constexpr (std::is_same_v<Value, std::string>) {
    if (!given.is_string()) refuse("a string");
    value = given.get<std::string>();
  } else if constexpr (std::is_same_v<Value, double>) {
    if (!given.is_number()) refuse("a number");
    value = given.get<double>();
  } else if constexpr (std::is_same_v<Value, std::vector<double>>) {
    value.clear();
    for (const nlohmann::json& one : given.is_array() ? given : nlohmann::json::array({given})) {
      if (!one.is_number()) refuse("a number or a list");
      value.push_back(one.get<double>());
    }
  } else if constexpr (std::is_same_v<Value, std::vector<int>>) {
    value.clear();
    for (const nlohmann::json& one : given.is_array() ? given : nlohmann::json::array({given})) {
      if (!one.is_number_integer() || one < -1000 || one > 1000) refuse("an integer or a list");
      value.push_back(one.get<int>());
    }
  } else {
    static_assert(
        requires { typename Value::value_type; }, "an optional number");
    if (!given.is_number_integer()) refuse("an integer");
    value = given.get<typename Value::value_type>();
  }
}

}  // namespace folio::internal
