#include "config_file.h"

#include <algorithm>
#include <optional>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include "argument.h"

namespace folio::cli {
namespace {

using Words = std::vector<std::string>;

// The command that a line names, and how many of its words name it.
std::pair<const CommandEntry*, std::size_t> command_of(const Words& words,
                                                       const std::vector<CommandEntry>& commands) {
  const CommandEntry* command = &commands.front();
  std::size_t depth = 0;
  for (; depth < words.size(); ++depth) {
    Words path = command->path;
    path.push_back(words[depth]);
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const CommandEntry& entry) { return entry.path == path; });
    if (found == commands.end()) break;
    command = &*found;
  }
  return {command, depth};
}

// Takes `--config FILE` or `--config=FILE` off the line.
std::optional<std::string> take_config(Words& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") return std::nullopt;
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    if (words[i] == "--config" && i + 1 < words.size()) {
      std::string path = words[i + 1];
      words.erase(at, at + 2);
      return path;
    }
    if (words[i].starts_with("--config=")) {
      std::string path = words[i].substr(words[i].find('=') + 1);
      words.erase(at);
      return path;
    }
  }
  return std::nullopt;
}

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

const OptionEntry* find_option(const CommandEntry& command, const std::string& name) {
  const auto found =
      std::find_if(command.options.begin(), command.options.end(), [&](const OptionEntry& option) {
        return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
      });
  return found == command.options.end() ? nullptr : &*found;
}

// Which options and how many positional words a line has after the command.
struct Given {
  std::vector<const OptionEntry*> options;
  std::size_t positionals = 0;
};

Given given_on(const Words& words, std::size_t depth, const CommandEntry& command) {
  Given given;
  for (std::size_t i = depth; i < words.size(); ++i) {
    if (!words[i].starts_with('-')) {
      ++given.positionals;
      continue;
    }
    const std::size_t equals = words[i].find('=');
    const OptionEntry* option = find_option(command, words[i].substr(0, equals));
    if (option == nullptr) continue;
    given.options.push_back(option);
    if (!option->type.empty() && equals == std::string::npos) ++i;
  }
  return given;
}

std::string word_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return json_text(value);
  std::string text;
  for (const Json& element : value) text += (text.empty() ? "" : ",") + word_of(element);
  return text;
}

[[noreturn]] void refuse_key(const std::string& path, const std::string& key,
                             const CommandEntry& command) {
  Words names;
  for (const OptionEntry& option : command.options) {
    for (const std::string& name : option.names) {
      names.push_back(name.substr(std::min(name.find_first_not_of('-'), name.size())));
    }
  }
  throw Error(ErrorKind::kUsage, path + ": unknown key \"" + key + "\"; " + command.name() +
                                     " has no option --" + dashed(key) +
                                     did_you_mean(dashed(key), names));
}

// What a run's config.json says about the data, and of its other options those that the command
// has: enough to look at, write or measure what the run was trained on.
Json options_of_run(const Json& record, const CommandEntry& command) {
  Json taken = Json::object();
  const auto take = [&](const Json& from, const std::string& key) {
    const auto found = from.find(key);
    const OptionEntry* option = find_option(command, "--" + dashed(key));
    if (found != from.end() && option != nullptr && *found != "") taken[key] = *found;
  };
  const Json options = record.value("options", Json::object());
  for (const auto& [key, value] : options.items()) take(options, key);
  for (const char* key : {"manifest", "model", "augment", "flow"}) take(record, key);
  if (taken.contains("flow")) taken["flow"].erase("save_to_dir");  // Nothing is written again.
  const bool of_directory = !command.options.empty() && command.options.front().positional &&
                            command.options.front().names.front() == "directory";
  if (of_directory && record.contains("directory")) taken["directory"] = record.at("directory");
  return taken;
}

}  // namespace

Words expand_config(Words words, const std::vector<CommandEntry>& commands) {
  const auto [command, depth] = command_of(words, commands);
  if (find_option(*command, "--config") == nullptr) return words;
  const Words line = words;
  const std::optional<std::string> path = take_config(words);
  if (!path) return words;
  if (Words rest = words; take_config(rest)) {
    throw Error(ErrorKind::kUsage, "--config: expected once, got it several times");
  }
  Json file = read_json_object(*path);
  // What a run left behind: `folio train` reads it itself.
  if (file.contains("folio_version") || file.contains("options")) {
    if (command->name() == "folio train") return line;
    file = options_of_run(file, *command);
  }
  const Given given = given_on(words, depth, *command);
  Words inserted;
  for (const auto& [key, value] : file.items()) {
    if (value.is_null()) continue;
    const OptionEntry* positional = find_option(*command, key);
    if (positional != nullptr && positional->positional) {
      if (given.positionals > 0) continue;
      for (const Json& one : value.is_array() ? value : Json::array({value})) {
        inserted.push_back(word_of(one));
      }
      continue;
    }
    const std::string name = "--" + dashed(key);
    const OptionEntry* option = find_option(*command, name);
    if (option == nullptr || name == "--config") refuse_key(*path, key, *command);
    if (std::find(given.options.begin(), given.options.end(), option) != given.options.end()) {
      continue;
    }
    if (option->type.empty()) {
      if (!value.is_boolean()) {
        throw Error(ErrorKind::kUsage,
                    *path + ": " + key + ": expected true or false, got " + json_text(value));
      }
      if (value.get<bool>()) {
        inserted.push_back(name);
      } else if (find_option(*command, "--no-" + name.substr(2)) != nullptr) {
        inserted.push_back("--no-" + name.substr(2));
      }
      continue;
    }
    inserted.push_back(name + "=" + word_of(value));
  }
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(depth), inserted.begin(),
               inserted.end());
  return words;
}

}  // namespace folio::cli
