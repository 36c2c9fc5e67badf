#include "condition_differences.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace folio::internal {
namespace {

using Json = nlohmann::json;

/// The name of a layer, by its configuration, or of a class; empty for anything else.
std::string name_in_list(const Json& element) {
  if (element.is_string()) return "'" + element.get<std::string>() + "'";
  const Json* config =
      element.is_object() && element.contains("config") ? &element["config"] : nullptr;
  if (config == nullptr || !config->is_object()) return "";
  const auto name = config->find("name");
  return name == config->end() || !name->is_string() ? ""
                                                     : "layer '" + name->get<std::string>() + "'";
}

class Differences {
 public:
  void add(std::string line) { lines_.push_back(std::move(line)); }

  void compare(const std::string& name, const Json& now, const Json& then) {
    if (now == then) return;
    if (now.is_object() && then.is_object()) return compare_objects(name, now, then);
    if (now.is_array() && then.is_array() && compare_lists(now, then)) return;
    add(name + " is " + text(now) + ", it was " + text(then));
  }

  [[nodiscard]] std::string joined() const {
    constexpr std::size_t kMost = 10;
    std::string all;
    for (std::size_t i = 0; i < std::min(kMost, lines_.size()); ++i) {
      all += (i == 0 ? "" : "; ") + lines_[i];
    }
    if (lines_.size() <= kMost) return all;
    return all + "; and " + std::to_string(lines_.size() - kMost) + " differences more";
  }

 private:
  static std::string text(const Json& value) {
    if (value.is_null()) return "not set";
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void compare_objects(const std::string& name, const Json& now, const Json& then) {
    const auto member = [](const Json& object, const std::string& key) {
      return object.contains(key) ? object[key] : Json();
    };
    if (member(now, "class_name") != member(then, "class_name")) {
      return add(name + " is " + text(member(now, "class_name")) + ", it was " +
                 text(member(then, "class_name")));
    }
    Json keys = now;
    keys.update(then);
    for (const auto& [key, value] : keys.items()) {
      const bool transparent = key == "config" || key == "layers";
      compare(transparent ? name : name + ": " + key, member(now, key), member(then, key));
    }
  }

  /// False if the elements have no names, or the same in another order.
  bool compare_lists(const Json& now, const Json& then) {
    const auto find = [](const Json& list, const std::string& name) {
      return std::find_if(list.begin(), list.end(),
                          [&](const Json& one) { return name_in_list(one) == name; });
    };
    const auto unnamed = [](const Json& one) { return name_in_list(one).empty(); };
    if (std::any_of(now.begin(), now.end(), unnamed)) return false;
    if (std::any_of(then.begin(), then.end(), unnamed)) return false;
    const std::size_t before = lines_.size();
    for (const Json& one : now) {
      const std::string name = name_in_list(one);
      const auto other = find(then, name);
      if (other == then.end()) {
        add(name + " is new");
      } else {
        compare(name, one, *other);
      }
    }
    for (const Json& one : then) {
      const std::string name = name_in_list(one);
      if (find(now, name) == now.end()) add(name + " is missing");
    }
    return lines_.size() > before;
  }

  std::vector<std::string> lines_;
};

/// Objects and lists as what they are, everything else as its text.
Json parsed(const std::string& value) {
  Json json = Json::parse(value, nullptr, false);
  return json.is_structured() ? json : Json(value);
}

}  // namespace

std::string condition_differences(const std::map<std::string, std::string>& now,
                                  const std::map<std::string, std::string>& then) {
  Differences differences;
  std::map<std::string, std::string> all = now;
  all.insert(then.begin(), then.end());
  for (const auto& [name, value] : all) {
    const auto one = now.find(name);
    const auto other = then.find(name);
    if (one != now.end() && other != then.end() && one->second == other->second) continue;
    if (name.starts_with(kChecksumOf)) {
      differences.add(name.substr(std::string_view(kChecksumOf).size()) + " is another one");
    } else if (one != now.end() && other != then.end() && parsed(one->second).is_structured() &&
               parsed(other->second).is_structured()) {
      differences.compare(name, parsed(one->second), parsed(other->second));
    } else {
      const auto text = [](const auto& found, const auto& end) {
        return found == end ? std::string("not set") : found->second;
      };
      differences.add(name + " is " + text(one, now.end()) + ", it was " + text(other, then.end()));
    }
  }
  return differences.joined();
}

}  // namespace folio::internal
